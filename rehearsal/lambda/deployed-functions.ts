/** The stack's functions, as Lambda would run them. */
import { folderOf } from '../../scripts/bundle.mjs';
import type { Stack } from '../deployment/stack.ts';
import type { Identities } from '../services/identities.ts';
import type { Bundles } from './bundles.ts';
import type { LambdaFunction } from './function-host.ts';

/** What Lambda puts into every function's environment, besides what the template gives it (developer guide). */
export const environmentOfLambda = (
  lambda: LambdaFunction,
  place: { url: string; region: string; identities: Identities },
): Record<string, string> => {
  const { accessKeyId, secretAccessKey, sessionToken } = place.identities.credentialsOf(lambda.roleArn, lambda.folder);
  return {
    AWS_ENDPOINT_URL: place.url,
    AWS_REGION: place.region,
    AWS_DEFAULT_REGION: place.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_LAMBDA_FUNCTION_NAME: lambda.name,
    AWS_LAMBDA_FUNCTION_VERSION: lambda.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(lambda.memoryMegabytes),
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    TZ: ':UTC',
    // Nothing of the machine's own configuration reaches a function.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
};

export class DeployedFunctions {
  readonly all: readonly LambdaFunction[];
  readonly #stack: Stack;
  readonly #ids: ReadonlyMap<string, LambdaFunction>;

  constructor(stack: Stack, bundles: Bundles) {
    this.#stack = stack;
    this.#ids = new Map(
      stack.functions.map((deployed) => [
        deployed.logicalId,
        {
          folder: folderOf(deployed.logicalId),
          name: deployed.name,
          arn: deployed.versionArn,
          roleArn: deployed.roleArn,
          version: deployed.version,
          bundle: bundles.bundleOf(deployed.logicalId),
          workerFiles: bundles.workerFiles,
          handler: deployed.handler.split('.').at(-1) ?? 'handler',
          environment: deployed.environment,
          timeoutSeconds: deployed.timeoutSeconds,
          memoryMegabytes: deployed.memoryMegabytes,
        },
      ]),
    );
    this.all = [...this.#ids.values()];
  }

  /** By logical id, ARN or name. */
  find(called: string): LambdaFunction | undefined {
    const name = this.#stack.functions.find((each) => each.name === called || each.arn === called)?.logicalId;
    return this.#ids.get(name ?? called) ?? this.all.find((each) => each.arn === called);
  }

  /** Those a state machine invokes, and those of the machines it starts, in the order of the definition's names. */
  usedBy(machineArn: string): LambdaFunction[] {
    const machine = this.#stack.stateMachines.find(
      ({ arn, versionArn }) => arn === machineArn || versionArn === machineArn,
    );
    return Object.values(machine?.substitutions ?? {}).flatMap((used) => this.find(used) ?? this.usedBy(used));
  }
}
