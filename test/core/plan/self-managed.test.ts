/** Auto Scaling groups that people run, in a plan. */
import { describe, expect, test } from 'vitest';
import type { SelfManagedFacts } from '../../../core/plan/facts.ts';
import type { Finding } from '../../../core/plan/finding.ts';
import { judgeSelfManaged } from '../../../core/plan/judge-self-managed.ts';
import { planRollout } from '../../../core/plan/plan-rollout.ts';
import {
  aNodeGroup,
  aSelfManagedGroup,
  aTemplate,
  former,
  imageOf,
  instancesOn,
  planQuestion,
  policyOf,
  type Situation,
  settingsOf,
} from '../builders.ts';

const judged = (given: Partial<SelfManagedFacts>, instanceRefresh: object = {}): Finding[] =>
  judgeSelfManaged(aSelfManagedGroup('web', given), settingsOf(policyOf({ instanceRefresh })).instanceRefresh);

describe('of a group that people run it is told', () => {
  test.each<{ title: string; given: Partial<SelfManagedFacts>; policy?: object; says: Partial<Finding> }>([
    {
      title: 'that it follows a moving version, and will be pinned',
      given: { follows: '$Latest' },
      says: {
        code: 'not-pinned',
        level: 'warn',
        message: 'web follows $Latest of web; it is pinned to version 3 first, and stays on a number',
      },
    },
    {
      title: 'that instances are protected',
      given: { protectedInstances: ['i-1'] },
      says: {
        code: 'protected-instances',
        level: 'warn',
        message: expect.stringContaining('(i-1); they are replaced'),
      },
    },
    {
      title: 'that protected instances refuse it, where the policy says so',
      given: { protectedInstances: ['i-1', 'i-2'] },
      policy: { protectedInstances: 'refuse' },
      says: { code: 'protected-instances', level: 'refuse', fix: expect.stringContaining('--instance-ids i-1 i-2') },
    },
    {
      title: 'that instances in Standby keep their AMI',
      given: { standbyInstances: ['i-1', 'i-2', 'i-3', 'i-4'] },
      says: {
        code: 'standby-instances',
        level: 'warn',
        message: expect.stringContaining('(i-1, i-2, i-3 and 1 more); they keep their AMI'),
      },
    },
    {
      title: 'that instances in Standby are replaced, where the policy says so',
      given: { standbyInstances: ['i-1'] },
      policy: { standbyInstances: 'terminate' },
      says: { code: 'standby-instances', message: expect.stringContaining('terminated and replaced') },
    },
    {
      title: 'that it has a warm pool',
      given: { warmPool: 2 },
      says: { code: 'warm-pool', level: 'warn', message: expect.stringContaining('warm pool of 2') },
    },
    { title: 'that it has weights', given: { hasWeights: true }, says: { code: 'weighted-capacity', level: 'warn' } },
    {
      title: 'that nothing could be replaced',
      given: { suspendedProcesses: ['AZRebalance', 'Launch', 'Terminate'] },
      says: {
        code: 'processes-suspended',
        level: 'refuse',
        fix: 'aws autoscaling resume-processes --auto-scaling-group-name web --scaling-processes Launch Terminate',
      },
    },
  ])('$title', ({ given, policy, says }) => {
    expect(judged(given, policy)).toEqual([expect.objectContaining({ ...says, nodeGroup: 'web' })]);
  });

  test('nothing else: other processes may be suspended, and a usual group is fine', () => {
    expect(judged({ suspendedProcesses: ['AZRebalance', 'ScheduledActions'] })).toEqual([]);
    expect(judged({})).toEqual([]);
  });
});

describe('a plan with a group that people run', () => {
  const web = aSelfManagedGroup('web');
  const plan = (situation: Situation) => {
    const planned = planRollout(planQuestion({ drainAccess: { access: 'granted' }, ...situation }));
    if (planned.step === 'Wait') throw new Error(planned.reason);
    return planned;
  };

  test('updates it, beside managed ones', () => {
    const { plan: made } = plan({ nodeGroups: [aNodeGroup('api'), web] });
    expect(made.nodeGroups).toMatchObject([
      { name: 'api', kind: 'managed-custom-ami', outcome: 'Planned' },
      {
        name: 'web',
        kind: 'self-managed',
        outcome: 'Planned',
        budget: 1,
        target: { template: { sourceVersion: '3' } },
      },
    ]);
  });

  test('needs no canary node group for it: its first checkpoint is one', () => {
    const large = aSelfManagedGroup('web', {}, { desiredSize: 40 });
    const policy = { waves: { canaryNodeGroup: 'auto' } };
    expect(plan({ nodeGroups: [large], policy }).plan.findings).toEqual([]);
    expect(plan({ nodeGroups: [web], policy }).plan.findings).toEqual([]);
    expect(plan({ nodeGroups: [aNodeGroup('web')], policy }).plan.findings).toMatchObject([{ code: 'no-canary' }]);
  });

  test('remembers which moving version it came from', () => {
    const following = aSelfManagedGroup('web', { follows: '$Default' });
    expect(plan({ nodeGroups: [following] }).plan.nodeGroups).toMatchObject([{ follows: '$Default' }]);
  });

  test('counts how many go at once by the policy', () => {
    const large = aSelfManagedGroup('web', {}, { desiredSize: 40 });
    expect(plan({ nodeGroups: [large] }).plan.nodeGroups).toMatchObject([{ budget: 4 }]);
  });

  test.each([
    {
      what: 'that has no template to swap',
      group: aSelfManagedGroup('web', { unusable: 'uses a launch configuration' }),
    },
    {
      what: 'whose template names a parameter, not an image',
      group: aSelfManagedGroup('web', {}, { launchTemplate: aTemplate({ imageId: null }) }),
    },
  ])('refuses one $what', ({ group }) => {
    expect(plan({ nodeGroups: [group] })).toMatchObject({
      outcome: 'Refused',
      plan: { findings: [{ code: 'template-unusable', nodeGroup: 'web' }] },
    });
  });

  test('refuses it, and it alone, where its nodes may not be emptied', () => {
    const { plan: made } = plan({
      nodeGroups: [aNodeGroup('api'), web],
      drainAccess: { access: 'denied', reason: 'it may not create pods/eviction' },
    });
    expect(made.waves).toEqual([['api']]);
    expect(made.nodeGroups).toMatchObject([{ outcome: 'Planned' }, { name: 'web', outcome: 'Refused', target: null }]);
    expect(made.findings).toMatchObject([
      {
        code: 'no-drain-access',
        level: 'refuse',
        message: expect.stringContaining('it may not create pods/eviction'),
        fix: expect.stringContaining('kubectl apply -f docs/kubernetes-access-drain.yaml'),
      },
    ]);
  });

  test('says which groups it leaves alone because of their names', () => {
    expect(plan({ nodeGroups: [aNodeGroup('api')], shadowed: ['api'] }).plan.findings).toMatchObject([
      { code: 'name-taken', level: 'warn', nodeGroup: 'api' },
    ]);
  });

  test('leaves out instances that somebody has put aside', () => {
    const standby = instancesOn({ [former]: 1 }).map((each) => ({ ...each, lifecycleState: 'Standby' }));
    const group = aSelfManagedGroup(
      'web',
      {},
      {
        launchTemplate: aTemplate({ imageId: imageOf('20260810') }),
        instances: [...instancesOn({ '20260810': 2 }), ...standby],
      },
    );
    expect(plan({ nodeGroups: [group] }).plan.nodeGroups).toMatchObject([{ outcome: 'UpToDate' }]);
  });

  test('names the command that tags it', () => {
    const { plan: made } = plan({ nodeGroups: [web], optIn: { scopeByTag: true } });
    expect(made.findings[0]).toMatchObject({
      code: 'tag-missing',
      fix: 'aws autoscaling create-or-update-tags --tags "ResourceId=web,ResourceType=auto-scaling-group,Key=eks-ami-rollout,Value=enabled,PropagateAtLaunch=false"',
    });
  });
});
