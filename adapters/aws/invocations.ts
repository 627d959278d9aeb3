import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Invocations } from '../../core/ports.ts';
import { calling } from '../fault.ts';
import { clientSettings } from './client-settings.ts';

export const lambdaInvocations = (lambda = new LambdaClient(clientSettings)): Invocations => ({
  invokeLater: async (functionArn, event) => {
    await calling(`lambda:Invoke ${functionArn}`, () =>
      lambda.send(
        new InvokeCommand({
          FunctionName: functionArn,
          InvocationType: 'Event',
          Payload: new TextEncoder().encode(JSON.stringify(event)),
        }),
      ),
    );
  },
});
