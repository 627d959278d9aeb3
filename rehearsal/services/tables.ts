/** DynamoDB tables, kept by dynalite. It has no point-in-time recovery, TTL or encryption; nothing here rests on them. */
import type { RequestListener } from 'node:http';
import dynalite from 'dynalite';
import type { DeployedTable } from '../deployment/stack.ts';
import { forwardTo } from '../wire/pass-through.ts';

export interface Tables {
  /** For the wire, which passes requests through. */
  listener: RequestListener;
  /** Every item of a table, as plain values of its attributes. */
  scan(table: string): Promise<Record<string, string>[]>;
}

export const createTables = async (tables: readonly DeployedTable[]): Promise<Tables> => {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const [listener] = server.listeners('request') as RequestListener[];
  if (listener === undefined) throw new Error('dynalite has no request listener');
  const ask = async (operation: string, input: unknown): Promise<Record<string, unknown>> => {
    const answer = await forwardTo(listener, {
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: {
        host: 'localhost',
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'x-amz-date': '20260101T000000Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=rehearsal/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: Buffer.from(JSON.stringify(input)),
    });
    const body = JSON.parse(answer.body.toString()) as Record<string, unknown>;
    if (answer.status !== 200) throw new Error(`dynamodb:${operation}: ${JSON.stringify(body)}`);
    return body;
  };
  for (const { name, keySchema, attributeDefinitions } of tables) {
    await ask('CreateTable', {
      TableName: name,
      KeySchema: keySchema,
      AttributeDefinitions: attributeDefinitions,
      BillingMode: 'PAY_PER_REQUEST',
    });
    for (;;) {
      const { Table } = await ask('DescribeTable', { TableName: name });
      if ((Table as { TableStatus?: string }).TableStatus === 'ACTIVE') break;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  return {
    listener,
    scan: async (table) => {
      const items: Record<string, string>[] = [];
      let from: unknown;
      do {
        const page = await ask('Scan', {
          TableName: table,
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        });
        for (const item of page.Items as Record<string, Record<string, string>>[]) {
          items.push(
            Object.fromEntries(Object.entries(item).map(([name, value]) => [name, Object.values(value)[0] ?? ''])),
          );
        }
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return items;
    },
  };
};
