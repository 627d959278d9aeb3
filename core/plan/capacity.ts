/** Is there room for the nodes that come before old ones go? Looked at before anything is touched. */
import type { MaxUnavailable, NodeGroupKind } from './facts.ts';
import type { Finding, FindingCode } from './finding.ts';

export interface ZoneReading {
  zone: string;
  /** In all subnets of the node group there. */
  freeAddresses: number;
}

export interface CapacityQuestion {
  nodeGroups: readonly {
    name: string;
    kind: NodeGroupKind;
    desiredSize: number;
    maxUnavailable: MaxUnavailable;
    /** EKS starts new nodes before old ones go (update strategy DEFAULT). */
    surges: boolean;
    /** `ON_DEMAND`, `SPOT` or `CAPACITY_BLOCK`; null: the group is no managed one. */
    capacityType: string | null;
    /** Null: a subnet of it was not found. */
    zones: readonly ZoneReading[] | null;
  }[];
  /** Of instance refreshes. */
  maxHealthyPercentage: number;
  /** Codes of findings that refuse a node group; the others warn. */
  refuses: readonly string[];
}

/** A node takes one address for itself; its pods take more, which is not reckoned. */
export const capacityFindings = ({ nodeGroups, maxHealthyPercentage, refuses }: CapacityQuestion): Finding[] =>
  nodeGroups.flatMap((nodeGroup) => {
    const { name, kind, capacityType, surges, desiredSize, zones } = nodeGroup;
    if (desiredSize === 0) return [];
    const about = (code: FindingCode, message: string, fix: string): Finding => ({
      code,
      level: refuses.includes(code) ? 'refuse' : 'warn',
      nodeGroup: name,
      message: `${name}: ${message}`,
      fix,
    });
    if (zones === null) {
      const fix = 'aws ec2 describe-subnets, with the subnets that the node group names';
      return [about('capacity-not-read', 'a subnet of it was not found, so nothing is known of its addresses', fix)];
    }
    if (kind === 'self-managed') {
      const surge = Math.ceil((desiredSize * Math.max(0, maxHealthyPercentage - 100)) / 100);
      return addressFindings(surge, zones, false, about);
    }
    if (!surges) return [];
    if (capacityType === 'CAPACITY_BLOCK') {
      return [
        about(
          'cannot-surge',
          'its nodes come from a capacity block, and EKS starts new nodes before old ones go, for which a full block has no room',
          `aws eks update-nodegroup-config --nodegroup-name ${name} --update-config updateStrategy=MINIMAL --cluster-name CLUSTER`,
        ),
      ];
    }
    return addressFindings(managedSurge({ ...nodeGroup, zones }), zones, true, about);
  });

/** EKS user guide, managed node update behavior, scale up phase: at most so many nodes more, one in each zone at least. */
const managedSurge = ({
  zones,
  maxUnavailable,
  desiredSize,
}: Pick<CapacityQuestion['nodeGroups'][number], 'maxUnavailable' | 'desiredSize'> & {
  zones: readonly ZoneReading[];
}): number =>
  Math.max(
    2 * zones.length,
    'nodes' in maxUnavailable
      ? maxUnavailable.nodes
      : Math.min(100, Math.ceil((desiredSize * maxUnavailable.percentage) / 100)),
  );

const addressFindings = (
  surge: number,
  zones: readonly ZoneReading[],
  eachZone: boolean,
  about: (code: FindingCode, message: string, fix: string) => Finding,
): Finding[] => {
  if (surge === 0 || zones.length === 0) return [];
  const full = zones.filter(({ freeAddresses }) => freeAddresses === 0).map(({ zone }) => zone);
  const free = zones.reduce((sum, { freeAddresses }) => sum + freeAddresses, 0);
  const fix =
    'free addresses in its subnets: delete network interfaces that nobody uses, or take room by a further CIDR';
  if (eachZone && full.length > 0) {
    return [
      about(
        'zone-without-room',
        `its subnets in ${full.join(', ')} have no free address, and EKS wants a new node in each zone before old ones go`,
        fix,
      ),
    ];
  }
  if (free >= surge) return [];
  return [
    about(
      'no-free-addresses',
      `its subnets have ${free} free address${free === 1 ? '' : 'es'} for up to ${surge} nodes more, each with pods that want some too`,
      fix,
    ),
  ];
};
