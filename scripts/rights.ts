/**
 * Which rights the roles of the stack have, and what each is for: plays every scenario, and says of each right whether a
 * call used it, a service needs it behind one (with AWS's page), or nobody knows (with the reason). Fails when a scenario
 * does not come out as expected, which it does not where a right is missing, and when something is allowed that nobody uses.
 *
 * With --remove each needed right is taken away, or so many of them evenly from all, and a scenario has to fail.
 */
import { readdirSync } from 'node:fs';
import Table from 'cli-table3';
import type { EmbeddedAws } from '../rehearsal/embedded-aws.ts';
import {
  type PlayedRights,
  type RightRow,
  type RightStatus,
  rightsReport,
  unmetResources,
} from '../rehearsal/iam/report.ts';
import type { Role } from '../rehearsal/iam/roles.ts';
import { withoutRight } from '../rehearsal/iam/without-right.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import { readScenario } from '../rehearsal/scenario-format/read.ts';

const folder = 'rehearsal/scenarios';
const [option, count = 'all', ...more] = process.argv.slice(2);
if (more.length > 0 || ![undefined, '--remove'].includes(option) || !/^(all|[1-9]\d*)$/.test(count)) {
  console.error('usage: npm run rights [-- --remove [HOW-MANY]]');
  process.exit(2);
}

const playAll = async (): Promise<{ played: PlayedRights[]; roles: readonly Role[]; failed: number }> => {
  const played: (PlayedRights & { calls: number })[] = [];
  let roles: readonly Role[] = [];
  let failed = 0;
  for (const scenario of readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()) {
    let begun: EmbeddedAws | undefined;
    const { asExpected, differences, invariants } = await rehearse(await readScenario(`${folder}/${scenario}`), {
      onBegin: (aws) => {
        begun = aws;
      },
    });
    if (begun === undefined) throw new Error(`${scenario} never began`);
    if (!asExpected) {
      failed += 1;
      console.log(`FAIL ${scenario}: ${[...differences, ...invariants].join('; ')}`);
    }
    played.push({ scenario, used: begun.authority.used, calls: begun.productCalls.made.length });
    roles = begun.authority.roles;
  }
  console.log(`${played.length} scenarios, ${played.length - failed} as expected with every invariant held`);
  // The first one that uses a right is named for it: the shorter, the better.
  return { played: played.sort((a, b) => a.calls - b.calls), roles, failed };
};

const print = (owner: string, rows: readonly RightRow[]): void => {
  console.log(`\n${owner}`);
  const table = new Table({ head: ['right', 'is', 'by', 'why'], style: { head: [], border: [], compact: true } });
  table.push(
    ...rows.map(({ action, status, sid, scenario, why }) => [
      action,
      status,
      `${sid}${scenario === undefined ? '' : ` (${scenario})`}`,
      why,
    ]),
  );
  console.log(table.toString());
};

const { played, roles, failed } = await playAll();
const rows = rightsReport(roles, played);
for (const { owner } of roles)
  print(
    owner,
    rows.filter((row) => row.owner === owner),
  );

const unmet = unmetResources(roles, played);
console.log('\nResources of a right that no scenario met, and why they stay:');
for (const { owner, sid, pattern, why } of unmet)
  console.log(`  ${owner}, ${sid}: ${pattern}: ${why ?? 'NOBODY KNOWS'}`);

const everything = roles.flatMap(({ owner, statements }) =>
  statements
    .filter(({ effect, resources }) => effect === 'Allow' && resources.includes('*'))
    .map(({ sid, actions }) => `  ${owner}, ${sid}: ${actions.join(', ')}`),
);
console.log(
  '\nRights on every resource; AWS knows no narrower one, or SAM attaches them and the template denies the rest:',
);
console.log(everything.join('\n'));

const countOf = (status: RightStatus): number => rows.filter((row) => row.status === status).length;
const needsPage = rows.filter(({ status, why }) => status === 'dependent' && !/\.html$/.test(why));
for (const { owner, action } of needsPage) console.log(`FAIL ${owner} ${action} names no page of AWS's`);
const neverUsed = countOf('never used') + unmet.filter(({ why }) => why === undefined).length;
const counted = (['used', 'dependent', 'unproven', 'denied'] as const).map((status) => `${countOf(status)} ${status}`);
console.log(`\n${rows.length} rights: ${counted.join(', ')}, ${neverUsed} never used`);

let missed = 0;
if (option === '--remove') {
  const needed = rows.filter(({ status }) => status === 'used' || status === 'dependent');
  const every = count === 'all' ? 1 : Math.ceil(needed.length / Number(count));
  const taken = needed.filter((_, index) => index % every === 0);
  console.log(`\n${taken.length} of ${needed.length} needed rights taken away, one at a time:`);
  for (const { owner, action, scenario } of taken) {
    const found = await withoutRight(scenario ?? '', { owner, action });
    if (found === undefined) missed += 1;
    console.log(`  ${owner} ${action}: ${scenario}: ${found?.split('\n')[0] ?? 'NOTHING FAILED'}`);
  }
  console.log(`${missed} of them nothing needed`);
}
process.exitCode = failed > 0 || needsPage.length > 0 || neverUsed > 0 || missed > 0 ? 1 : 0;
