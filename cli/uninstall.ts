import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import { LedgerItems } from '../adapters/ledger/items.ts';
import { ledgerRollouts } from '../adapters/ledger/ledger.ts';
import { andon } from './andon.ts';
import { exitCodes } from './exit-codes.ts';
import { clientConfig, findStack, type StackOptions } from './stack.ts';
import type { Output } from './standard-output.ts';

export interface UninstallOptions extends StackOptions {
  json?: boolean;
  parameterPrefix: string;
}

interface Left {
  what: string;
  command: string;
}

/** Turns the andon switch on, and says what is left before and after the stack is deleted. It deletes nothing. */
export const uninstallCheck = async (options: UninstallOptions, output: Output): Promise<number> => {
  const { ledgerTable, region } = await findStack(options);
  await andon('on', options, { ...output, print: () => {} });
  const rollouts = ledgerRollouts(new LedgerItems(ledgerTable, new DynamoDBClient(clientConfig(options))));
  const before: Left[] = [];
  for (const { rolloutId } of await rollouts.listOpen()) {
    const name = (await rollouts.read(rolloutId))?.value.key.clusterName ?? 'a cluster';
    before.push({ what: `rollout ${rolloutId} of ${name} is open`, command: `eks-ami-rollout status ${name} --watch` });
    for (const record of await rollouts.readNodeGroups(rolloutId)) {
      const hook = record.group?.prepared?.hook;
      if (hook === undefined) continue;
      before.push({
        what: `lifecycle hook ${hook} of ${record.name}`,
        command: `aws autoscaling delete-lifecycle-hook --auto-scaling-group-name ${record.name} --lifecycle-hook-name ${hook}`,
      });
    }
  }
  const after: Left[] = [
    { what: `table ${ledgerTable}`, command: `aws dynamodb delete-table --table-name ${ledgerTable}` },
  ];
  const ssm = new SSMClient(clientConfig(options));
  const pages = paginateGetParametersByPath({ client: ssm }, { Path: options.parameterPrefix, Recursive: true });
  for await (const page of pages) {
    for (const { Name } of page.Parameters ?? []) {
      if (Name === undefined || Name === `${options.parameterPrefix}/andon`) continue;
      after.push({ what: `parameter ${Name}`, command: `aws ssm delete-parameter --name ${Name}` });
    }
  }
  const isReady = before.length === 0;
  const next = `sam delete --stack-name ${options.stack} --region ${region}`;
  output.print(
    options.json === true
      ? JSON.stringify({ andon: 'on', ready: isReady, before, delete: next, after })
      : [
          'the andon switch is on',
          ...(isReady ? ['nothing is open'] : ['first:', ...before.map(lineOf)]),
          `then: ${next}`,
          'kept, and yours to remove:',
          ...after.map(lineOf),
        ].join('\n'),
  );
  return isReady ? exitCodes.ok : exitCodes.Held;
};

const lineOf = ({ what, command }: Left): string => `  ${what}\n    ${command}`;
