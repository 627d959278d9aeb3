/**
 * The samples of events/ are what AWS sends: the rules and the schedule of the template deliver just them, and the
 * functions read them.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { parseRequest } from '../../core/plan/request.ts';
import { parseTrigger } from '../../functions/detect-releases/trigger.ts';
import { stepOfLifecycleEvent } from '../../functions/events.ts';
import { PretendClock } from '../../rehearsal/clock/pretend-clock.ts';
import { deploy, type Stack } from '../../rehearsal/deployment/stack.ts';
import { parseTemplate } from '../../rehearsal/deployment/template.ts';
import { Authority } from '../../rehearsal/iam/authority.ts';
import { Triggers } from '../../rehearsal/services/triggers.ts';

type Json = Record<string, unknown>;
const sample = (name: string): Json => JSON.parse(readFileSync(`events/${name}.json`, 'utf8')) as Json;

const schedule = sample('schedule');
const batch = sample('parameter-change');
const [record = {}] = batch.Records as Json[];
const parameterChange = JSON.parse(String(record.body)) as Json;
const executionStatusChange = sample('execution-status-change');
const instanceLeaves = sample('instance-leaves');

let stack: Stack;
beforeAll(() => {
  const template = parseTemplate(readFileSync('template.yaml', 'utf8'));
  stack = deploy(template, {
    stackName: 'eks-ami-rollout',
    accountId: '111122223333',
    region: 'us-east-1',
    parameters: {},
  });
});

/** What the stack's functions get, in order. */
const deliveredBy = async (
  trigger: (triggers: Triggers, clock: PretendClock) => void,
): Promise<{ functionId: string; event: unknown }[]> => {
  const clock = new PretendClock(Date.parse('2026-08-20T09:00:00Z'));
  const delivered: { functionId: string; event: unknown }[] = [];
  const triggers = new Triggers({
    clock,
    stack,
    authority: new Authority(stack),
    accountId: '111122223333',
    region: 'us-east-1',
    seed: 'events',
    invoke: (functionId, event) => {
      delivered.push({ functionId, event });
      return Promise.resolve({ status: 'answered', payload: null });
    },
    onLost: (what) => {
      throw new Error(what);
    },
  });
  clock.at(clock.now, () => trigger(triggers, clock));
  await clock.run();
  return delivered;
};

const publish =
  (event: Json) =>
  (triggers: Triggers): void => {
    triggers.publish({
      source: String(event.source),
      detailType: String(event['detail-type']),
      resources: event.resources as string[],
      detail: event.detail as Json,
    });
  };

/** Names and types, without the values. */
const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]));
};

describe('schedule.json', () => {
  it('is what the schedule of the template hands to detect-releases', async () => {
    const [fired] = stack.schedules;
    expect(stack.schedules).toHaveLength(1);
    const delivered = await deliveredBy((triggers) => fired !== undefined && triggers.fire(fired));
    expect(delivered).toEqual([{ functionId: 'DetectReleasesFunction', event: schedule }]);
  });

  it('starts a scan that is named by its time, so that it is one scan when it is told twice', () => {
    expect(parseTrigger(schedule)).toEqual({
      trigger: 'schedule',
      at: '2026-08-20T09:00:00.000Z',
      scan: 'schedule-20260820090000',
    });
  });
});

describe('parameter-change.json', () => {
  it('is what reaches detect-releases through the rule and the queue', async () => {
    const delivered = await deliveredBy(publish(parameterChange));
    expect(delivered.map(({ functionId }) => functionId)).toEqual(['DetectReleasesFunction']);
    expect(shapeOf(delivered[0]?.event)).toEqual(shapeOf(batch));
    const [message = {}] = (delivered[0]?.event as { Records: Json[] } | undefined)?.Records ?? [];
    expect(shapeOf(JSON.parse(String(message.body)))).toEqual(shapeOf(parameterChange));
  });

  it('holds the checksum of its body', () => {
    expect(record.md5OfBody).toBe(createHash('md5').update(String(record.body)).digest('hex'));
  });

  it('is read as a change of a golden parameter', () => {
    const trigger = parseTrigger(batch);
    expect(trigger).toMatchObject({ trigger: 'parameters', at: '2026-08-20T09:00:00.000Z' });
    if (trigger.trigger !== 'parameters') throw new Error('it was read as a schedule');
    expect(trigger.changes).toMatchObject([{ name: '/golden/web', operation: 'Update' }]);
  });

  it.each([
    ['a parameter of AWS', { name: '/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x' }],
    ['a parameter of somebody else', { name: '/mine/web' }],
    ['an image that was not found to be one', { exception: 'The AMI does not exist' }],
  ])('%s is not told', async (_what, change) => {
    const detail = { ...(parameterChange.detail as Json), ...change };
    expect(await deliveredBy(publish({ ...parameterChange, detail }))).toEqual([]);
  });
});

describe('execution-status-change.json', () => {
  it('is what the rule of heal-rollouts hands on', async () => {
    const delivered = await deliveredBy(publish(executionStatusChange));
    expect(delivered.map(({ functionId }) => functionId)).toEqual(['HealRolloutsFunction']);
    expect(shapeOf(delivered[0]?.event)).toEqual(shapeOf(executionStatusChange));
  });

  it.each(['RUNNING', 'SUCCEEDED'])('%s is nothing to heal', async (status) => {
    const detail = { ...(executionStatusChange.detail as Json), status };
    expect(await deliveredBy(publish({ ...executionStatusChange, detail }))).toEqual([]);
  });

  it("another stack's machine is not ours to heal", async () => {
    const detail = executionStatusChange.detail as Json;
    const stateMachineArn = String(detail.stateMachineArn).replace('eks-ami-rollout-', 'other-');
    expect(await deliveredBy(publish({ ...executionStatusChange, detail: { ...detail, stateMachineArn } }))).toEqual(
      [],
    );
  });
});

describe('instance-leaves.json', () => {
  it('is what the rule of drain-nodes hands on', async () => {
    const delivered = await deliveredBy(publish(instanceLeaves));
    expect(delivered.map(({ functionId }) => functionId)).toEqual(['DrainNodesFunction']);
    expect(shapeOf(delivered[0]?.event)).toEqual(shapeOf(instanceLeaves));
  });

  it('is read as a step of the rollout that put the hook', () => {
    expect(stepOfLifecycleEvent(instanceLeaves)).toMatchObject({
      rolloutId: 'manual-20260820-0900',
      nodeGroup: 'workers',
      fence: { clusterName: 'prod', generation: 3 },
      now: '2026-08-20T09:10:00Z',
    });
    expect(stepOfLifecycleEvent(executionStatusChange)).toBeUndefined();
  });

  it("somebody else's hook is not ours to answer", async () => {
    const detail = { ...(instanceLeaves.detail as Json), LifecycleHookName: 'node-termination-handler' };
    expect(await deliveredBy(publish({ ...instanceLeaves, detail }))).toEqual([]);
  });
});

describe('start-rollout.json', () => {
  it('is a request that is understood', () => {
    const request = parseRequest(sample('start-rollout'), { accountId: '111122223333', region: 'us-east-1' });
    expect(request).toMatchObject({ request: { clusterName: 'prod', dryRun: true } });
  });
});

test('the README names every sample', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const file of readdirSync('events')) expect(readme).toContain(`events/${file}`);
});
