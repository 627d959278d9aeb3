import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { parseCheckAnswer } from '../../core/gate/own-check.ts';
import type { OwnChecks } from '../../core/ports.ts';
import { calling, callingUnless, TransientFault } from '../fault.ts';
import { orDenied } from '../kubernetes/denied.ts';
import { clientSettings } from './client-settings.ts';

/** The contract's (docs/policy.md): well below the timeout of the function that asks. */
const answerWithinMilliseconds = 25_000;

/** Lambda functions that the policy names. */
export const lambdaChecks = (
  lambda = new LambdaClient(clientSettings),
  patienceMilliseconds = answerWithinMilliseconds,
): OwnChecks => ({
  access: (functionArn) =>
    orDenied(() =>
      callingUnless(
        `lambda:Invoke ${functionArn}`,
        async () => {
          await lambda.send(new InvokeCommand({ FunctionName: functionArn, InvocationType: 'DryRun' }));
          return { access: 'granted' } as const;
        },
        { ResourceNotFoundException: (error) => ({ access: 'denied', reason: error.message }) as const },
      ),
    ),

  ask: async (functionArn, question) => {
    const call = `lambda:Invoke ${functionArn}`;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), patienceMilliseconds);
    try {
      const { Payload, FunctionError } = await calling(call, () =>
        lambda.send(
          new InvokeCommand({
            FunctionName: functionArn,
            InvocationType: 'RequestResponse',
            Payload: JSON.stringify(question),
          }),
          { abortSignal: patience.signal },
        ),
      );
      const said = Payload?.transformToString() ?? '';
      if (FunctionError !== undefined) throw new Error(`${call}: it failed: ${said.slice(0, 200)}`);
      const answer = parseCheckAnswer(jsonOf(said));
      if ('fault' in answer) throw new Error(`${call}: ${answer.fault}`);
      return answer;
    } catch (error) {
      if (!patience.signal.aborted) throw error;
      throw new TransientFault(`${call}: no answer within ${patienceMilliseconds / 1000} s`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  },
});

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
