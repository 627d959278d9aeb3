import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { EKSClient } from '@aws-sdk/client-eks';
import { readClusterDetails } from '../adapters/aws/cluster-details.ts';
import { convertUserDataBytes } from '../adapters/user-data/convert.ts';
import type { KnownCluster } from '../core/user-data/cluster-facts.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { conversionText } from './print-conversion.ts';
import { clientConfig, regionOf } from './stack.ts';
import type { Output } from './standard-output.ts';

export interface ConvertOptions {
  /** EKS describes it. */
  cluster?: string;
  clusterName?: string;
  endpoint?: string;
  certificateAuthority?: string;
  serviceCidr?: string;
  region?: string;
  profile?: string;
  json?: boolean;
}

/** Prints the new user data as the result, and what became of the old one as remarks. Returns the exit code. */
export const convertUserData = async (file: string, options: ConvertOptions, output: Output): Promise<number> => {
  const bytes = await read(file);
  const converted = convertUserDataBytes(bytes, await clusterOf(options));
  const name = file === '-' ? 'standard input' : file;
  if ('mistake' in converted) throw new UsageError(`${name} ${converted.mistake}`);
  if (options.json === true) {
    output.print(JSON.stringify(converted));
  } else {
    output.remark(conversionText(name, converted));
    // It ends with a line break of its own.
    if (converted.userData !== null) output.print(converted.userData.trimEnd());
  }
  return converted.outcome === 'converted' ? exitCodes.ok : exitCodes.Refused;
};

const read = async (file: string): Promise<Uint8Array> => {
  try {
    return file === '-' ? await buffer(process.stdin) : await readFile(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const clusterOf = async (options: ConvertOptions): Promise<KnownCluster> => {
  const { cluster, clusterName, endpoint, certificateAuthority, serviceCidr } = options;
  if (cluster !== undefined) {
    const eks = new EKSClient(clientConfig(options));
    const region = await regionOf(eks);
    const details = await readClusterDetails(cluster, eks);
    if (details === null) throw new UsageError(`there is no cluster named ${cluster} in ${region}`);
    return details;
  }
  return {
    ...(clusterName === undefined ? {} : { name: clusterName }),
    ...(endpoint === undefined ? {} : { apiServerEndpoint: endpoint }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(serviceCidr === undefined ? {} : { cidr: serviceCidr }),
  };
};
