import { describe, expect, test } from 'vitest';
import { type CapacityQuestion, capacityFindings } from '../../../core/plan/capacity.ts';

const zones = (...free: number[]) => free.map((freeAddresses, index) => ({ zone: `zone-${index}`, freeAddresses }));

const found = (given: Partial<CapacityQuestion['nodeGroups'][number]>, maxHealthyPercentage = 110) =>
  capacityFindings({
    nodeGroups: [
      {
        name: 'web',
        kind: 'managed-custom-ami',
        desiredSize: 10,
        maxUnavailable: { nodes: 1 },
        surges: true,
        capacityType: 'ON_DEMAND',
        zones: zones(50, 50, 50),
        ...given,
      },
    ],
    maxHealthyPercentage,
    refuses: ['cannot-surge'],
  }).map(({ code, level }) => `${level} ${code}`);

/** EKS user guide, managed node update behavior, scale up phase. */
describe('room for the nodes that come before old ones go', () => {
  test.each<{ what: string; given: Parameters<typeof found>[0]; percentage?: number; findings: string[] }>([
    { what: 'is there', given: {}, findings: [] },
    { what: 'is just there: twice the zones', given: { zones: zones(2, 2, 2) }, findings: [] },
    { what: 'is one short', given: { zones: zones(2, 2, 1) }, findings: ['warn no-free-addresses'] },
    {
      what: 'is one short of a large maxUnavailable',
      given: { maxUnavailable: { nodes: 20 }, zones: zones(10, 5, 4) },
      findings: ['warn no-free-addresses'],
    },
    {
      what: 'is one short of a share',
      given: { maxUnavailable: { percentage: 95 }, zones: zones(3, 3, 3) },
      findings: ['warn no-free-addresses'],
    },
    {
      what: 'is in two zones of three',
      given: { zones: zones(50, 0, 50) },
      findings: ['warn zone-without-room'],
    },
    { what: 'is not needed where old ones go first', given: { surges: false, zones: zones(0, 0, 0) }, findings: [] },
    { what: 'is not needed by an empty node group', given: { desiredSize: 0, zones: zones(0) }, findings: [] },
    { what: 'is not known: a subnet was not found', given: { zones: null }, findings: ['warn capacity-not-read'] },
    { what: "is nobody's: no subnet is named", given: { zones: [] }, findings: [] },
    {
      what: 'is not in a capacity block',
      given: { capacityType: 'CAPACITY_BLOCK' },
      findings: ['refuse cannot-surge'],
    },
    {
      what: 'is not needed in a capacity block that is updated in place',
      given: { capacityType: 'CAPACITY_BLOCK', surges: false },
      findings: [],
    },
    {
      what: 'of an Auto Scaling group is what its refresh may add, in any zone',
      given: { kind: 'self-managed', capacityType: null, zones: zones(1, 0, 0) },
      findings: [],
    },
    {
      what: 'of an Auto Scaling group is too little',
      given: { kind: 'self-managed', capacityType: null, zones: zones(1, 0, 0) },
      percentage: 120,
      findings: ['warn no-free-addresses'],
    },
    {
      what: 'of an Auto Scaling group is not needed where nothing is added',
      given: { kind: 'self-managed', capacityType: null, zones: zones(0) },
      percentage: 100,
      findings: [],
    },
  ])('$what', ({ given, percentage, findings }) => {
    expect(found(given, percentage)).toEqual(findings);
  });
});
