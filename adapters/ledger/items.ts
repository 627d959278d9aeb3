import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { Revised } from '../../core/ports.ts';
import { clientSettings } from '../aws/client-settings.ts';
import { calling, codeOf, LedgerConflict } from '../fault.ts';

/** The schema of the items. An item of a newer one was written by newer code, and is not touched by this. */
const schemaVersion = 1;

export interface ItemKey {
  pk: string;
  sk: string;
}

/**
 * The ledger's table: one JSON value an item, with a revision. Every write is conditional on the revision it replaces, so
 * that a replay changes nothing and two writers cannot both win.
 */
export class LedgerItems {
  readonly #table: string;
  readonly #dynamodb: DynamoDBClient;

  constructor(table: string, dynamodb = new DynamoDBClient(clientSettings)) {
    this.#table = table;
    this.#dynamodb = dynamodb;
  }

  async get<T>(key: ItemKey): Promise<Revised<T> | null> {
    const { Item } = await calling(`dynamodb:GetItem ${nameOf(key)}`, () =>
      this.#dynamodb.send(new GetItemCommand({ TableName: this.#table, Key: attributesOf(key), ConsistentRead: true })),
    );
    return Item === undefined ? null : revisedOf<T>(Item);
  }

  /** `replaces` is the revision this write rests on; 0 means that there is no such item yet. */
  async put(key: ItemKey, value: unknown, replaces: number): Promise<void> {
    const body = JSON.stringify(value);
    try {
      await calling(`dynamodb:PutItem ${nameOf(key)}`, () =>
        this.#dynamodb.send(
          new PutItemCommand({
            TableName: this.#table,
            Item: {
              ...attributesOf(key),
              schema: { N: String(schemaVersion) },
              revision: { N: String(replaces + 1) },
              body: { S: body },
            },
            ...(replaces === 0
              ? { ConditionExpression: 'attribute_not_exists(pk)' }
              : {
                  ConditionExpression: '#revision = :replaces AND #schema <= :schema',
                  ExpressionAttributeNames: { '#revision': 'revision', '#schema': 'schema' },
                  ExpressionAttributeValues: {
                    ':replaces': { N: String(replaces) },
                    ':schema': { N: String(schemaVersion) },
                  },
                }),
          }),
        ),
      );
    } catch (error) {
      if (codeOf(error) !== 'ConditionalCheckFailedException') throw error;
      // An answer that was lost makes the SDK send the write again; what stands there then is our own.
      const present = await this.get<unknown>(key);
      if (present?.revision === replaces + 1 && JSON.stringify(present.value) === body) return;
      throw new LedgerConflict(
        `${nameOf(key)} was to replace revision ${replaces}, but stands at ${present?.revision ?? 'nothing'}`,
      );
    }
  }

  async delete(key: ItemKey): Promise<void> {
    await calling(`dynamodb:DeleteItem ${nameOf(key)}`, () =>
      this.#dynamodb.send(new DeleteItemCommand({ TableName: this.#table, Key: attributesOf(key) })),
    );
  }

  /** The items of a partition whose sort key begins so (all for an empty prefix), in order of the sort key. */
  async query<T>(pk: string, skPrefix: string, options: { newestFirst?: boolean; most?: number } = {}): Promise<T[]> {
    const found: T[] = [];
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const page = await calling(`dynamodb:Query ${pk}`, () =>
        this.#dynamodb.send(
          new QueryCommand({
            TableName: this.#table,
            KeyConditionExpression: skPrefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :sk)',
            ExpressionAttributeValues: { ':pk': { S: pk }, ...(skPrefix === '' ? {} : { ':sk': { S: skPrefix } }) },
            ConsistentRead: true,
            ScanIndexForward: options.newestFirst !== true,
            ...(options.most === undefined ? {} : { Limit: options.most }),
            ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
          }),
        ),
      );
      found.push(...(page.Items ?? []).map((item) => revisedOf<T>(item).value));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined && found.length < (options.most ?? Number.POSITIVE_INFINITY));
    return found;
  }
}

const attributesOf = ({ pk, sk }: ItemKey): Record<string, AttributeValue> => ({ pk: { S: pk }, sk: { S: sk } });

const nameOf = ({ pk, sk }: ItemKey): string => `${pk} ${sk}`;

const revisedOf = <T>(item: Record<string, AttributeValue>): Revised<T> => {
  const schema = Number(item.schema?.N ?? 0);
  if (schema > schemaVersion) {
    throw new Error(
      `the ledger item ${item.pk?.S} ${item.sk?.S} has schema ${schema}, newer than this code knows (${schemaVersion}); deploy the newer version again`,
    );
  }
  return { value: JSON.parse(item.body?.S ?? 'null') as T, revision: Number(item.revision?.N ?? 0) };
};
