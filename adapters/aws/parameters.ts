import {
  GetParametersByPathCommand,
  GetParametersCommand,
  type Parameter,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { ImageParameters, Parameters } from '../../core/ports.ts';
import type { ParameterReading } from '../../core/release/release-listing.ts';
import { calling } from '../fault.ts';
import { batchesOf } from './batches.ts';
import { clientSettings } from './client-settings.ts';

/** At most ten, of either (API reference, GetParameters and GetParametersByPath). */
const batchSize = 10;

export const ssmParameters = (ssm = new SSMClient(clientSettings)): Parameters => ({
  read: async (names) => {
    const wanted = [...new Set(names)].sort();
    const found = new Map<string, ParameterReading>();
    for (const Names of batchesOf(wanted, batchSize)) {
      const { Parameters = [] } = await calling(`ssm:GetParameters ${Names.join(' ')}`, () =>
        ssm.send(new GetParametersCommand({ Names })),
      );
      for (const parameter of Parameters) found.set(parameter.Name ?? '', readingOf(parameter));
    }
    return found;
  },

  below: async (path) => {
    const found: ParameterReading[] = [];
    let NextToken: string | undefined;
    do {
      const page = await calling(`ssm:GetParametersByPath ${path}`, () =>
        // A page may be empty although more follow.
        ssm.send(new GetParametersByPathCommand({ Path: path, Recursive: true, MaxResults: batchSize, NextToken })),
      );
      found.push(...(page.Parameters ?? []).map(readingOf));
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== '');
    return found;
  },
});

/** Data type aws:ec2:image (Systems Manager user guide, parameter-store-ec2-aliases). */
export const ssmImageParameters = (ssm = new SSMClient(clientSettings)): ImageParameters => ({
  write: async (Name, Value) => {
    await calling(`ssm:PutParameter ${Name}`, () =>
      ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', DataType: 'aws:ec2:image', Overwrite: true })),
    );
  },
});

const readingOf = ({ Name, Value, Version, LastModifiedDate }: Parameter): ParameterReading => ({
  name: Name ?? '',
  value: Value ?? '',
  version: Version ?? 0,
  lastModified: LastModifiedDate?.toISOString() ?? null,
});
