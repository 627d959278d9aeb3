/** Who is behind an access key: a role's credentials are that role, any others are the account's administrator. */
import type * as client from '@aws-sdk/client-sts';
import type { Clock } from '../clock/pretend-clock.ts';
import { digest } from '../digest.ts';
import { AwsError } from '../wire/errors.ts';
import type { Operations } from '../wire/operations.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

export class Identities {
  readonly administrator: string;
  readonly #accountId: string;
  readonly #roles = new Map<string, string>();
  readonly #keys = new Map<string, string>();
  readonly #secrets = new Map<string, Credentials>();

  constructor(accountId: string) {
    this.#accountId = accountId;
    this.administrator = `arn:aws:iam::${accountId}:user/administrator`;
  }

  addRole(arn: string): void {
    this.#roles.set(arn, arn.split('/').at(-1) ?? arn);
  }

  /** Credentials of a role's session. The same session has the same ones. */
  credentialsOf(roleArn: string, session: string): Credentials {
    const { hex } = digest('credentials', roleArn, session);
    const accessKeyId = `ASIA${hex.slice(0, 16).toUpperCase()}`;
    this.#keys.set(accessKeyId, `arn:aws:sts::${this.#accountId}:assumed-role/${this.#roles.get(roleArn)}/${session}`);
    const credentials = {
      accessKeyId,
      secretAccessKey: hex.slice(0, 40),
      sessionToken: `session-${hex.slice(20, 52)}`,
    };
    this.#secrets.set(accessKeyId, credentials);
    return credentials;
  }

  /** The access key of a user of the account. */
  keyOfUser(name: string): string {
    const arn = `arn:aws:iam::${this.#accountId}:user/${name}`;
    const accessKeyId = `AKIA${digest('user', arn).hex.slice(0, 16).toUpperCase()}`;
    this.#keys.set(accessKeyId, arn);
    return accessKeyId;
  }

  /** Undefined for keys that were not made here: anything is the administrator's key. */
  secretOf(accessKeyId: string): Credentials | undefined {
    return this.#secrets.get(accessKeyId);
  }

  /** The ARN as GetCallerIdentity says it. */
  arnOf(accessKeyId: string | undefined): string {
    return this.#keys.get(accessKeyId ?? '') ?? this.administrator;
  }

  /** The role behind a session's ARN; undefined for the administrator. */
  roleOf(accessKeyId: string | undefined): string | undefined {
    const name = /:assumed-role\/([^/]+)\//.exec(this.arnOf(accessKeyId))?.[1];
    return [...this.#roles].find(([, each]) => each === name)?.[0];
  }

  hasRole(arn: string): boolean {
    return this.#roles.has(arn);
  }
}

export const stsOperations = (identities: Identities, clock: Clock, accountId: string): Operations<typeof client> => ({
  GetCallerIdentity: (_, call) => {
    const arn = identities.arnOf(call.caller.accessKeyId);
    return { Account: accountId, Arn: arn, UserId: `AIDA${digest('user', arn).hex.slice(0, 17).toUpperCase()}` };
  },

  AssumeRole: ({ RoleArn, RoleSessionName, DurationSeconds }, call) => {
    if (!identities.hasRole(RoleArn)) {
      const who = identities.arnOf(call.caller.accessKeyId);
      throw new AwsError(
        'AccessDenied',
        `User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
        {},
        { status: 403 },
      );
    }
    const { accessKeyId, secretAccessKey, sessionToken } = identities.credentialsOf(RoleArn, RoleSessionName);
    return {
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: new Date(clock.now + (DurationSeconds ?? 3600) * 1000),
      },
      AssumedRoleUser: {
        Arn: identities.arnOf(accessKeyId),
        AssumedRoleId: `AROA${digest('role', RoleArn).hex.slice(0, 17).toUpperCase()}:${RoleSessionName}`,
      },
    };
  },
});
