/** `npm start`: two rollouts, told as a story. A good release, and a bad one that is taken back. */
import path from 'node:path';
import colors from 'picocolors';
import { standardOutput } from '../../cli/standard-output.ts';
import { projectRoot } from '../project-root.ts';
import { readScenario } from '../scenario-format/read.ts';
import { tellRehearsal } from './tell.ts';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `This needs Node.js 24 or newer; this is ${process.versions.node}. Start it with \`npm start\`, which brings it on Linux.`,
  );
  process.exit(2);
}

const output = standardOutput();
const act = (file: string, title: string) =>
  readScenario(path.join(projectRoot, 'rehearsal', 'scenarios', file)).then((scenario) =>
    tellRehearsal(scenario, output, title),
  );

output.print(colors.bold('eks-ami-rollout, rehearsed on an embedded AWS. No account is touched.'));
output.print('');
const good = await act('first-light.yaml', 'Act one: a good release');
output.print('');
const bad = await act('bad-ami-never-joins.yaml', 'Act two: a release whose nodes never join');
const named = (outcome: string): string =>
  bad.executions
    .flatMap(({ nodeGroups }) => nodeGroups)
    .filter((nodeGroup) => nodeGroup.outcome === outcome)
    .map(({ name }) => name)
    .join(' and ');
if (bad.asExpected) {
  output.print(
    colors.green(`RolledBack is the success here: ${named('RolledBack')} runs its former AMI again, no node is`),
  );
  output.print(
    colors.green(`left cordoned, and ${named('Untouched')} never saw the bad release. It is not tried again.`),
  );
}

const isAsExpected = good.asExpected && bad.asExpected;
output.print('');
output.print(
  isAsExpected
    ? colors.green('Both acts ended as they should: the good release everywhere, the bad one nowhere.')
    : colors.red('An act did not end as it should; see above.'),
);
output.print(`
Try next:
  npm run rehearse -- rehearsal/scenarios/blocked-drain.yaml         a disruption budget that allows nothing
  npm run rehearse -- rehearsal/scenarios/first-light.yaml --serve   the same world, for aws, boto3 and our CLI
  sam build && sam deploy --guided                                   deploy it; without a policy it only observes`);
process.exitCode = isAsExpected ? 0 : 1;
