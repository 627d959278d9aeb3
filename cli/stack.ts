/** Where the deployed stack is: its state machine and ledger, by the names the template gives them. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { UsageError } from './exit-codes.ts';

export interface StackOptions {
  /** Name of the deployed stack. */
  stack: string;
  region?: string;
  profile?: string;
}

export interface StackPlace {
  accountId: string;
  region: string;
  /** ARN of whoever the credentials are of. */
  caller: string;
  rollOutClusterArn: string;
  ledgerTable: string;
  controlFunction: string;
}

/** Settings of every SDK client: the same credentials and Region habits as the aws CLI. */
export const clientConfig = ({ region, profile }: Omit<StackOptions, 'stack'>) => ({
  ...(region === undefined ? {} : { region }),
  ...(profile === undefined ? {} : { profile }),
});

/** The Region a client works in. */
export const regionOf = async (client: { config: { region: () => Promise<string> } }): Promise<string> => {
  try {
    return await client.config.region();
  } catch {
    throw new UsageError('no Region: give --region, set AWS_REGION, or name one in the profile');
  }
};

export const findStack = async (options: StackOptions): Promise<StackPlace> => {
  const sts = new STSClient(clientConfig(options));
  const region = await regionOf(sts);
  const { Account: accountId = '', Arn: arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
  const partition = arn.split(':')[1] ?? 'aws';
  return {
    accountId,
    region,
    caller: arn,
    rollOutClusterArn: `arn:${partition}:states:${region}:${accountId}:stateMachine:${options.stack}-roll-out-cluster`,
    ledgerTable: `${options.stack}-ledger`,
    controlFunction: `${options.stack}-control-rollout`,
  };
};
