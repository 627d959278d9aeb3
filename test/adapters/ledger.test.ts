/** The ledger against DynamoDB's own API: who may write, what a replay does, and what is found again. */
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { LedgerConflict } from '../../adapters/fault.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import {
  ledgerLastGoodPolicy,
  ledgerLeases,
  ledgerRecalls,
  ledgerRollouts,
  ledgerScans,
  ledgerSpentReleases,
  ledgerVersionUsers,
} from '../../adapters/ledger/ledger.ts';
import { freeLease, type Lease } from '../../core/lease/lease.ts';
import type { RolloutRecord } from '../../core/rollout/record.ts';
import { requireLease, Superseded } from '../../functions/fence.ts';
import { aRecord, aSpentRelease, former, hub, newest, now, policyOf, prod, requestOf } from '../core/builders.ts';
import { beginEmbeddedAws, strangersOf, useEnvironmentOf } from './embedded.ts';

const begin = async () => {
  const aws = await beginEmbeddedAws();
  useEnvironmentOf(aws);
  const table = aws.stack.tables[0]?.name ?? '';
  return { aws, table, items: new LedgerItems(table, new DynamoDBClient(clientSettings)) };
};

const heldBy = (holder: string, generation: number): Lease => ({
  holder,
  rolloutId: `rollout-of-${holder}`,
  generation,
});

const rollout = (rolloutId: string, given: Partial<RolloutRecord> = {}): RolloutRecord => ({
  rolloutId,
  key: prod,
  request: requestOf(),
  execution: `arn:${rolloutId}`,
  settings: null,
  ignoresWindow: false,
  plan: { nodeGroups: [], waves: [['web']], findings: [] },
  status: 'planned',
  waiting: null,
  answer: null,
  heals: 0,
  startedAt: now,
  endedAt: null,
  ...given,
});

/** How many of these writes were done, and what the others were told. */
const outcomesOf = async (writes: readonly Promise<void>[]) => {
  const settled = await Promise.allSettled(writes);
  return {
    done: settled.filter(({ status }) => status === 'fulfilled').length,
    refused: settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])),
  };
};

describe('the lease', () => {
  test('is taken by one of those who ask at once', async () => {
    const leases = ledgerLeases((await begin()).items);
    const free = await leases.read(prod);
    expect(free).toEqual({ value: freeLease, revision: 0 });
    const { done, refused } = await outcomesOf(
      ['a', 'b', 'c', 'd'].map((holder) => leases.write(prod, heldBy(holder, 1), free.revision)),
    );
    expect(done).toBe(1);
    expect(refused).toEqual(Array.from({ length: 3 }, () => expect.any(LedgerConflict)));
    expect((await leases.read(prod)).revision).toBe(1);
  });

  test('of a dead execution is taken over once, and fences off the former holder', async () => {
    const leases = ledgerLeases((await begin()).items);
    await leases.write(prod, heldBy('dead', 1), 0);
    const { revision } = await leases.read(prod);
    const { done } = await outcomesOf(['a', 'b'].map((holder) => leases.write(prod, heldBy(holder, 2), revision)));
    expect(done).toBe(1);
    const winner = (await leases.read(prod)).value.holder ?? '';
    await requireLease(leases, { ...prod, holder: winner, generation: 2 });
    await expect(requireLease(leases, { ...prod, holder: 'dead', generation: 1 })).rejects.toThrow(Superseded);
    // It came back under its own name: a redriven execution is not the one that held the lease.
    await expect(requireLease(leases, { ...prod, holder: winner, generation: 1 })).rejects.toThrow(
      `superseded by rollout rollout-of-${winner}`,
    );
  });

  test('is one for each account, Region and cluster', async () => {
    const leases = ledgerLeases((await begin()).items);
    await leases.write(prod, heldBy('a', 1), 0);
    const others = [
      { ...prod, accountId: '444455556666' },
      { ...prod, region: 'eu-central-1' },
      { ...prod, clusterName: 'prod-2' },
    ];
    for (const other of others) expect((await leases.read(other)).value).toEqual(freeLease);
  });
});

describe('a write', () => {
  test('that rests on an older revision is refused, says where the item stands, and leaves it as it is', async () => {
    const rollouts = ledgerRollouts((await begin()).items);
    await rollouts.writeNodeGroup('r', aRecord('web', { wave: 1 }), 0);
    await rollouts.writeNodeGroup('r', aRecord('web', { wave: 2 }), 1);
    await expect(rollouts.writeNodeGroup('r', aRecord('web', { wave: 3 }), 1)).rejects.toThrow(
      'ROLLOUT#r NODE_GROUP#web was to replace revision 1, but stands at 2',
    );
    await expect(rollouts.writeNodeGroup('r', aRecord('web', { wave: 3 }), 0)).rejects.toThrow(LedgerConflict);
    expect(await rollouts.readNodeGroup('r', 'web')).toEqual({ value: aRecord('web', { wave: 2 }), revision: 2 });
  });

  test('that is sent again because its answer was lost is no conflict, and counts once', async () => {
    const rollouts = ledgerRollouts((await begin()).items);
    for (const _ of ['sent', 'sent again']) await rollouts.writeNodeGroup('r', aRecord('web'), 0);
    for (const _ of ['sent', 'sent again']) await rollouts.writeNodeGroup('r', aRecord('web', { wave: 1 }), 1);
    expect((await rollouts.readNodeGroup('r', 'web'))?.revision).toBe(2);
  });

  test('over an item that newer code has written is refused, and so is reading it', async () => {
    const { aws, table, items } = await begin();
    const { dynamodb } = strangersOf(aws);
    const Key = { pk: { S: 'ROLLOUT#r' }, sk: { S: 'ROLLOUT' } };
    const Item = { ...Key, schema: { N: '2' }, revision: { N: '1' }, body: { S: '{}' } };
    await dynamodb.send(new PutItemCommand({ TableName: table, Item }));
    const rollouts = ledgerRollouts(items);
    await expect(rollouts.read('r')).rejects.toThrow('has schema 2, newer than this code knows (1)');
    await expect(rollouts.write(rollout('r'), 1)).rejects.toThrow('newer than this code knows');
    expect((await dynamodb.send(new GetItemCommand({ TableName: table, Key }))).Item).toEqual(Item);
  });

  test('of more than DynamoDB holds in one item is a fault, not a shorter item', async () => {
    const rollouts = ledgerRollouts((await begin()).items);
    const reason = 'x'.repeat(420_000);
    await expect(rollouts.writeNodeGroup('r', aRecord('web', { reason }), 0)).rejects.toThrow(/size/);
    expect(await rollouts.readNodeGroup('r', 'web')).toBeNull();
  });
});

describe('open rollouts', () => {
  test('are listed from before they are written until they are settled', async () => {
    const rollouts = ledgerRollouts((await begin()).items);
    // Its writer dies between the two writes: what was begun must be found, though there is no record.
    await expect(rollouts.write(rollout('lost'), 7)).rejects.toThrow(LedgerConflict);
    await rollouts.write(rollout('a'), 0);
    await rollouts.write(rollout('b', { status: 'running' }), 0);
    await rollouts.write(rollout('a', { status: 'settled' }), 1);
    expect(await rollouts.listOpen()).toEqual([
      { rolloutId: 'b', startedAt: now },
      { rolloutId: 'lost', startedAt: now },
    ]);
    await rollouts.unlist('lost');
    await rollouts.unlist('never there');
    expect(await rollouts.listOpen()).toEqual([{ rolloutId: 'b', startedAt: now }]);
  });

  test('stay listed when somebody else was faster to write', async () => {
    const rollouts = ledgerRollouts((await begin()).items);
    await rollouts.write(rollout('a', { status: 'running' }), 0);
    await rollouts.write(rollout('a', { status: 'running', heals: 1 }), 1);
    await expect(rollouts.write(rollout('a', { status: 'settled' }), 1)).rejects.toThrow(LedgerConflict);
    expect(await rollouts.listOpen()).toEqual([{ rolloutId: 'a', startedAt: now }]);
  });
});

describe('what is read back', () => {
  /** DynamoDB ends a page at 1 MB. */
  test('is whole, though it fills several pages', async () => {
    const { aws, table, items } = await begin();
    const rollouts = ledgerRollouts(items);
    const names = Array.from({ length: 9 }, (_, index) => `group-${index}`);
    const records = names.map((name) => aRecord(name, { reason: `${name}: ${'x'.repeat(380_000)}` }));
    for (const record of records) await rollouts.writeNodeGroup('r', record, 0);
    expect(await rollouts.readNodeGroups('r')).toEqual(records);
    expect((await aws.tables.scan(table)).map(({ sk }) => sk).sort()).toEqual(
      names.map((name) => `NODE_GROUP#${name}`),
    );
  });

  test('of a cluster are its newest rollouts, and nothing else of it or of others', async () => {
    const rollouts = ledgerRollouts((await begin()).items);
    const startedAt = (day: number): string => `2026-08-${String(day).padStart(2, '0')}T09:00:00.000Z`;
    for (const day of [9, 20, 3, 11]) {
      await rollouts.write(rollout(`z${30 - day}`, { startedAt: startedAt(day) }), 0);
    }
    await rollouts.write(rollout('other', { key: { ...hub, clusterName: 'prod-2' }, startedAt: startedAt(21) }), 0);
    expect(await rollouts.listOf(prod, 3)).toEqual(['z10', 'z19', 'z21']);
    expect(await rollouts.listOf(prod, 10)).toHaveLength(4);
    // Written again, as every later write of a rollout is, it is still one.
    await rollouts.write(rollout('z10', { startedAt: startedAt(20), status: 'settled' }), 1);
    expect(await rollouts.listOf(prod, 10)).toEqual(['z10', 'z19', 'z21', 'z27']);
  });

  test('of a rollout are its own node groups, not those of one whose name goes on', async () => {
    const rollouts = ledgerRollouts((await begin()).items);
    await rollouts.write(rollout('r'), 0);
    await rollouts.writeNodeGroup('r', aRecord('web'), 0);
    await rollouts.writeNodeGroup('r-2', aRecord('api'), 0);
    expect((await rollouts.readNodeGroups('r')).map(({ name }) => name)).toEqual(['web']);
  });
});

test('a release is spent in each scope it was spent in, once', async () => {
  const spentReleases = ledgerSpentReleases((await begin()).items);
  const spent = aSpentRelease(newest);
  await spentReleases.add('ring dev', spent);
  await spentReleases.add('ring dev', { ...spent, reason: 'said again' });
  await spentReleases.add('ring dev', aSpentRelease(newest, { variant: 'AL2023_ARM_64_STANDARD' }));
  await spentReleases.add('cluster prod', aSpentRelease(former));
  expect(await spentReleases.of(['ring dev', 'ring prod'])).toEqual([
    aSpentRelease(newest, { variant: 'AL2023_ARM_64_STANDARD' }),
    spent,
  ]);
  expect(await spentReleases.of(['ring dev', 'cluster prod'])).toHaveLength(3);
});

test('of two node groups that take the same version at once none is forgotten', async () => {
  const users = ledgerVersionUsers((await begin()).items);
  const adding = ['prod/web', 'prod/api'].map((user) => users.add('lt-1', '4', user));
  const { done, refused } = await outcomesOf(adding);
  // The state machine tries a conflict again; one of the two may have had it.
  expect(done + refused.filter((error) => error instanceof LedgerConflict).length).toBe(2);
  for (const user of ['prod/web', 'prod/api']) await users.add('lt-1', '4', user);
  expect(await users.of('lt-1', '4')).toEqual(['prod/api', 'prod/web']);
  expect(await users.of('lt-1', '3')).toEqual([]);
  expect(await users.remove('lt-1', '4', 'prod/web')).toEqual(['prod/api']);
  expect(await users.remove('lt-1', '4', 'prod/web')).toEqual(['prod/api']);
  expect(await users.remove('lt-1', '4', 'prod/api')).toEqual([]);
});

test('the newest word counts for the policy in force and for what a scan found', async () => {
  const { items } = await begin();
  const lastGood = ledgerLastGoodPolicy(items);
  expect(await lastGood.read()).toBeNull();
  for (const bakeTime of ['PT5M', 'PT7M']) await lastGood.write(policyOf({ bakeTime }));
  expect(await lastGood.read()).toEqual(policyOf({ bakeTime: 'PT7M' }));
  const scans = ledgerScans(items);
  for (const behind of [['prod', 'dev'], ['prod']]) await scans.found('scan-1', behind);
  expect(await scans.behind('scan-1')).toEqual(['prod']);
  expect(await scans.behind('scan-2')).toEqual([]);
});

describe('recalls', () => {
  test('are found by image, listed, told once, and forgotten', async () => {
    const recalls = ledgerRecalls((await begin()).items);
    const recall = { imageId: 'ami-1', releaseVersion: newest, variant: 'AL2', reason: 'was withdrawn', since: now };
    expect(await recalls.of('ami-1')).toBeNull();
    await recalls.add(recall);
    await recalls.add(recall);
    await recalls.add({ ...recall, imageId: 'ami-2' });
    expect(await recalls.of('ami-1')).toEqual(recall);
    expect(await recalls.all()).toEqual([recall, { ...recall, imageId: 'ami-2' }]);
    await recalls.remove('ami-1');
    await recalls.remove('ami-1');
    expect(await recalls.all()).toEqual([{ ...recall, imageId: 'ami-2' }]);
  });
});
