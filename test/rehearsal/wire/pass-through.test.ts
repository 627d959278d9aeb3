/** DynamoDB is played by dynalite; the wire only hands requests over, past the owner. */

import type { RequestListener, Server } from 'node:http';
import { createRequire } from 'node:module';
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import type { Serve } from '../../../rehearsal/wire/call.ts';
import { AwsError, commonError, Disconnect } from '../../../rehearsal/wire/errors.ts';
import { Forwarded } from '../../../rehearsal/wire/pass-through.ts';
import { clientsOf, startWire } from './wire-under-test.ts';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: { createTableMs: number }) => Server;

const startLedger = async (serve: Serve) => {
  const [listener] = dynalite({ createTableMs: 0 }).listeners('request') as [RequestListener];
  const wire = await startWire(serve, { passThrough: { dynamodb: listener } });
  return { wire, client: clientsOf(wire).dynamodb };
};

const forward: Serve = async (call) => call.forward?.();

const createTable = async (client: DynamoDBClient) => {
  await client.send(
    new CreateTableCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 5, minDelay: 1, maxDelay: 1 }, { TableName: 'ledger' });
};

const lease = { pk: { S: 'lease#prod–1' }, generation: { N: '7' }, blob: { B: new Uint8Array([0, 255]) } };

it('puts, gets and conditions an item', async () => {
  const { wire, client } = await startLedger(forward);
  await createTable(client);
  await client.send(new PutItemCommand({ TableName: 'ledger', Item: lease }));
  const { Item } = await client.send(new GetItemCommand({ TableName: 'ledger', Key: { pk: lease.pk } }));
  expect(Item).toEqual(lease);
  const again = client.send(
    new PutItemCommand({ TableName: 'ledger', Item: lease, ConditionExpression: 'attribute_not_exists(pk)' }),
  );
  await expect(again).rejects.toThrow(ConditionalCheckFailedException);
  expect(wire.calls.at(-1)).toMatchObject({
    service: 'dynamodb',
    operation: 'PutItem',
    input: { TableName: 'ledger', Item: { blob: { B: 'AP8=' } } },
  });
});

it('answers with the request id of the wire, not with one drawn by lot', async () => {
  const { client } = await startLedger(forward);
  const error = await client
    .send(new GetItemCommand({ TableName: 'none', Key: { pk: lease.pk } }))
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'ResourceNotFoundException', $metadata: { requestId: 'request-1' } });
});

it('lets the owner refuse before the effect', async () => {
  const { client } = await startLedger(async () => {
    throw commonError('throttled');
  });
  const put = client.send(new PutItemCommand({ TableName: 'ledger', Item: lease }));
  await expect(put).rejects.toMatchObject({ name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } });
});

it('lets the owner cut the connection after the effect', async () => {
  let isCut = false;
  const { client } = await startLedger(async (call) => {
    const answer = await call.forward?.();
    if (isCut && call.operation === 'PutItem') throw new Disconnect();
    return answer;
  });
  await createTable(client);
  isCut = true;
  await expect(client.send(new PutItemCommand({ TableName: 'ledger', Item: lease }))).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
  const { Item } = await client.send(new GetItemCommand({ TableName: 'ledger', Key: { pk: lease.pk } }));
  expect(Item).toEqual(lease);
});

it('lets the owner answer what dynalite lacks, and read what it answered', async () => {
  const { client } = await startLedger(async (call) => {
    if (call.operation === 'DescribeContinuousBackups')
      return { ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED' } };
    const answer = await call.forward?.();
    expect(answer).toBeInstanceOf(Forwarded);
    expect(answer?.status).toBe(400);
    throw new AwsError('ConditionalCheckFailedException', 'no', { Item: lease });
  });
  const backups = await client.send(new DescribeContinuousBackupsCommand({ TableName: 'ledger' }));
  expect(backups.ContinuousBackupsDescription).toEqual({ ContinuousBackupsStatus: 'ENABLED' });
  const put = client.send(
    new PutItemCommand({ TableName: 'ledger', Item: lease, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
  );
  await expect(put).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: lease });
});
