import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Answer } from '../core/outcome/answer.ts';
import { parseRequest } from '../core/plan/request.ts';
import { exitCodeOf, exitCodes, UsageError } from './exit-codes.ts';
import { answerText } from './print-answer.ts';
import { clientConfig, findStack, type StackOptions } from './stack.ts';
import type { Output } from './standard-output.ts';

export interface StartOptions extends StackOptions {
  dryRun?: boolean;
  nodeGroup?: string[];
  release?: string;
  reason?: string;
  ignoreWindow?: boolean;
  ignoreReleaseAge?: boolean;
  again?: boolean;
  heal?: string;
  resume?: string;
  rollBack?: string;
  wait: boolean;
  json?: boolean;
}

/** Starts a rollout of one cluster and, unless told not to, waits for its answer. Returns the exit code. */
export const start = async (clusterName: string, options: StartOptions, output: Output): Promise<number> => {
  const place = await findStack(options);
  const input = {
    clusterName,
    ...(options.dryRun === true ? { dryRun: true } : {}),
    ...(options.nodeGroup === undefined ? {} : { nodeGroups: options.nodeGroup }),
    ...(options.release === undefined ? {} : { release: options.release }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.ignoreWindow === true ? { ignoreWindow: true } : {}),
    ...(options.ignoreReleaseAge === true ? { ignoreReleaseAge: true } : {}),
    ...(options.again === true ? { again: true } : {}),
    ...(options.heal === undefined ? {} : { heal: options.heal }),
    ...(options.resume === undefined ? {} : { resume: options.resume }),
    ...(options.rollBack === undefined ? {} : { rollBack: options.rollBack }),
    startedBy: `cli:${place.caller}`.slice(0, 200),
  };
  // What the service would refuse is refused here, before anything is started.
  const parsed = parseRequest(input, place);
  if ('mistakes' in parsed) throw new UsageError(parsed.mistakes.join('\n'));

  const sfn = new SFNClient(clientConfig(options));
  const { executionArn = '' } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn: place.rollOutClusterArn, input: JSON.stringify(input) }),
  );
  const rolloutId = options.resume ?? options.rollBack ?? options.heal ?? executionArn.split(':').at(-1) ?? '';
  if (!options.wait) {
    output.print(
      options.json === true
        ? JSON.stringify({ rolloutId, executionArn, clusterName })
        : `started rollout ${rolloutId} of ${clusterName}`,
    );
    if (options.json !== true) output.remark(`look: eks-ami-rollout status ${clusterName}`);
    return exitCodes.ok;
  }
  output.remark(
    `started rollout ${rolloutId} of ${clusterName}; it goes on if you leave (look: eks-ami-rollout status ${clusterName})`,
  );
  const answer = await waitForAnswer(sfn, executionArn);
  output.print(options.json === true ? JSON.stringify(answer) : answerText(answer, output.width));
  return exitCodeOf(answer.outcome);
};

/** Looks often at first, because many rollouts end in seconds, and ever less often later. */
const waitForAnswer = async (sfn: SFNClient, executionArn: string): Promise<Answer> => {
  for (let milliseconds = 250; ; milliseconds = Math.min(15_000, milliseconds * 1.3)) {
    const { status, output, cause, error } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'SUCCEEDED') return JSON.parse(output ?? '') as Answer;
    if (status === 'FAILED') return parseCause(cause, error);
    if (status !== 'RUNNING' && status !== 'PENDING_REDRIVE') {
      throw new Error(
        `the execution ended ${status}${cause === undefined ? '' : `: ${cause}`}; it is healed by itself. Look again in a while`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
};

const parseCause = (cause: string | undefined, error: string | undefined): Answer => {
  try {
    return JSON.parse(cause ?? '') as Answer;
  } catch {
    throw new Error(`the execution failed without an answer: ${error ?? 'no error'}: ${cause ?? 'no cause'}`);
  }
};
