/**
 * What would have stopped each real bad release of rehearsal/incidents/? Plays each in three set-ups of this service, and
 * beside them what others look at, in the same world.
 *
 *     npm run incidents                      all of them, some minutes
 *     npm run incidents -- v20241115 …       only these
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { parse } from 'yaml';
import { type Ending, type Incident, playIncident, setUps } from '../rehearsal/incidents/play-incident.ts';

const folder = 'rehearsal/incidents';

const tell = ({ stoppedBy, wave, minutes, nodes }: Ending): string =>
  [
    stoppedBy,
    ...(wave === null ? [] : [`wave ${wave}`]),
    ...(minutes === null ? [] : [`${minutes} min`]),
    `${nodes} nodes`,
  ].join(', ');

const { positionals } = parseArgs({ allowPositionals: true });
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
const unknown = positionals.filter((name) => !files.includes(`${name}.yaml`));
if (unknown.length > 0) {
  console.error(
    `there is no incident ${unknown.join(', ')}; there are ${files.map((file) => file.slice(0, -5)).join(', ')}`,
  );
  process.exit(2);
}
const table = new Table({ head: ['set-up', 'what stopped it'], style: { head: [], border: [] } });
for (const file of files.filter((each) => positionals.length === 0 || positionals.includes(each.slice(0, -5)))) {
  const text = readFileSync(`${folder}/${file}`, 'utf8');
  const incident = parse(text) as Incident;
  table.push([{ colSpan: 2, content: `${incident.name}: ${/^# (.*)$/m.exec(text)?.[1]}` }]);
  for (const [name, setUp] of Object.entries(setUps)) {
    table.push([name, tell(await playIncident(setUp(incident), incident.releases.at(-1)?.release ?? ''))]);
  }
}
console.log(table.toString());
