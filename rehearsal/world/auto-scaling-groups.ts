/** Auto Scaling groups: they launch and terminate instances until they have as many as they are asked for. */
import { digest } from '../digest.ts';
import type { Image } from './images.ts';
import { usual } from './timing.ts';
import type { World } from './world.ts';

export interface Instance {
  id: string;
  group: AutoScalingGroup;
  image: Image;
  /** The launch template version it was launched from. */
  templateVersion: number;
  instanceType: string;
  zone: string;
  launchedAt: number;
  /** As EC2 says it. */
  state: 'pending' | 'running' | 'shutting-down' | 'terminated';
  /** As Auto Scaling says it. */
  lifecycleState: 'Pending' | 'InService' | 'Terminating' | 'Terminated';
  health: 'Healthy' | 'Unhealthy';
}

export class AutoScalingGroup {
  readonly name: string;
  readonly zones: readonly string[];
  readonly tags: Record<string, string>;
  readonly createdAt: number;
  /** The template and version (`$Latest` too) that new instances come from. */
  template: { id: string; version: string };
  min: number;
  max: number;
  desired: number;
  instances: Instance[] = [];
  readonly #world: World;
  #launched = 0;

  constructor(
    world: World,
    settings: {
      name: string;
      zones: readonly string[];
      tags?: Record<string, string>;
      template: { id: string; version: string };
      min: number;
      max: number;
      desired: number;
    },
  ) {
    this.#world = world;
    this.name = settings.name;
    this.zones = settings.zones;
    this.tags = settings.tags ?? {};
    this.createdAt = world.clock.now;
    this.template = settings.template;
    this.min = settings.min;
    this.max = settings.max;
    this.desired = settings.desired;
  }

  /** Instances that are there to stay. */
  get members(): Instance[] {
    return this.instances.filter((instance) => instance.state === 'pending' || instance.state === 'running');
  }

  /** Sets how many instances it shall have, and works towards it. */
  resize(desired: number): void {
    this.desired = desired;
    this.max = Math.max(this.max, desired);
    this.reconcile();
  }

  /** Launches what is missing. What is too much is taken away by whoever made the group smaller. */
  reconcile(): void {
    while (this.members.length < this.desired && this.#canLaunch()) this.launch();
  }

  #canLaunch(): boolean {
    const image = this.#imageToLaunch();
    return image !== undefined && image.state === 'available';
  }

  #imageToLaunch(): Image | undefined {
    const version = this.#world.launchTemplates.get(this.template.id)?.version(this.template.version);
    return this.#world.images.get(version?.data.ImageId ?? '');
  }

  /** The zone with the fewest instances comes first, as Auto Scaling balances. */
  #nextZone(): string {
    const count = (zone: string): number => this.members.filter((instance) => instance.zone === zone).length;
    const [zone] = [...this.zones].sort((a, b) => count(a) - count(b));
    if (zone === undefined) throw new Error(`${this.name} has no zones`);
    return zone;
  }

  launch(options: { image?: Image; templateVersion?: number; isOld?: boolean } = {}): Instance {
    const { clock } = this.#world;
    const template = this.#world.launchTemplates.get(this.template.id);
    const version = template?.version(this.template.version);
    const image = options.image ?? this.#imageToLaunch();
    if (image === undefined || version === undefined) throw new Error(`${this.name} has nothing to launch from`);
    this.#launched += 1;
    const isOld = options.isOld === true;
    const instance: Instance = {
      id: `i-${digest('instance', this.name, String(this.#launched)).resourceId}`,
      group: this,
      image,
      templateVersion: options.templateVersion ?? version.number,
      instanceType: version.data.InstanceType ?? 'm6i.large',
      zone: this.#nextZone(),
      launchedAt: isOld ? clock.now - 10 * 24 * 3600 * 1000 : clock.now,
      state: isOld ? 'running' : 'pending',
      lifecycleState: isOld ? 'InService' : 'Pending',
      health: 'Healthy',
    };
    this.instances.push(instance);
    if (!isOld) {
      clock.after(usual.instanceRunningSeconds * 1000, () => {
        if (instance.state !== 'pending') return;
        instance.state = 'running';
        instance.lifecycleState = 'InService';
      });
    }
    this.#world.onLaunch(instance, isOld);
    return instance;
  }

  /** Terminates an instance; with `decrement` the group becomes smaller by it, else another takes its place. */
  terminate(instance: Instance, options: { decrement: boolean }): void {
    if (instance.state === 'shutting-down' || instance.state === 'terminated') return;
    instance.state = 'shutting-down';
    instance.lifecycleState = 'Terminating';
    if (options.decrement) this.desired -= 1;
    this.#world.onTerminating(instance);
    this.#world.clock.after(usual.instanceTerminationSeconds * 1000, () => {
      instance.state = 'terminated';
      instance.lifecycleState = 'Terminated';
      this.instances = this.instances.filter((each) => each !== instance);
      this.#world.onTerminated(instance);
      this.reconcile();
    });
  }
}
