/** Subnets of clusters, and the addresses that nobody has yet. */
import { digest } from '../digest.ts';
import type { AutoScalingGroup } from './auto-scaling-groups.ts';

export interface Subnet {
  id: string;
  zone: string;
  /** Of all the addresses that instances of the rehearsal may take; undefined: more than anybody needs. */
  usable: number | undefined;
}

export const subnetId = (clusterName: string, zone: string): string =>
  `subnet-${digest('subnet', clusterName, zone).resourceId}`;

/** A /19, less the five that AWS keeps (VPC user guide, subnet sizing). */
const addressesOfSubnet = 8187;

/** What DescribeSubnets says. Each instance takes one address; those of pods are not played. */
export const freeAddresses = (
  { id, usable = addressesOfSubnet }: Subnet,
  groups: Iterable<AutoScalingGroup>,
): number => {
  let taken = 0;
  for (const group of groups)
    for (const { zone, state } of group.instances)
      if (group.subnetIn(zone) === id && state !== 'terminated') taken += 1;
  return Math.max(0, usable - taken);
};
