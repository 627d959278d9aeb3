import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Andon } from '../../core/ports.ts';
import { clientSettings } from './client-settings.ts';

/** One switch for every rollout. Only the plain word `off` lets anything be changed. */
export const ssmAndon = (prefix: string, ssm = new SSMClient(clientSettings)): Andon => ({
  parameter: `${prefix}/andon`,
  isOn: async () => {
    try {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `${prefix}/andon` }));
      return Parameter?.Value?.trim() !== 'off';
    } catch {
      // A switch that cannot be read counts as on: stopping is safe, going on unseen is not.
      return true;
    }
  },
});
