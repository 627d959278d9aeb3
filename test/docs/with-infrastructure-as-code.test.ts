/** docs/with-infrastructure-as-code.md: its YAML is YAML, and Karpenter would take what is written for Karpenter. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { z } from 'zod';

const text = readFileSync('docs/with-infrastructure-as-code.md', 'utf8');
const snippets = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => parseDocument(yaml));

/** The page has one object of a kind. */
const objectOf = (kind: string): unknown => {
  const found = snippets.filter((snippet) => snippet.get('kind') === kind);
  expect(found).toHaveLength(1);
  return found[0]?.toJS();
};

/** As the CustomResourceDefinition of EC2NodeClass has it (karpenter.k8s.aws_ec2nodeclasses.yaml). */
const EC2NodeClass = z.object({
  apiVersion: z.literal('karpenter.k8s.aws/v1'),
  kind: z.literal('EC2NodeClass'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.strictObject({
    amiSelectorTerms: z.tuple([
      z.strictObject({
        alias: z
          .string()
          .max(30)
          .regex(/^(al2|al2023)@v\d{8}$|^bottlerocket@v\d+\.\d+\.\d+$/),
      }),
    ]),
    role: z.string().min(1),
    subnetSelectorTerms: z.array(z.strictObject({ tags: z.record(z.string(), z.string().min(1)) })).min(1),
    securityGroupSelectorTerms: z.array(z.strictObject({ tags: z.record(z.string(), z.string().min(1)) })).min(1),
  }),
});

/** As that of NodePool has it (karpenter.sh_nodepools.yaml): `schedule` and `duration` come together, `consolidateAfter` is required. */
const NodePool = z.object({
  apiVersion: z.literal('karpenter.sh/v1'),
  kind: z.literal('NodePool'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.strictObject({
    template: z.strictObject({
      spec: z.strictObject({
        nodeClassRef: z.strictObject({ group: z.string(), kind: z.string(), name: z.string() }),
        requirements: z.array(z.strictObject({ key: z.string(), operator: z.string(), values: z.array(z.string()) })),
      }),
    }),
    disruption: z.strictObject({
      consolidateAfter: z.string().regex(/^([0-9]+[smh])+$|^Never$/),
      budgets: z.array(
        z
          .strictObject({
            nodes: z.string().regex(/^((100|[0-9]{1,2})%|[0-9]+)$/),
            reasons: z.array(z.enum(['Underutilized', 'Empty', 'Drifted'])).optional(),
            schedule: z.string().optional(),
            duration: z
              .string()
              .regex(/^([0-9]+[hm]|[0-9]+h[0-9]+m)(0s)?$/)
              .optional(),
          })
          .refine(({ schedule, duration }) => (schedule === undefined) === (duration === undefined)),
      ),
    }),
  }),
});

describe('snippets', () => {
  test('are YAML', () => {
    expect(snippets.length).toBeGreaterThan(0);
    expect(snippets.flatMap((snippet) => snippet.errors)).toEqual([]);
  });

  test('an EC2NodeClass that Karpenter takes, pinned', () => {
    EC2NodeClass.parse(objectOf('EC2NodeClass'));
  });

  test('a NodePool that Karpenter takes, of that class', () => {
    const { metadata } = EC2NodeClass.parse(objectOf('EC2NodeClass'));
    const { nodeClassRef } = NodePool.parse(objectOf('NodePool')).spec.template.spec;
    expect(nodeClassRef).toEqual({ group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: metadata.name });
  });
});
