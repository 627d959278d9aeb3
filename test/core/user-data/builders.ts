import { type Conversion, convertUserData } from '../../../core/user-data/convert.ts';
import type { NodeConfigSpec } from '../../../core/user-data/node-config.ts';
import type { PartKind, UserDataPart } from '../../../core/user-data/part.ts';
import type { ReportEntry } from '../../../core/user-data/report.ts';

/** What DescribeCluster says of the cluster `prod`. */
export const described = {
  name: 'prod',
  apiServerEndpoint: 'https://0123456789ABCDEF0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com',
  certificateAuthority:
    'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURCVENDQWUyZ0F3SUJBZ0lJCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K',
  cidr: '172.20.0.0/16',
};

export const aPart = (text: string, kind: PartKind = 'shell'): UserDataPart => ({
  kind,
  contentType: null,
  text,
  firstLine: 1,
  isEncoded: false,
});

/** A script that does nothing but call bootstrap.sh. */
export const calling = (words: string): string => `#!/bin/bash\n/etc/eks/bootstrap.sh ${words}\n`;

export const convert = (script: string, cluster: Partial<typeof described> = described): Conversion =>
  convertUserData([aPart(script)], cluster);

/** The NodeConfig but for its cluster; what went wrong where there is none. */
export const specOf = (conversion: Conversion): Omit<NodeConfigSpec, 'cluster'> | string[] => {
  if (conversion.outcome === 'refused') return blocksOf(conversion);
  const { cluster, ...rest } = conversion.nodeConfig.spec;
  return rest;
};

export const blocksOf = ({ report }: Conversion): string[] =>
  report.filter(({ what }) => what === 'blocks').map(({ text, why }) => `${text}: ${why}`);

/** The entry for the one thing that is written so. */
export const entryFor = ({ report }: Conversion, text: string): ReportEntry | undefined =>
  report.find((each) => each.text === text);
