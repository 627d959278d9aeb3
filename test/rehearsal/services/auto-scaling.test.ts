/** Auto Scaling groups that people run, as a stranger sees them: instance refreshes, lifecycle hooks, suspended processes. */
import * as autoScaling from '@aws-sdk/client-auto-scaling';
import { describe, expect, test } from 'vitest';
import { imageIdOf } from '../../../rehearsal/world/images.ts';
import { beginEmbeddedAws, pass, strangersOf } from '../../adapters/embedded.ts';
import { clusterOf, newRelease, releasesWith } from '../play.ts';

const newImage = imageIdOf('AL2023_x86_64_STANDARD', newRelease);
const AutoScalingGroupName = 'workers';
const hour = 3600;

/** A group `workers` whose template has a version 3 with the new release. */
const begin = async (group: Record<string, unknown> = {}, scenario: Record<string, unknown> = {}) => {
  const aws = await beginEmbeddedAws({
    releases: releasesWith(),
    clusters: [clusterOf([{ name: 'workers', kind: 'self-managed', size: 4, ...group }])],
    ...scenario,
  });
  const { autoScaling: client } = strangersOf(aws);
  const inWorld = aws.world.autoScalingGroups.get('workers');
  const template = aws.world.launchTemplates.get(inWorld?.configuration.template.id ?? '');
  if (template === undefined) throw new Error('workers has no launch template');
  const LaunchTemplate = { LaunchTemplateId: template.id, Version: '3' };
  template.add({ ...template.latest.data, ImageId: newImage }, 'new', aws.clock.now);

  const start = (
    Preferences: autoScaling.RefreshPreferences = {},
    DesiredConfiguration: autoScaling.DesiredConfiguration | undefined = { LaunchTemplate },
  ) =>
    client.send(
      new autoScaling.StartInstanceRefreshCommand({
        AutoScalingGroupName,
        Preferences: { InstanceWarmup: 60, ...Preferences },
        ...(DesiredConfiguration === undefined ? {} : { DesiredConfiguration }),
      }),
    );
  const look = async () => {
    const { InstanceRefreshes } = await client.send(
      new autoScaling.DescribeInstanceRefreshesCommand({ AutoScalingGroupName }),
    );
    const { AutoScalingGroups } = await client.send(
      new autoScaling.DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [AutoScalingGroupName] }),
    );
    const { Instances = [], LaunchTemplate: saved } = AutoScalingGroups?.[0] ?? {};
    const inService = Instances.filter(({ LifecycleState }) => LifecycleState === 'InService');
    const isNew = ({ LaunchTemplate: of }: autoScaling.Instance): boolean => of?.Version === '3';
    return {
      status: InstanceRefreshes?.[0]?.Status,
      reason: InstanceRefreshes?.[0]?.StatusReason,
      percent: InstanceRefreshes?.[0]?.PercentageComplete,
      saved: saved?.Version,
      instances: Instances,
      there: Instances.filter(({ LifecycleState }) => /^(Pending|InService)$/.test(LifecycleState ?? '')).length,
      inService: inService.length,
      updated: inService.filter(isNew).length,
    };
  };
  /** What is seen every 15 s until the refresh is over. */
  const watch = async (longest = 3 * hour) => {
    const seen = [await look()];
    const isOver = (status: string | undefined): boolean =>
      ['Successful', 'Failed', 'Cancelled', 'RollbackSuccessful', 'RollbackFailed'].includes(status ?? '');
    while (!isOver(seen.at(-1)?.status) && seen.length < longest / 15) {
      await pass(aws, 15);
      seen.push(await look());
    }
    return seen;
  };
  return { aws, client, template, start, look, watch };
};

const last = <T>(seen: readonly T[]): T => {
  const found = seen.at(-1);
  if (found === undefined) throw new Error('nothing was seen');
  return found;
};

const failsWith = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'no error',
    (error: Error) => `${error.name}: ${error.message}`,
  );

/** EC2 Auto Scaling user guide, instance-refresh-overview. */
describe('an instance refresh', () => {
  test('takes instances away before it launches others, when no maximum is given', async () => {
    const { start, watch } = await begin();
    await start({ MinHealthyPercentage: 50 });
    const seen = await watch();
    expect(Math.max(...seen.map(({ there }) => there))).toBe(4);
    expect(Math.min(...seen.map(({ inService }) => inService))).toBe(2);
    expect(last(seen)).toMatchObject({ status: 'Successful', percent: 100, updated: 4, inService: 4 });
  });

  test.each([
    [{ MinHealthyPercentage: 100, MaxHealthyPercentage: 150 }, 6],
    [{ MinHealthyPercentage: 50, MaxHealthyPercentage: 125 }, 5],
    // Both bounds cannot be honored: one more is launched (API reference, RefreshPreferences).
    [{ MinHealthyPercentage: 100, MaxHealthyPercentage: 100 }, 5],
    [{ MinHealthyPercentage: 90, MaxHealthyPercentage: 110 }, 5],
  ])('launches first, with %o', async (preferences, most) => {
    const { start, watch } = await begin();
    await start(preferences);
    const seen = await watch();
    expect(Math.max(...seen.map(({ there }) => there))).toBe(most);
    expect(Math.min(...seen.map(({ inService }) => inService))).toBe(4);
    expect(last(seen)).toMatchObject({ status: 'Successful', updated: 4, there: 4 });
  });

  test('always replaces at least one instance, whatever must stay', async () => {
    const { start, watch } = await begin({ size: 1 });
    await start({ MinHealthyPercentage: 90 });
    expect(last(await watch())).toMatchObject({ status: 'Successful', updated: 1 });
  });

  test('makes what it led to the group’s own only when it has succeeded', async () => {
    const { start, watch } = await begin();
    await start({ MinHealthyPercentage: 50, BakeTime: 600 });
    const seen = await watch();
    const baking = seen.filter(({ status }) => status === 'Baking');
    expect(baking.length).toBeGreaterThanOrEqual(600 / 15);
    expect(baking.every(({ updated, percent }) => updated === 4 && percent === 100)).toBe(true);
    expect(seen.slice(0, -1).every(({ saved }) => saved === '2')).toBe(true);
    expect(last(seen)).toMatchObject({ status: 'Successful', saved: '3' });
  });

  /** asg-adding-checkpoints-instance-refresh. */
  test('waits at its checkpoints, and not at 100 percent', async () => {
    const { start, watch } = await begin();
    await start({ MinHealthyPercentage: 50, CheckpointPercentages: [25, 75, 100], CheckpointDelay: 1200 });
    const seen = await watch();
    const waits = seen.filter(({ reason }) => reason?.startsWith('Reached the checkpoint'));
    const at = (percent: number) => waits.filter((each) => each.percent === percent);
    expect(at(25).length).toBeGreaterThanOrEqual(1200 / 15 - 1);
    expect(at(25).every(({ updated }) => updated === 1)).toBe(true);
    expect(at(75).every(({ updated }) => updated === 3)).toBe(true);
    expect(waits).toHaveLength(at(25).length + at(75).length);
    expect(last(seen)).toMatchObject({ status: 'Successful', updated: 4 });
  });

  test('ends at its last checkpoint, with instances left', async () => {
    const { start, watch } = await begin();
    await start({ MinHealthyPercentage: 50, CheckpointPercentages: [50], CheckpointDelay: 60 });
    expect(last(await watch())).toMatchObject({ status: 'Successful', percent: 50, updated: 2, saved: '3' });
  });

  test('skips what matches already', async () => {
    const { start, watch } = await begin();
    await start({ MinHealthyPercentage: 50 });
    const first = last(await watch()).instances.map(({ InstanceId }) => InstanceId);
    await start({ MinHealthyPercentage: 50, SkipMatching: true });
    const second = last(await watch());
    expect(second).toMatchObject({ status: 'Successful', percent: 100 });
    expect(second.instances.map(({ InstanceId }) => InstanceId)).toEqual(first);
  });

  test.each([
    ['Wait', { status: 'Failed', updated: 3 }],
    ['Ignore', { status: 'Successful', updated: 3 }],
    ['Refresh', { status: 'Successful', updated: 4 }],
  ] as const)('with ScaleInProtectedInstances %s', async (ScaleInProtectedInstances, end) => {
    const { start, watch } = await begin({ protected: 1 });
    await start({ MinHealthyPercentage: 50, ScaleInProtectedInstances });
    const seen = await watch();
    expect(last(seen)).toMatchObject(end);
    if (ScaleInProtectedInstances !== 'Wait') return;
    expect(last(seen).reason).toMatch(/is protected from scale in/);
    // It tries for an hour.
    expect(seen.length * 15).toBeGreaterThan(hour);
  });

  test.each([
    ['Wait', { status: 'Failed' }],
    ['Ignore', { status: 'Successful' }],
    ['Terminate', { status: 'Successful' }],
  ] as const)('with StandbyInstances %s', async (StandbyInstances, end) => {
    const { start, watch } = await begin({ standby: 1 });
    await start({ MinHealthyPercentage: 50, StandbyInstances });
    const seen = await watch();
    expect(last(seen)).toMatchObject({ ...end, updated: 4 });
    const standsBy = last(seen).instances.some(({ LifecycleState }) => LifecycleState === 'Standby');
    expect(standsBy).toBe(StandbyInstances !== 'Terminate');
  });

  test.each(['Launch', 'Terminate', 'InstanceRefresh'])('fails after an hour without %s', async (process) => {
    const { client, start, watch } = await begin();
    await client.send(new autoScaling.SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: [process] }));
    await start({ MinHealthyPercentage: 50 });
    const seen = await watch();
    expect(last(seen)).toMatchObject({ status: 'Failed', updated: 0, saved: '2' });
    expect(last(seen).reason).toMatch(/suspended/);
  });

  test('that is cancelled finishes what it has begun and leaves the rest', async () => {
    const { aws, client, start, look, watch } = await begin();
    await start({ MinHealthyPercentage: 75 });
    await pass(aws, 45);
    await client.send(new autoScaling.CancelInstanceRefreshCommand({ AutoScalingGroupName }));
    expect((await look()).status).toBe('Cancelling');
    expect(last(await watch())).toMatchObject({ status: 'Cancelled', inService: 4, updated: 1, saved: '2' });
  });

  /** instance-refresh-rollback. */
  test('that is rolled back replaces what it had launched', async () => {
    const { aws, client, start, watch } = await begin();
    await start({ MinHealthyPercentage: 50, CheckpointPercentages: [50, 100], CheckpointDelay: hour });
    await pass(aws, 900);
    await client.send(new autoScaling.RollbackInstanceRefreshCommand({ AutoScalingGroupName }));
    const seen = await watch();
    expect(seen[0]).toMatchObject({ status: 'RollbackInProgress', updated: 2 });
    expect(last(seen)).toMatchObject({ status: 'RollbackSuccessful', inService: 4, updated: 0, saved: '2' });
  });

  test('rolls itself back when it fails, if it was told to', async () => {
    const { start, watch } = await begin({ protected: 1 });
    await start({ MinHealthyPercentage: 50, AutoRollback: true });
    const seen = await watch();
    expect(seen.map(({ status }) => status)).toContain('RollbackInProgress');
    expect(last(seen)).toMatchObject({ status: 'RollbackSuccessful', updated: 0 });
  });

  test('refuses another one beside it, and changes of what it leads to', async () => {
    const { client, template, start } = await begin();
    await start();
    expect(await failsWith(start())).toMatch(/^InstanceRefreshInProgress/);
    const LaunchTemplate = { LaunchTemplateId: template.id, Version: '2' };
    const update = new autoScaling.UpdateAutoScalingGroupCommand({ AutoScalingGroupName, LaunchTemplate });
    expect(await failsWith(client.send(update))).toMatch(/An active instance refresh with a desired configuration/);
  });

  test.each<[string, autoScaling.RefreshPreferences, RegExp]>([
    ['a maximum alone', { MaxHealthyPercentage: 110 }, /You must specify MinHealthyPercentage/],
    ['a span over 100', { MinHealthyPercentage: 50, MaxHealthyPercentage: 200 }, /cannot be greater than 100/],
    ['a minimum over 100', { MinHealthyPercentage: 101 }, /MinHealthyPercentage must be between 0 and 100/],
    ['checkpoints that do not ascend', { CheckpointPercentages: [50, 25] }, /ascending/],
    ['a delay without checkpoints', { CheckpointDelay: 60 }, /You must specify CheckpointPercentages/],
    ['a bake of more than two days', { BakeTime: 172_801 }, /BakeTime must be between 0 and 172800/],
  ])('is refused with %s', async (_, preferences, message) => {
    const { start, look } = await begin();
    expect(await failsWith(start(preferences))).toMatch(message);
    expect((await look()).status).toBeUndefined();
  });

  test('knows no way back without a desired configuration, or from a version that moves', async () => {
    const { aws, client, start } = await begin({ launchTemplateVersion: '$Latest' });
    const rollBack = () => client.send(new autoScaling.RollbackInstanceRefreshCommand({ AutoScalingGroupName }));
    expect(await failsWith(rollBack())).toMatch(/^ActiveInstanceRefreshNotFound/);
    expect(await failsWith(start({ AutoRollback: true }))).toMatch(/\$Latest/);
    await start({ MinHealthyPercentage: 50 });
    await pass(aws, 60);
    expect(await failsWith(rollBack())).toMatch(/^IrreversibleInstanceRefresh/);
  });
});

/** EC2 Auto Scaling user guide, lifecycle-hooks. */
describe('a lifecycle hook', () => {
  const hook = { AutoScalingGroupName, LifecycleHookName: 'empty' };

  /** A group with a hook, one instance of which is held. */
  const hold = async (settings: Partial<autoScaling.PutLifecycleHookCommandInput> = {}) => {
    const begun = await begin();
    const { client, look } = begun;
    await client.send(
      new autoScaling.PutLifecycleHookCommand({
        ...hook,
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        HeartbeatTimeout: 600,
        DefaultResult: 'CONTINUE',
        ...settings,
      }),
    );
    const InstanceId = (await look()).instances[0]?.InstanceId ?? '';
    await client.send(
      new autoScaling.TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity: false }),
    );
    const state = async () =>
      (await look()).instances.find((each) => each.InstanceId === InstanceId)?.LifecycleState ?? 'gone';
    const complete = (LifecycleActionResult: string) =>
      client.send(new autoScaling.CompleteLifecycleActionCommand({ ...hook, InstanceId, LifecycleActionResult }));
    const beat = () => client.send(new autoScaling.RecordLifecycleActionHeartbeatCommand({ ...hook, InstanceId }));
    return { ...begun, InstanceId, state, complete, beat };
  };

  test('holds an instance that is to go until it is answered, and another one comes meanwhile', async () => {
    const { aws, state, complete, look } = await hold();
    await pass(aws, 300);
    expect(await state()).toBe('Terminating:Wait');
    expect((await look()).inService).toBe(4);
    await complete('CONTINUE');
    expect(await state()).toBe('Terminating:Proceed');
    await pass(aws, 60);
    expect(await state()).toBe('gone');
    expect(await failsWith(complete('CONTINUE'))).toMatch(/No active Lifecycle Action found/);
  });

  test('lets it go when nobody answers in time, and heartbeats lengthen the time', async () => {
    const { aws, state, beat } = await hold();
    await pass(aws, 500);
    await beat();
    await pass(aws, 500);
    expect(await state()).toBe('Terminating:Wait');
    await pass(aws, 160);
    expect(await state()).toBe('gone');
  });

  test('holds it for no longer than 100 times its heartbeat', async () => {
    const { aws, state, beat } = await hold({ HeartbeatTimeout: 30 });
    for (let seconds = 0; seconds < 2980; seconds += 20) {
      await beat();
      await pass(aws, 20);
    }
    expect(await state()).toBe('Terminating:Wait');
    await pass(aws, 20);
    expect(await state()).not.toBe('Terminating:Wait');
  });

  test('that is deleted lets go what it holds', async () => {
    const { aws, client, state } = await hold();
    await client.send(new autoScaling.DeleteLifecycleHookCommand(hook));
    await pass(aws, 60);
    expect(await state()).toBe('gone');
  });

  test.each([
    ['retain', 'Terminating:Retained'],
    ['terminate', 'gone'],
  ] as const)('abandoned, with TerminateHookAbandon %s, leaves the instance %s', async (TerminateHookAbandon, then) => {
    const { aws, client, state, complete } = await hold();
    const InstanceLifecyclePolicy = { RetentionTriggers: { TerminateHookAbandon } };
    await client.send(new autoScaling.UpdateAutoScalingGroupCommand({ AutoScalingGroupName, InstanceLifecyclePolicy }));
    await complete('ABANDON');
    await pass(aws, 60);
    expect(await state()).toBe(then);
  });

  /** Documents do not say whether the wait counts, so either answer can be played. */
  test.each([
    ['counts', 'Failed'],
    ['does-not-count', 'Successful'],
  ])('whose wait %s against the hour of a refresh: %s', async (lifecycleWaitInRefresh, status) => {
    const { aws, client, start, watch } = await begin({ size: 1 }, { unproven: { lifecycleWaitInRefresh } });
    await client.send(
      new autoScaling.PutLifecycleHookCommand({
        ...hook,
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        HeartbeatTimeout: 4500,
        DefaultResult: 'CONTINUE',
      }),
    );
    await start({ MinHealthyPercentage: 0 });
    const seen = await watch();
    expect(last(seen).status).toBe(status);
    expect(seen.some(({ reason }) => reason?.includes('is in Terminating:Wait'))).toBe(true);
    expect(aws.bugs).toEqual([]);
  });

  test.each([
    [{ HeartbeatTimeout: 29 }, /between 30 and 7200/],
    [{ HeartbeatTimeout: 7201 }, /between 30 and 7200/],
    [{ LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' }, /not played/],
    [{ DefaultResult: 'PERHAPS' }, /CONTINUE/],
  ])('is refused with %o', async (settings, message) => {
    expect(await failsWith(hold(settings))).toMatch(message);
  });
});
