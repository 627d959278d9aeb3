import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ssmAndon } from '../adapters/aws/andon.ts';
import { exitCodes } from './exit-codes.ts';
import { clientConfig, regionOf, type StackOptions } from './stack.ts';
import type { Output } from './standard-output.ts';

export interface AndonOptions extends Omit<StackOptions, 'stack'> {
  json?: boolean;
  parameterPrefix: string;
}

/** Reads the switch that stops every rollout before its next change, or sets it. */
export const andon = async (
  wanted: 'on' | 'off' | undefined,
  options: AndonOptions,
  output: Output,
): Promise<number> => {
  const ssm = new SSMClient(clientConfig(options));
  const region = await regionOf(ssm);
  const { parameter, isOn } = ssmAndon(options.parameterPrefix, ssm);
  if (wanted !== undefined) {
    await ssm.send(new PutParameterCommand({ Name: parameter, Value: wanted, Type: 'String', Overwrite: true }));
  }
  const state = (await isOn()) ? 'on' : 'off';
  if (options.json === true) {
    output.print(JSON.stringify({ parameter, region, andon: state }));
  } else {
    output.print(
      state === 'on'
        ? `andon is on in ${region} (${parameter}): no rollout changes anything, nor takes anything back; what EKS is doing already goes on to its end`
        : `andon is off in ${region} (${parameter}): rollouts may go on; what was held meanwhile goes on by "start CLUSTER --resume ROLLOUT"`,
    );
  }
  return exitCodes.ok;
};
