#!/usr/bin/env node
// Plain JavaScript that any Node.js can read, so that one that is too old is told so.
import { existsSync } from 'node:fs';

const wanted = 24;
const [major] = process.versions.node.split('.').map(Number);
if (major < wanted) {
  console.error(
    `eks-ami-rollout needs Node.js ${wanted} or newer; this is ${process.versions.node}.\n` +
      'Start it with `npx eks-ami-rollout …` or an npm script, which bring Node.js 24 on Linux, or install Node.js 24.',
  );
  process.exit(2);
}

// A checkout runs from its sources, a published package from what was built of them.
const source = new URL('../cli/main.ts', import.meta.url);
const { main } = await import(existsSync(source) ? source.href : new URL('../dist/cli.mjs', import.meta.url).href);
await main(process.argv.slice(2));
