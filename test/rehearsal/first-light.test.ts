import { beforeAll, describe, expect, test } from 'vitest';
import type { ManagedNodeGroup } from '../../rehearsal/world/node-groups.ts';
import { onlyAnswer, type Played, playFile } from './play.ts';

const releasesOf = ({ group }: ManagedNodeGroup): (string | undefined)[] => [
  ...new Set(group.members.map(({ image }) => image.releaseVersion)),
];

const templateOf = (nodeGroup: ManagedNodeGroup) => {
  if (nodeGroup.launchTemplate === undefined) throw new Error(`${nodeGroup.name} has no launch template`);
  return nodeGroup.launchTemplate.template;
};

describe('after a good release', () => {
  let played: Played;
  let nodeGroups: ManagedNodeGroup[];
  beforeAll(async () => {
    played = await playFile('first-light.yaml');
    nodeGroups = [...(played.aws.world.clusters.get('prod')?.nodeGroups.values() ?? [])];
  });

  test('every instance of the cluster runs the new AMI, and there are as many as before', () => {
    expect(nodeGroups.map((each) => [each.name, each.group.members.length, releasesOf(each)])).toEqual([
      ['web', 4, ['1.33.4-20260810']],
      ['api', 3, ['1.33.4-20260810']],
      ['batch', 2, ['1.33.4-20260810']],
    ]);
  });

  test('every instance runs the image of its own architecture', () => {
    expect(nodeGroups.map((each) => [...new Set(each.group.members.map(({ image }) => image.architecture))])).toEqual([
      ['x86_64'],
      ['x86_64'],
      ['arm64'],
    ]);
  });

  test('each launch template has one more version: the version in use with another image', () => {
    for (const nodeGroup of nodeGroups) {
      const { versions } = templateOf(nodeGroup);
      const [source, made] = versions.slice(-2);
      expect(versions.map(({ number }) => number)).toEqual([1, 2, 3]);
      expect(nodeGroup.launchTemplate?.version).toBe(3);
      expect({ ...made?.data, ImageId: '' }).toEqual({ ...source?.data, ImageId: '' });
      expect(made?.data.ImageId).not.toBe(source?.data.ImageId);
    }
  });

  test('no default version was moved', () => {
    expect(nodeGroups.map((each) => templateOf(each).defaultVersion)).toEqual([1, 1, 1]);
  });

  test('the canary wave came first, and the answer tells every step by numbers', () => {
    const { outcome, plan, nodeGroups: answered } = onlyAnswer(played);
    expect(outcome).toBe('Succeeded');
    expect(plan.waves[0]).toHaveLength(1);
    expect(plan.waves.flat().sort()).toEqual(['api', 'batch', 'web']);
    for (const { from, to } of answered) {
      expect([from.launchTemplateVersion, to.launchTemplateVersion]).toEqual(['2', '3']);
      expect([from.releaseVersion, to.releaseVersion]).toEqual(['1.33.4-20260710', '1.33.4-20260810']);
    }
  });

  test('no more nodes were out of service than the node group allows', () => {
    const { nodeGroups: reports } = played.report;
    expect(reports['prod/web']?.mostOutOfService).toBeLessThanOrEqual(2);
    expect(reports['prod/api']?.mostOutOfService).toBe(1);
    expect(reports['prod/batch']?.mostOutOfService).toBe(1);
  });
});

describe('after a release whose nodes never join', () => {
  let played: Played;
  let nodeGroups: ManagedNodeGroup[];
  beforeAll(async () => {
    played = await playFile('bad-ami-never-joins.yaml');
    nodeGroups = [...(played.aws.world.clusters.get('prod')?.nodeGroups.values() ?? [])];
  });

  test('the execution fails with the error RolledBack, and its cause is the answer', () => {
    const execution = played.aws.executions.all.find(({ machine }) => machine.name.endsWith('-roll-out-cluster'));
    expect(execution?.status).toBe('FAILED');
    expect(execution?.error).toBe('RolledBack');
    expect(JSON.parse(execution?.cause ?? '')).toEqual(onlyAnswer(played));
  });

  test('every instance is on the former AMI, and every node group on its former version', () => {
    expect(nodeGroups.map((each) => [each.name, each.launchTemplate?.version, releasesOf(each)])).toEqual([
      ['web', 2, ['1.33.4-20260810']],
      ['api', 2, ['1.33.4-20260810']],
      ['batch', 2, ['1.33.4-20260810']],
    ]);
  });

  test('the newest version of each launch template is the former one', () => {
    expect(nodeGroups.map((each) => templateOf(each).latest.number)).toEqual([2, 2, 2]);
  });

  test('no node is left cordoned', () => {
    const nodes = nodeGroups.flatMap(({ cluster }) => [...cluster.nodes.values()]);
    expect(nodes.filter(({ isUnschedulable }) => isUnschedulable)).toEqual([]);
  });

  test('node groups of later waves were never touched', () => {
    const changed = played.aws.productCalls.changes.map(({ input }) => JSON.stringify(input));
    const later = nodeGroups.filter(({ name }) => name !== 'api');
    for (const nodeGroup of later) {
      expect(nodeGroup.updates).toEqual([]);
      expect(changed.filter((input) => input.includes(templateOf(nodeGroup).id))).toEqual([]);
    }
  });

  test('the reason names the node group and what was wrong', () => {
    const { reason } = onlyAnswer(played);
    expect(reason).toMatch(/^api: /);
    expect(reason).toContain('NodeCreationFailure');
    expect(reason).toContain('it is back on 1.33.4-20260810');
  });
});
