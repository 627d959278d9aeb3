/** Whichever call of a rollout fails, and however: the rollout ends in a documented outcome, and nothing is broken. */
import { describe, expect, test } from 'vitest';
import { faultKinds } from '../../rehearsal/faults.ts';
import { clusterOf, isSweep, playScenario, releasesWith, startOfTime } from './play.ts';

const rollout = (isGood: boolean, faults: Record<string, unknown>[] = []) => ({
  name: 'a fault',
  now: startOfTime,
  releases: releasesWith(isGood ? {} : { joins: false }),
  clusters: [clusterOf([{ name: 'a', zones: 1 }])],
  policy: { version: 1, bakeTime: 'PT2M' },
  start: { clusterName: 'prod' },
  faults,
});

/** Faults that pass by themselves: the rollout has to come to the same end as without them. */
const passing = ['throttled', 'error', 'timeout-before', 'timeout-after', 'dies-before', 'dies-after'];

const samples: { call: string; nth: number }[] = [
  { call: 'sts:AssumeRole', nth: 1 },
  { call: 'ssm:GetParameter', nth: 1 },
  { call: 'ssm:GetParameters', nth: 1 },
  { call: 'ssm:GetParametersByPath', nth: 2 },
  { call: 'eks:DescribeNodegroup', nth: 2 },
  { call: 'ec2:CreateLaunchTemplateVersion', nth: 1 },
  { call: 'eks:UpdateNodegroupVersion', nth: 1 },
  { call: 'eks:UpdateNodegroupVersion', nth: 2 },
  { call: 'eks:DescribeUpdate', nth: 2 },
  { call: 'kubernetes:ListNodes', nth: 2 },
  { call: 'ec2:DeleteLaunchTemplateVersions', nth: 1 },
];

const folders = [
  'plan-rollout',
  'take-lease',
  'swap-ami',
  'update-node-group',
  'watch-update',
  'evaluate-health-gates',
];
const moreFolders = ['settle-node-group', 'review-wave', 'finish-rollout'];

const callFaults = samples.flatMap((sample, index) =>
  faultKinds.calls
    .filter((_, kind) => isSweep || (kind + index) % 6 === 0)
    .map((fault) => ({ what: { ...sample, fault }, isGood: sample.nth === 1 && !/Delete/.test(sample.call) })),
);

const deaths = [...folders, ...moreFolders].flatMap((name, index) =>
  Array.from({ length: isSweep ? 12 : 1 }, (_, nth) => ({
    what: { function: name, nth: nth + 1, fault: faultKinds.functions[(index + nth) % 2] },
    isGood: (index + nth) % 3 !== 0,
  })),
);

describe.each([...callFaults, ...deaths])('$what', ({ what, isGood }) => {
  test(`${isGood ? 'a good release' : 'a bad release'} comes to its end`, async () => {
    const { report } = await playScenario(rollout(isGood, [what]));
    expect(report.invariants).toEqual([]);
    if (!passing.includes(what.fault ?? '')) return;
    expect(report.executions.map(({ outcome }) => outcome)).toEqual([isGood ? 'Succeeded' : 'RolledBack']);
  });
});
