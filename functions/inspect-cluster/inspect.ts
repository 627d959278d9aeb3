import { AccessDenied } from '../../adapters/fault.ts';
import { decidingGates } from '../../core/gate/gate-name.ts';
import { controllersOf, looksAtPods } from '../../core/gate/measure-gates.ts';
import { type CapacityQuestion, capacityFindings, type ZoneReading } from '../../core/plan/capacity.ts';
import { type EvictionNode, evictionFindings } from '../../core/plan/evictions.ts';
import type { KubernetesAccess } from '../../core/plan/facts.ts';
import type { Finding } from '../../core/plan/finding.ts';
import type { Inspection } from '../../core/plan/inspection.ts';
import type { Gate } from '../../core/policy/policy.ts';
import type { Settings } from '../../core/policy/settings.ts';
import type {
  AutoScalingGroups,
  ByKind,
  ClusterControllers,
  ClusterEvictions,
  ClusterNodes,
  ClusterPods,
  HealthAlarms,
  NodeGroupReading,
  NodeGroups,
  OwnChecks,
  ProbePods,
  Subnets,
} from '../../core/ports.ts';
import { gateFindings, probeFindings } from './gate-findings.ts';

export interface LookPorts {
  nodeGroups: ByKind<NodeGroups>;
  autoScalingGroups: Pick<AutoScalingGroups, 'read'>;
  subnets: Subnets;
  nodes: Pick<ClusterNodes, 'access' | 'all' | 'drainAccess'>;
  pods: Pick<ClusterPods, 'access'>;
  controllers: Pick<ClusterControllers, 'access'>;
  evictions: ClusterEvictions;
  alarms: HealthAlarms;
  ownChecks: Pick<OwnChecks, 'access'>;
  probePods: Pick<ProbePods, 'access'>;
}

/** Looks at everything that a rollout will need before it changes anything. `named`: only these node groups. */
export const inspect = async (
  ports: LookPorts,
  clusterName: string,
  settings: Settings,
  { named, now }: { named: readonly string[] | undefined; now: string },
): Promise<Inspection> => {
  const groups = (await readNodeGroups(ports, clusterName)).filter(({ name }) => named?.includes(name) ?? true);
  const deciding = decidingGates(settings);
  const inDryRun = settings.gates.filter((gate) => !deciding.includes(gate));
  const kubernetes = await kubernetesAccess(ports, clusterName, deciding);
  const mayLook = kubernetes.access === 'granted';
  return {
    at: now,
    kubernetes,
    drainAccess: groups.some(({ kind }) => kind === 'self-managed') ? await ports.nodes.drainAccess(clusterName) : null,
    findings: [
      ...(await gateFindings(ports, deciding)),
      ...asWarnings(await gateFindings(ports, inDryRun)),
      // Where the API may not be read at all, that is said already.
      ...(mayLook ? await probeFindings(ports.probePods, clusterName, deciding) : []),
      ...(mayLook ? asWarnings(await probeFindings(ports.probePods, clusterName, inDryRun)) : []),
      ...(mayLook ? await inspectEvictions(ports, clusterName, groups, settings) : []),
      ...(await inspectCapacity(ports, groups, settings)),
    ],
  };
};

const readNodeGroups = async ({ nodeGroups }: LookPorts, clusterName: string): Promise<NodeGroupReading[]> => {
  const managed = await nodeGroups.managed.list(clusterName);
  const ofPeople = await nodeGroups.selfManaged.list(clusterName);
  const readings = await Promise.all([
    ...managed.map((name) => nodeGroups.managed.read(clusterName, name)),
    ...ofPeople.filter((name) => !managed.includes(name)).map((name) => nodeGroups.selfManaged.read(clusterName, name)),
  ]);
  // A node group may be deleted between the list and the look.
  return readings.filter((reading) => reading !== null);
};

/** A gate that decides nothing is no reason not to begin. */
const asWarnings = (findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => ({ ...finding, level: 'warn' }));

/** One look for each thing that the gates will read. */
const kubernetesAccess = async (
  { nodes, pods, controllers }: LookPorts,
  clusterName: string,
  gates: readonly Gate[],
): Promise<KubernetesAccess> => {
  const looks = [
    () => nodes.access(clusterName),
    ...(looksAtPods(gates) ? [() => pods.access(clusterName)] : []),
    ...(controllersOf(gates).length > 0 ? [() => controllers.access(clusterName, controllersOf(gates))] : []),
  ];
  for (const look of looks) {
    const access = await look();
    if (access.access === 'denied') return access;
  }
  return { access: 'granted' };
};

const inspectEvictions = (
  { nodes, evictions, autoScalingGroups }: LookPorts,
  clusterName: string,
  groups: readonly NodeGroupReading[],
  { preflight, instanceRefresh }: Settings,
): Promise<Finding[]> =>
  orDenied(
    async () => {
      const all = await nodes.all(clusterName);
      const nodeNamed = new Map(all.map(({ instanceId, name }) => [instanceId, name]));
      const members = new Map(
        (await autoScalingGroups.read(groups.flatMap((group) => group.autoScalingGroups))).map((group) => [
          group.name,
          group.instances,
        ]),
      );
      return evictionFindings({
        nodeGroups: groups.map(({ name, kind, autoScalingGroups: own, surges }) => ({
          name,
          nodes: own
            .flatMap((group) => members.get(group) ?? [])
            .flatMap(({ instanceId }) => nodeNamed.get(instanceId) ?? []),
          surges: kind === 'self-managed' ? instanceRefresh.maxHealthyPercentage > 100 : surges,
        })),
        nodes: all.map(
          ({ name, isReady, isCordoned, allocatable }): EvictionNode => ({ name, isReady, isCordoned, allocatable }),
        ),
        pods: await evictions.pods(clusterName),
        budgets: await evictions.budgets(clusterName),
        refuses: preflight.refuse,
      });
    },
    (why) => ({
      code: 'evictions-not-read',
      level: preflight.refuse.includes('evictions-not-read') ? 'refuse' : 'warn',
      message: `what may keep pods on the nodes of ${clusterName} could not be looked at: ${why}`,
      fix: `let the service list pods and disruption budgets: eks-ami-rollout rbac ${clusterName} | kubectl apply -f -`,
    }),
  );

const inspectCapacity = (
  { subnets }: LookPorts,
  groups: readonly NodeGroupReading[],
  { preflight, instanceRefresh }: Settings,
): Promise<Finding[]> =>
  orDenied(
    async () => {
      const ids = [...new Set(groups.flatMap(({ subnetIds }) => subnetIds))].sort();
      const known = new Map((await subnets.read(ids)).map((subnet) => [subnet.subnetId, subnet]));
      const question: CapacityQuestion = {
        nodeGroups: groups.map((group) => ({
          name: group.name,
          kind: group.kind,
          desiredSize: group.desiredSize,
          maxUnavailable: group.maxUnavailable,
          surges: group.surges,
          capacityType: group.capacityType,
          zones: group.subnetIds.every((id) => known.has(id))
            ? zonesOf(group.subnetIds.flatMap((id) => known.get(id) ?? []))
            : null,
        })),
        maxHealthyPercentage: instanceRefresh.maxHealthyPercentage,
        refuses: preflight.refuse,
      };
      return capacityFindings(question);
    },
    (why) => ({
      code: 'capacity-not-read',
      level: preflight.refuse.includes('capacity-not-read') ? 'refuse' : 'warn',
      message: `whether there are addresses for new nodes could not be looked at: ${why}`,
    }),
  );

const zonesOf = (subnets: readonly { zone: string; freeAddresses: number }[]): ZoneReading[] =>
  [...new Set(subnets.map(({ zone }) => zone))].sort().map((zone) => ({
    zone,
    freeAddresses: subnets
      .filter((subnet) => subnet.zone === zone)
      .reduce((sum, { freeAddresses }) => sum + freeAddresses, 0),
  }));

/** Whatever else goes wrong is tried again by the state machine. */
const orDenied = async (look: () => Promise<Finding[]>, told: (why: string) => Finding): Promise<Finding[]> => {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof AccessDenied)) throw error;
    return [told(error.message)];
  }
};
