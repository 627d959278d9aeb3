import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity } from '@smithy/types';
import { clientSettings } from '../aws/client-settings.ts';
import { calling } from '../fault.ts';

/** Renewed this long before they end. */
const renewBeforeMilliseconds = 5 * 60 * 1000;

/**
 * Credentials of the one role that clusters know this service by, so that each cluster needs one access entry, not one a
 * function.
 */
export const assumedRole = (roleArn: string, sts = new STSClient(clientSettings)) => {
  let held: (AwsCredentialIdentity & { expiration: Date }) | undefined;
  return async (): Promise<AwsCredentialIdentity> => {
    if (held !== undefined && held.expiration.getTime() - Date.now() > renewBeforeMilliseconds) return held;
    const { Credentials } = await calling(`sts:AssumeRole ${roleArn}`, () =>
      sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'eks-ami-rollout' })),
    );
    held = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
      expiration: Credentials?.Expiration ?? new Date(0),
    };
    return held;
  };
};
