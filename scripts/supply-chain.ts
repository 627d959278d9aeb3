/**
 * What the project is made of: each package comes from the registry by its hash, under a licence that lets it be used, and
 * none but those that are known runs a script when it is installed. Ends with 1 when one does not.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import Table from 'cli-table3';

/** Licences that ask for no more than to be named. */
const licences = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'MIT OR Apache-2.0',
  'PSF-2.0',
];

/** Packages that want to run a script when they are installed, and why that may stay undone. */
const withScripts: Readonly<Record<string, string>> = {
  'classic-level': 'looks for the binary that lies in the package',
  esbuild: 'looks for the binary that an optional package brings',
  fsevents: 'on macOS alone',
};

/** Without `resolved` a package comes from the registry, whichever that is; its hash says that it is the one. */
interface Locked {
  version?: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  link?: boolean;
}

const locked = Object.entries(
  (JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> }).packages,
).flatMap(([place, one]) => (place === '' || one.link === true ? [] : [{ name: nameOf(place), ...one }]));

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

interface Component {
  name: string;
  group?: string;
  version: string;
  licenses?: { license?: { id?: string; name?: string }; expression?: string }[];
}

const bill = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
) as { components: Component[] };

const licenceOf = ({ licenses = [] }: Component): string =>
  licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? '').join(' and ') || 'none';

const byLicence = Map.groupBy(bill.components, licenceOf);
const table = new Table({
  head: ['licence', 'packages'],
  colAligns: ['left', 'right'],
  style: { head: [], border: [] },
});
for (const [licence, components] of [...byLicence].sort(([, a], [, b]) => b.length - a.length))
  table.push([licence, components.length]);
console.log(table.toString());

const mistakes = [
  ...[...byLicence]
    .filter(([licence]) => !licences.includes(licence))
    .flatMap(([licence, components]) => components.map(({ name }) => `${name} has the licence ${licence}`)),
  ...locked
    .filter(({ resolved, integrity }) => resolved !== undefined || integrity === undefined)
    .map(({ name, resolved }) => `${name} comes from ${resolved ?? 'somewhere'}, not from the registry by its hash`),
  ...locked
    .filter(({ name, hasInstallScript }) => hasInstallScript === true && !(name in withScripts))
    .map(({ name }) => `${name} runs a script when it is installed, and nobody has looked at it`),
];
for (const mistake of mistakes) console.log(`FAIL ${mistake}`);
console.log(`${locked.length} packages locked, ${bill.components.length} installed here, ${mistakes.length} mistakes`);
process.exitCode = mistakes.length === 0 ? 0 : 1;
