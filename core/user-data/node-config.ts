/**
 * The NodeConfig that nodeadm reads (github.com/awslabs/amazon-eks-ami, nodeadm/api/v1alpha1/nodeconfig_types.go and
 * nodeadm/internal/api/validation.go). What nodeadm demands is demanded here, so that a mistake shows before a node boots.
 */
import * as z from 'zod/mini';
import { describeMistakes, strictObject } from '../schema.ts';

const text = z.string().check(z.minLength(1, 'is empty'));

const freeForm = z.record(z.string(), z.unknown());

const cluster = strictObject({
  name: text,
  apiServerEndpoint: z.string().check(z.regex(/^https:\/\/[^\s/]+\/?$/, 'is not an https URL')),
  certificateAuthority: z.string().check(
    z.minLength(1, 'is empty'),
    z.refine((value) => z.base64().safeParse(value).success, 'is not base64'),
  ),
  cidr: z.union([z.cidrv4(), z.cidrv6()], 'is not a CIDR'),
  enableOutpost: z.optional(z.boolean()),
  id: z.optional(text),
}).check(
  z.superRefine(({ enableOutpost, id }, context) => {
    if (enableOutpost !== true || id !== undefined) return;
    context.addIssue({ code: 'custom', path: ['id'], message: 'is required where enableOutpost is true' });
  }),
);

const kubelet = strictObject({
  /** A fragment of KubeletConfiguration v1beta1, laid over nodeadm's own. */
  config: z.optional(freeForm),
  /** nodeadm joins them with blanks, and systemd splits them again: a flag holds neither blank, quote nor backslash. */
  flags: z.optional(z.array(z.string().check(z.regex(/^[^\s'"\\]+$/, 'holds a blank, a quote or a backslash')))),
  maxPodsExpression: z.optional(text),
});

const containerd = strictObject({
  /** TOML, laid over nodeadm's own. */
  config: z.optional(text),
  baseRuntimeSpec: z.optional(freeForm),
});

const variables = z.record(z.string().check(z.regex(/^[A-Za-z_]\w*$/, 'is not the name of a variable')), z.string());

const instance = strictObject({
  localStorage: z.optional(
    strictObject({
      strategy: z.enum(['RAID0', 'RAID10', 'Mount']),
      mountPath: z.optional(text),
      disabledMounts: z.optional(z.array(z.enum(['Containerd', 'PodLogs', 'SOCI']))),
    }),
  ),
  /** For every systemd unit (`default`), or for the one that is named. */
  environment: z.optional(z.record(z.string(), variables)),
  network: z.optional(strictObject({ nameservers: z.optional(z.array(text)), domains: z.optional(z.array(text)) })),
});

const nodeConfigSchema = strictObject({
  apiVersion: z.literal('node.eks.aws/v1alpha1'),
  kind: z.literal('NodeConfig'),
  spec: strictObject({
    cluster,
    kubelet: z.optional(kubelet),
    containerd: z.optional(containerd),
    instance: z.optional(instance),
    featureGates: z.optional(
      strictObject({ InstanceIdNodeName: z.optional(z.boolean()), FastImagePull: z.optional(z.boolean()) }),
    ),
  }),
});

export type NodeConfig = z.output<typeof nodeConfigSchema>;
export type NodeConfigSpec = NodeConfig['spec'];
export type ClusterDetails = NodeConfigSpec['cluster'];

/** Checks a whole NodeConfig. Every mistake is named with its path. */
export const checkNodeConfig = (document: unknown): { nodeConfig: NodeConfig } | { mistakes: string[] } => {
  const parsed = nodeConfigSchema.safeParse(document);
  return parsed.success ? { nodeConfig: parsed.data } : { mistakes: describeMistakes(parsed.error) };
};
