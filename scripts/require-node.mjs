// Says what to do where Node.js is too old, before anything fails in a less clear way.
const wanted = 24;
const [major] = process.versions.node.split('.').map(Number);
if (major < wanted) {
  console.error(
    `This needs Node.js ${wanted} or newer; this is ${process.versions.node}. Run it as an npm script (npm start, npm test, …): ` +
      'on Linux `npm ci` installs Node.js 24 for them. Elsewhere install Node.js 24.',
  );
  process.exit(2);
}
