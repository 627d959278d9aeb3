/** Kubernetes nodes: they join, get Ready, flap as their AMI has them do, are cordoned, and go. */
import { digest } from '../digest.ts';
import type { Instance } from './auto-scaling-groups.ts';
import type { Cluster } from './clusters.ts';
import type { NodeGroup } from './node-groups.ts';
import { usual } from './timing.ts';
import type { World } from './world.ts';

export class Node {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
  readonly #devices: Readonly<Record<string, string>>;
  #changed: Readonly<Record<string, string>> = {};
  readonly instance: Instance;
  readonly cluster: Cluster;
  /** The name of its node group. */
  readonly nodeGroup: string;
  readonly createdAt: number;
  readonly labels: Record<string, string>;
  allocatable: Record<string, string>;
  isReady = false;
  /** When Ready last changed. */
  readySince: number;
  /** What the node monitoring agent reports (EKS user guide, node-health-nma): `True`, `False` or `Unknown`, and since when. */
  readonly conditions = new Map<string, { status: string; since: number }>();
  isUnschedulable = false;
  /** It is being emptied, and pods may not come back. */
  isDraining = false;
  /** When it was Ready for the first time; undefined: never yet. */
  firstReadyAt: number | undefined;

  constructor(
    { cluster, name }: NodeGroup,
    instance: Instance,
    createdAt: number,
    labels: Record<string, string>,
    devices: Readonly<Record<string, string>>,
  ) {
    const [a, b, c] = digest('address', instance.id).hex.match(/../g) ?? [];
    const octet = (hex: string | undefined): number => Number.parseInt(hex ?? '0', 16);
    this.address = `10.${octet(a)}.${octet(b)}.${octet(c)}`;
    this.name = `ip-${this.address.replaceAll('.', '-')}.ec2.internal`;
    this.uid = digest('node', instance.id).uuid;
    this.cluster = cluster;
    this.nodeGroup = name;
    this.instance = instance;
    this.createdAt = createdAt;
    this.readySince = createdAt;
    this.labels = labels;
    this.#devices = devices;
    this.allocatable = { cpu: '1930m', memory: '7098040Ki', pods: '29' };
    if (instance.image.behavior.devicesAfterSeconds === undefined) this.offerDevices();
  }

  offerDevices(): void {
    this.allocatable = { ...this.allocatable, ...this.#devices, ...this.#changed };
  }

  /** Of what it offers, whatever device plugins tell. */
  change(offers: Readonly<Record<string, string>>): void {
    this.#changed = { ...this.#changed, ...offers };
    this.allocatable = { ...this.allocatable, ...offers };
  }

  /** Whether it has ever been Ready. */
  get wasReady(): boolean {
    return this.firstReadyAt !== undefined;
  }
}

/** Lets an instance join its cluster as the behavior of its AMI says. */
export const bootNode = (
  world: World,
  cluster: Cluster,
  instance: Instance,
  makeNode: (createdAt: number) => Node,
): void => {
  const { behavior } = instance.image;
  if (behavior.joins === false) return;
  const readyAfter = behavior.readyAfterSeconds ?? usual.nodeReadySeconds;
  const joinsAfter = Math.max(1, readyAfter - usual.nodeJoinsBeforeReadySeconds);
  const isThere = (): boolean => instance.state === 'pending' || instance.state === 'running';
  world.clock.after(joinsAfter * 1000, () => {
    if (!isThere()) return;
    const node = makeNode(world.clock.now);
    cluster.nodes.set(node.name, node);
    world.clock.after((readyAfter - joinsAfter) * 1000, () => {
      if (isThere()) becomeReady(world, node);
    });
  });
};

export const becomeReady = (world: World, node: Node): void => {
  setReady(world, node, true);
  playBehavior(world, node);
};

const setReady = (world: World, node: Node, isReady: boolean): void => {
  if (node.isReady === isReady) return;
  node.isReady = isReady;
  node.readySince = world.clock.now;
  if (isReady) {
    node.firstReadyAt ??= node.readySince;
    node.cluster.onNodeReady(node);
  } else {
    node.cluster.onNodeNotReady(node);
  }
};

/** What an AMI does to its nodes once they are Ready; to nodes that have been for long, it has begun already. */
const playBehavior = (world: World, node: Node): void => {
  const { notReady, allocatable, conditions, devicesAfterSeconds } = node.instance.image.behavior;
  const isThere = (): boolean => node.cluster.nodes.get(node.name) === node;
  if (devicesAfterSeconds !== undefined) {
    world.clock.at(node.readySince + devicesAfterSeconds * 1000, () => {
      node.offerDevices();
      node.cluster.schedulePods();
    });
  }
  if (allocatable !== undefined) {
    world.clock.at(node.readySince + allocatable.afterSeconds * 1000, () => {
      const changed = Object.entries(allocatable.set).map(([name, value]) => [name, String(value)]);
      node.change(Object.fromEntries(changed));
      node.cluster.schedulePods();
    });
  }
  if (conditions !== undefined) {
    const since = node.readySince + conditions.afterSeconds * 1000;
    world.clock.at(since, () => {
      for (const [type, status] of Object.entries(conditions.set)) {
        // YAML reads False as a boolean.
        const text = String(status);
        node.conditions.set(type, { status: text.charAt(0).toUpperCase() + text.slice(1), since });
      }
    });
  }
  if (notReady === undefined) return;
  const fail = (): void => {
    if (!isThere()) return;
    const underLoad = node.cluster.podsOn(node).some((pod) => !pod.isDaemon && !pod.hasEnded);
    if (notReady.onlyUnderLoad !== true || underLoad) {
      setReady(world, node, false);
      world.clock.after(notReady.forSeconds * 1000, () => {
        if (isThere() && node.instance.state === 'running') setReady(world, node, true);
      });
    }
    world.clock.after(notReady.everySeconds * 1000, fail);
  };
  world.clock.at(node.readySince + notReady.afterSeconds * 1000, fail);
};
