import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { EKSClient } from '@aws-sdk/client-eks';
import { SSMClient } from '@aws-sdk/client-ssm';
import colors from 'picocolors';
import { eksClusters } from '../adapters/aws/clusters.ts';
import { readPolicyTexts, ssmPolicyDocument } from '../adapters/aws/policy-document.ts';
import { describeSeconds } from '../core/duration.ts';
import type { ClusterFacts } from '../core/plan/facts.ts';
import type { ClusterSelector, Policy } from '../core/policy/policy.ts';
import type { PolicyReading } from '../core/policy/policy-in-force.ts';
import { type RingOfCluster, ringOf, type Settings, settingsFor } from '../core/policy/settings.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { clientConfig, findStack, type StackOptions } from './stack.ts';
import type { Output } from './standard-output.ts';

/** What a parameter holds at most: of the standard tier, and of the advanced one (Systems Manager, parameter tiers). */
const tierBytes = { standard: 4096, advanced: 8192 };

export interface PolicyCheckOptions {
  json?: boolean;
}

/** Says every mistake of a policy document. Nothing is asked of AWS. */
export const checkPolicy = async (file: string, options: PolicyCheckOptions, output: Output): Promise<number> => {
  const text = await readPolicyFile(file);
  const name = file === '-' ? 'standard input' : file;
  const read = readPolicyTexts({ name, text }, []);
  const bytes = Buffer.byteLength(text);
  const mistakes =
    'mistakes' in read
      ? read.mistakes
      : bytes > tierBytes.advanced
        ? [
            `${name}: has ${bytes} bytes, and a parameter holds ${tierBytes.advanced}; put each ring into a parameter of its own, below …/policy/rings/`,
          ]
        : [];
  if (options.json === true) output.print(JSON.stringify({ file, bytes, mistakes }));
  else if (mistakes.length > 0)
    output.print(mistakes.map((mistake) => `${colors.red('mistake')} ${mistake}`).join('\n'));
  else if ('policy' in read) output.print(describePolicy(name, bytes, read.policy));
  return mistakes.length > 0 ? exitCodes.usage : exitCodes.ok;
};

const describePolicy = (file: string, bytes: number, policy: Policy): string => {
  const tier = bytes > tierBytes.standard ? `; it has ${bytes} bytes, so its parameter needs the advanced tier` : '';
  if (policy.rings.length === 0)
    return `${file} is a good policy document without rings: nothing is changed by itself${tier}`;
  const rings = policy.rings.map(
    (ring) =>
      `  ${ring.name}  ${ring.mode}${ring.after === undefined ? '' : `, after ${ring.after}`}: clusters ${describeSelector(ring.clusters)}`,
  );
  return [`${file} is a good policy document${tier}`, ...rings].join('\n');
};

export interface PolicyExplainOptions extends StackOptions {
  json?: boolean;
  /** A document to explain in place of the one that is in force. */
  policy?: string;
  parameterPrefix: string;
}

/** Says what applies to a cluster, and why. */
export const explainPolicy = async (
  clusterName: string,
  options: PolicyExplainOptions,
  output: Output,
): Promise<number> => {
  const { accountId, region } = await findStack(options);
  const config = clientConfig(options);
  const cluster = await eksClusters({ accountId, region }, new EKSClient(config)).read(clusterName);
  if (cluster === null)
    throw new UsageError(`there is no cluster named ${clusterName} in ${region} of account ${accountId}`);
  const read = await readPolicy(options, new SSMClient(config));
  if ('mistakes' in read) {
    output.print(options.json === true ? JSON.stringify({ mistakes: read.mistakes }) : read.mistakes.join('\n'));
    return exitCodes.usage;
  }
  const ring = ringOf(read.policy, cluster);
  const settings = 'conflict' in ring ? null : settingsFor(read.policy, ring.ring);
  if (options.json === true) {
    output.print(
      JSON.stringify({
        clusterName,
        tags: cluster.tags,
        isWritten: read.isWritten,
        rings: 'conflict' in ring ? ring.conflict : ring.ring === null ? [] : [ring.ring.name],
        settings,
      }),
    );
  } else {
    output.print(explain(cluster, read, ring, settings));
  }
  return 'conflict' in ring ? exitCodes.Refused : exitCodes.ok;
};

/** The document in a file, or the one in force. */
export const readPolicy = async (
  { policy: file, parameterPrefix }: Pick<PolicyExplainOptions, 'policy' | 'parameterPrefix'>,
  ssm: SSMClient,
): Promise<PolicyReading> =>
  file === undefined
    ? ssmPolicyDocument(parameterPrefix, ssm).read()
    : readPolicyTexts({ name: file, text: await readPolicyFile(file) }, []);

const explain = (
  { key: { clusterName } }: ClusterFacts,
  { isWritten }: Extract<PolicyReading, { policy: Policy }>,
  ring: RingOfCluster,
  settings: Settings | null,
): string => {
  if ('conflict' in ring || settings === null) {
    const names = 'conflict' in ring ? ring.conflict.join(' and ') : '';
    return `${clusterName} is in two rings, ${names}: its rollouts are refused until one of them selects it no more`;
  }
  const why =
    ring.ring === null
      ? `${clusterName} is in no ring${isWritten ? '' : ', for there is no policy document'}: it is only reported on; a start by hand goes by the top level`
      : `${clusterName} is in ring ${ring.ring.name}, which selects ${describeSelector(ring.ring.clusters)}; the ring is in mode ${ring.ring.mode}`;
  const list = (values: readonly { text: string }[]): string => values.map(({ text }) => text).join(', ') || 'none';
  const { waves } = settings;
  const lines: [string, string][] = [
    ['minimum release age', describeSeconds(settings.minimumReleaseAgeSeconds)],
    ['denied releases', list(settings.denied)],
    ['pinned releases', list(settings.pinned)],
    ['waves', `${waves.canary} node group${waves.canary === 1 ? '' : 's'} first, then ${waves.then.join(', ')}`],
    ['bake time', describeSeconds(settings.bakeTimeSeconds)],
    ['gates', settings.gates.map((gate) => (typeof gate === 'string' ? gate : JSON.stringify(gate))).join(', ')],
    ['on failure', settings.onFailure],
    ['without Kubernetes', settings.withoutKubernetes],
    ['approval', describeApproval(settings)],
    [
      'maintenance windows',
      settings.maintenanceWindows
        .map(({ days, from, to, timeZone }) => `${days.join(', ')} ${from} to ${to} ${timeZone}`)
        .join('; ') || 'none: always open',
    ],
    [
      'blackouts',
      settings.blackouts
        .map(
          ({ from, to, timeZone, reason }) =>
            `${from} to ${to} ${timeZone}${reason === undefined ? '' : ` (${reason})`}`,
        )
        .join('; ') || 'none',
    ],
  ];
  return [why, ...lines.map(([name, value]) => `  ${name.padEnd(20)} ${value}`)].join('\n');
};

const describeApproval = ({ approval }: Settings): string =>
  approval === null
    ? 'none'
    : `by ${approval.by.join(' or ')} within ${describeSeconds(approval.expiresAfterSeconds)}${approval.notTheStarter ? ', not by whoever started it' : ''}`;

const describeSelector = (selector: ClusterSelector): string => {
  const parts = [
    ...(selector.names === undefined ? [] : [`named ${selector.names.join(' or ')}`]),
    ...(selector.accounts === undefined ? [] : [`of account ${selector.accounts.join(' or ')}`]),
    ...(selector.regions === undefined ? [] : [`in ${selector.regions.join(' or ')}`]),
    ...Object.entries(selector.tags ?? {}).map(([name, value]) => `with ${name}=${value}`),
  ];
  return parts.length === 0 ? 'of any name' : parts.join(', ');
};

const readPolicyFile = async (file: string): Promise<string> => {
  if (file === '-') return textOf(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${file}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : String(error)}`,
    );
  }
};
