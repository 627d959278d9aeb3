import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { sfnExecutions } from '../../adapters/aws/executions.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerControls, ledgerLeases, ledgerPaces, ledgerRollouts } from '../../adapters/ledger/ledger.ts';
import { environment } from '../environment.ts';
import { lambda } from '../lambda.ts';
import { type ClearPorts, clearNodeGroup } from './clear-node-group.ts';
import { clearRollout } from './clear-rollout.ts';

/** Says whether what comes next may be started now. Of a node group, or of a rollout of a cluster. */
export const clearStartWith =
  (ports: ClearPorts) =>
  (event: unknown): Promise<unknown> =>
    z.safeParse(z.object({ nodeGroup: z.string() }), event).success
      ? clearNodeGroup(ports, event)
      : clearRollout(ports, event);

const ledger = new LedgerItems(environment('LEDGER_TABLE').LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  clearStartWith({
    controls: ledgerControls(ledger),
    executions: sfnExecutions(),
    leases: ledgerLeases(ledger),
    paces: ledgerPaces(ledger),
    rollouts: ledgerRollouts(ledger),
  }),
);
