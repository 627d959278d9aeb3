/** Auto Scaling groups: they launch and terminate instances until they have as many as they are asked for. */
import { digest } from '../digest.ts';
import type { Image } from './images.ts';
import type { InstanceRefresh } from './instance-refresh.ts';
import type { TemplateVersion } from './launch-templates.ts';
import { LifecycleHooks, type LifecycleResult } from './lifecycle-hooks.ts';
import { usual } from './timing.ts';
import type { World } from './world.ts';

/** EC2 Auto Scaling user guide, ec2-auto-scaling-lifecycle and instance-lifecycle-policy. */
export type LifecycleState =
  | 'Pending'
  | 'InService'
  | 'Standby'
  | 'Terminating'
  | 'Terminating:Wait'
  | 'Terminating:Proceed'
  | 'Terminating:Retained'
  | 'Terminated';

export interface Instance {
  id: string;
  group: AutoScalingGroup;
  image: Image;
  /** The launch template and the version it was launched from. */
  templateId: string;
  templateVersion: number;
  instanceType: string;
  zone: string;
  launchedAt: number;
  /** As EC2 says it. */
  state: 'pending' | 'running' | 'shutting-down' | 'terminated';
  /** As Auto Scaling says it. */
  lifecycleState: LifecycleState;
  inServiceAt: number | undefined;
  health: 'Healthy' | 'Unhealthy';
  /** It fails its EC2 status checks. */
  isImpaired: boolean;
  isProtectedFromScaleIn: boolean;
  /** An instance refresh takes it out of service. */
  isRefreshedAway: boolean;
}

/** What instances are launched from. */
export interface Configuration {
  /** A launch template and a version of it: a number, `$Latest` or `$Default`. */
  template: { id: string; version: string };
  /** Of a mixed instances policy; left out: the group has a launch template alone. */
  mixed?: MixedInstances;
}

export interface MixedInstances {
  /** In their order, one after the other: no market is played that would choose. */
  instanceTypes: readonly string[];
  /** The InstancesDistribution, as it was sent. */
  distribution: Readonly<Record<string, unknown>>;
}

export interface GroupSettings {
  name: string;
  zones: readonly string[];
  /** One for each of its zones; left out: it has none that matter. */
  subnets?: readonly string[];
  tags?: Record<string, string>;
  configuration: Configuration;
  min: number;
  max: number;
  desired: number;
  healthCheckGracePeriodSeconds?: number;
}

export class AutoScalingGroup {
  readonly name: string;
  readonly zones: readonly string[];
  readonly subnets: readonly string[];
  readonly tags: Record<string, string>;
  readonly createdAt: number;
  readonly healthCheckGracePeriodSeconds: number;
  /** As it is saved. A refresh under way may launch from another one. */
  configuration: Configuration;
  min: number;
  max: number;
  desired: number;
  instances: Instance[] = [];
  readonly hooks: LifecycleHooks;
  /** Its processes that are suspended, with the reason. */
  readonly suspended = new Map<string, string>();
  /** Instances whose termination was abandoned stay (InstanceLifecyclePolicy). */
  retainsAbandoned: boolean | undefined;
  protectsNewInstances = false;
  /** Stopped instances that wait beside the group. They are described, and nothing happens to them. */
  warmPoolSize: number | undefined;
  isBeingDeleted = false;
  /** Oldest first. */
  readonly refreshes: InstanceRefresh[] = [];
  readonly #world: World;
  #launched = 0;

  constructor(world: World, settings: GroupSettings) {
    this.#world = world;
    this.name = settings.name;
    this.zones = settings.zones;
    this.subnets = settings.subnets ?? [];
    this.tags = settings.tags ?? {};
    this.createdAt = world.clock.now;
    // What EKS sets on the groups it makes.
    this.healthCheckGracePeriodSeconds = settings.healthCheckGracePeriodSeconds ?? 15;
    this.configuration = settings.configuration;
    this.min = settings.min;
    this.max = settings.max;
    this.desired = settings.desired;
    this.hooks = new LifecycleHooks(world.clock, (instance, result) => this.#onHookEnd(instance, result));
  }

  get arn(): string {
    return this.#world.arn('autoscaling', `autoScalingGroup:${this.name}:autoScalingGroupName/${this.name}`);
  }

  /** Instances that are there to stay, and count. */
  get members(): Instance[] {
    return this.instances.filter(
      ({ lifecycleState }) => lifecycleState === 'Pending' || lifecycleState === 'InService',
    );
  }

  /** The refresh that has not ended. */
  get activeRefresh(): InstanceRefresh | undefined {
    const latest = this.refreshes.at(-1);
    return latest?.isActive === true ? latest : undefined;
  }

  /** The version of its launch template that it is configured for; undefined: there is none of that number. */
  get configuredVersion(): TemplateVersion | undefined {
    return this.versionOf(this.configuration);
  }

  versionOf({ template }: Configuration): TemplateVersion | undefined {
    return this.#world.launchTemplates.get(template.id)?.version(template.version);
  }

  /** Sets how many instances it shall have, and works towards it. */
  resize(desired: number): void {
    this.desired = desired;
    this.max = Math.max(this.max, desired);
    this.reconcile();
  }

  /** Sets all three numbers; what is too much goes, the youngest first. Scaling ignores disruption budgets. */
  scale({ min, max, desired }: { min: number; max: number; desired: number }): void {
    this.min = min;
    this.max = max;
    while (this.members.length > desired && !this.suspended.has('Terminate')) {
      const instance = this.members.findLast((each) => !each.isProtectedFromScaleIn);
      if (instance === undefined) break;
      this.terminate(instance, { decrement: true });
    }
    this.resize(desired);
  }

  /** Launches what is missing. What is too much is taken away by whoever made the group smaller. */
  reconcile(): void {
    while (this.members.length < this.desired && this.canLaunch) this.launch();
  }

  get canLaunch(): boolean {
    return (
      !this.suspended.has('Launch') &&
      this.#imageToLaunch()?.state === 'available' &&
      this.zones.some((zone) => this.#hasRoom(zone))
    );
  }

  /** A refresh launches from what it leads to, scale-outs of that time too (instance-refresh-overview, core concepts). */
  get #launchesFrom(): Configuration {
    return this.activeRefresh?.launchesFrom ?? this.configuration;
  }

  #imageToLaunch(): Image | undefined {
    return this.#world.images.get(this.versionOf(this.#launchesFrom)?.data.ImageId ?? '');
  }

  subnetIn(zone: string): string | undefined {
    return this.subnets[this.zones.indexOf(zone)];
  }

  /** Where a zone has no address left, Auto Scaling launches in another one (user guide, availability zone balance). */
  #hasRoom(zone: string): boolean {
    return this.#world.hasFreeAddress(this.subnetIn(zone));
  }

  /** The zone with the fewest instances comes first, as Auto Scaling balances. */
  #nextZone(): string {
    const count = (zone: string): number => this.members.filter((instance) => instance.zone === zone).length;
    const [zone] = [...this.zones]
      .sort((a, b) => count(a) - count(b))
      .sort((a, b) => Number(this.#hasRoom(b)) - Number(this.#hasRoom(a)));
    if (zone === undefined) throw new Error(`${this.name} has no zones`);
    return zone;
  }

  launch(options: { image?: Image; templateVersion?: number; isOld?: boolean } = {}): Instance {
    const { clock } = this.#world;
    const { template, mixed } = this.#launchesFrom;
    const version = this.versionOf({ template });
    const image = options.image ?? this.#imageToLaunch();
    if (image === undefined || version === undefined) throw new Error(`${this.name} has nothing to launch from`);
    const instanceType = mixed?.instanceTypes[this.#launched % mixed.instanceTypes.length] ?? version.data.InstanceType;
    this.#launched += 1;
    const isOld = options.isOld === true;
    const launchedAt = isOld ? clock.now - 10 * 24 * 3600 * 1000 : clock.now;
    const instance: Instance = {
      id: `i-${digest('instance', this.name, String(this.#launched)).resourceId}`,
      group: this,
      image,
      templateId: template.id,
      templateVersion: options.templateVersion ?? version.number,
      instanceType: instanceType ?? 'm6i.large',
      zone: this.#nextZone(),
      launchedAt,
      state: isOld ? 'running' : 'pending',
      lifecycleState: isOld ? 'InService' : 'Pending',
      inServiceAt: isOld ? launchedAt : undefined,
      health: 'Healthy',
      isImpaired: false,
      isProtectedFromScaleIn: this.protectsNewInstances,
      isRefreshedAway: false,
    };
    this.instances.push(instance);
    if (!isOld) {
      clock.after(usual.instanceRunningSeconds * 1000, () => {
        if (instance.state !== 'pending') return;
        instance.state = 'running';
        if (instance.lifecycleState !== 'Pending') return;
        instance.lifecycleState = 'InService';
        instance.inServiceAt = clock.now;
        this.#playStatusChecks(instance);
      });
    }
    this.#world.onLaunch(instance, isOld);
    return instance;
  }

  /** Impaired for some minutes, it is Unhealthy, and replaced (EC2 Auto Scaling user guide, health checks). */
  #playStatusChecks(instance: Instance): void {
    const { statusChecks } = instance.image.behavior;
    if (statusChecks === undefined) return;
    const { clock } = this.#world;
    const isThere = (): boolean => instance.state === 'running';
    clock.after(statusChecks.afterSeconds * 1000, () => {
      if (!isThere()) return;
      instance.isImpaired = true;
      clock.after(usual.impairedUntilReplacedSeconds * 1000, () => {
        if (!isThere()) return;
        instance.health = 'Unhealthy';
        this.terminate(instance, { decrement: false });
      });
    });
  }

  /**
   * Terminates an instance; with `decrement` the group becomes smaller by it, else another takes its place. Hooks hold it
   * first: it runs on, but does not count any more.
   */
  terminate(instance: Instance, options: { decrement: boolean; byRefresh?: boolean }): void {
    const isGoing =
      instance.lifecycleState.startsWith('Terminat') && instance.lifecycleState !== 'Terminating:Retained';
    if (isGoing || this.suspended.has('Terminate')) return;
    instance.isRefreshedAway = options.byRefresh === true;
    if (options.decrement) this.desired -= 1;
    const actions = this.hooks.hold(instance);
    if (actions.length === 0) {
      this.#shutDown(instance, 'Terminating');
      return;
    }
    instance.lifecycleState = 'Terminating:Wait';
    this.#world.onTerminating(instance);
    for (const action of actions) this.#world.onLifecycleAction(action);
    this.reconcile();
  }

  /** EC2 takes an instance, whatever holds it. */
  reclaim(instance: Instance): void {
    if (instance.state === 'running' || instance.state === 'pending') this.#shutDown(instance, 'Terminating');
  }

  #onHookEnd(instance: Instance, result: LifecycleResult): void {
    if (result === 'ABANDON' && this.retainsAbandoned === true) {
      instance.lifecycleState = 'Terminating:Retained';
      instance.isRefreshedAway = false;
      this.reconcile();
    } else {
      this.#shutDown(instance, 'Terminating:Proceed');
    }
  }

  #shutDown(instance: Instance, lifecycleState: LifecycleState): void {
    instance.state = 'shutting-down';
    instance.lifecycleState = lifecycleState;
    this.#world.onTerminating(instance);
    this.#world.onShutDown(instance);
    this.#world.clock.after(usual.instanceTerminationSeconds * 1000, () => {
      instance.state = 'terminated';
      instance.lifecycleState = 'Terminated';
      this.instances = this.instances.filter((each) => each !== instance);
      this.#world.onTerminated(instance);
      this.reconcile();
    });
  }
}
