/**
 * An instance refresh under way: it replaces instances a few at a time, pauses at checkpoints, bakes, and goes back when it
 * is told to (EC2 Auto Scaling user guide, instance-refresh-overview, asg-adding-checkpoints-instance-refresh and
 * instance-refresh-rollback). Auto Scaling knows nothing of Kubernetes: an instance is healthy once it runs, whether or not
 * its node joined, and it is terminated with whatever runs on it.
 */
import { sleep } from '../clock/sleep.ts';
import type { AutoScalingGroup, Instance } from './auto-scaling-groups.ts';
import type { InstanceRefresh } from './instance-refresh.ts';
import { documented, usual } from './timing.ts';
import type { World } from './world.ts';

/** Runs until the refresh has ended. Cancelling and rolling back are asked for by its status. */
export const runInstanceRefresh = async (world: World, refresh: InstanceRefresh): Promise<void> => {
  const run = new RefreshRun(world, refresh);
  while (refresh.isActive) {
    await sleep(world.clock, usual.refreshPollSeconds * 1000);
    run.look();
  }
};

/** How the replacing stands. */
interface Standing {
  /** Still to be taken away, the oldest first. */
  outgoing: Instance[];
  /** Being terminated. */
  going: Instance[];
  /** Launched by this refresh and not warmed up. */
  warming: Instance[];
  /** How many there are more than the group is asked for. */
  surplus: number;
  /** Begun, and not yet both replaced and gone. */
  inFlight: number;
  /** Not yet replaced, what is in flight included. */
  left: number;
}

class RefreshRun {
  readonly #world: World;
  readonly #refresh: InstanceRefresh;
  readonly #group: AutoScalingGroup;
  /** The instances that were there when it began. */
  readonly #first: ReadonlySet<Instance>;
  /** What this direction takes away. */
  #toReplace: ReadonlySet<Instance>;
  /** Of so many instances the percentage is told. */
  readonly #total: number;
  #isBack = false;
  #progressAt: number;
  #progress = '';
  #checkpoint = 0;
  #resumesAt = 0;
  #bakedAt = 0;

  constructor(world: World, refresh: InstanceRefresh) {
    const { group, preferences } = refresh;
    this.#world = world;
    this.#refresh = refresh;
    this.#group = group;
    this.#progressAt = world.clock.now;
    const standby = group.instances.filter(({ lifecycleState }) => lifecycleState === 'Standby');
    const isSkipped = (instance: Instance): boolean => preferences.skipMatching && this.#matches(instance);
    this.#first = new Set([...group.members, ...standby]);
    this.#toReplace = new Set([...this.#first].filter((instance) => !isSkipped(instance)));
    const isWaitedFor = preferences.standbyInstances === 'Wait';
    this.#total = [...group.members, ...(isWaitedFor ? standby : [])].filter((each) => !this.#isIgnored(each)).length;
    this.#measure();
  }

  /** Looks at everything once, and does what is next. */
  look(): void {
    const refresh = this.#refresh;
    if (!refresh.isActive) this.#tidyUp();
    else if (this.#world.autoScalingGroups.get(this.#group.name) !== this.#group) this.#end('Cancelled');
    else if (refresh.status === 'Baking') this.#bake();
    else this.#goOn();
  }

  #bake(): void {
    if (this.#now >= this.#bakedAt) this.#succeed();
  }

  #goOn(): void {
    const refresh = this.#refresh;
    if (refresh.isRollingBack && !this.#isBack) this.#turnBack();
    if (refresh.status === 'Pending') refresh.status = 'InProgress';
    if (refresh.status === 'InProgress' && this.#now < this.#resumesAt) return;
    this.#replace();
    const standing = this.#measure();
    if (refresh.status === 'Cancelling') {
      if (standing.inFlight === 0) this.#end('Cancelled');
    } else if (this.#isComplete(standing)) {
      this.#complete();
    } else if (!this.#pausesAtCheckpoint(standing) && this.#isStuck) {
      this.#fail(refresh.statusReason ?? 'No progress was made for an hour.');
    }
  }

  get #now(): number {
    return this.#world.clock.now;
  }

  #isWarm({ lifecycleState, inServiceAt }: Instance): boolean {
    const warmup = this.#refresh.preferences.instanceWarmupSeconds * 1000;
    return lifecycleState === 'InService' && inServiceAt !== undefined && this.#now - inServiceAt >= warmup;
  }

  /** It has the template, its version and one of the instance types (asg-instance-refresh-skip-matching). */
  #matches({ templateId, templateVersion, instanceType }: Instance): boolean {
    const wanted = this.#refresh.launchesFrom;
    const version = this.#group.versionOf(wanted);
    const types = wanted.mixed?.instanceTypes ?? [version?.data.InstanceType ?? instanceType];
    return templateId === wanted.template.id && templateVersion === version?.number && types.includes(instanceType);
  }

  #isIgnored({ isProtectedFromScaleIn }: Instance): boolean {
    return isProtectedFromScaleIn && this.#refresh.preferences.scaleInProtectedInstances === 'Ignore';
  }

  #isWaitedFor({ isProtectedFromScaleIn, lifecycleState }: Instance): boolean {
    const { scaleInProtectedInstances, standbyInstances } = this.#refresh.preferences;
    if (lifecycleState === 'Standby') return standbyInstances === 'Wait';
    return isProtectedFromScaleIn && scaleInProtectedInstances === 'Wait';
  }

  #standing(): Standing {
    const { members, instances, desired } = this.#group;
    const isOutgoing = (instance: Instance): boolean => this.#toReplace.has(instance);
    const isGoing = ({ lifecycleState }: Instance): boolean =>
      ['Terminating', 'Terminating:Wait', 'Terminating:Proceed'].includes(lifecycleState);
    const going = instances.filter((instance) => isOutgoing(instance) && isGoing(instance));
    const warming = members.filter(
      (instance) => !isOutgoing(instance) && !this.#first.has(instance) && !this.#isWarm(instance),
    );
    const outgoing = members.filter((instance) => isOutgoing(instance) && !this.#isIgnored(instance));
    const surplus = Math.max(0, members.length - desired);
    const missing = Math.max(0, desired - members.length);
    const replacing = Math.max(going.length, warming.length - surplus + missing);
    return {
      outgoing,
      going,
      warming,
      surplus,
      inFlight: Math.max(going.length + surplus, warming.length + missing),
      left: Math.min(this.#total, outgoing.length + this.#waitingInStandby.length + replacing),
    };
  }

  get #waitingInStandby(): Instance[] {
    const standby = [...this.#toReplace].filter(({ lifecycleState }) => lifecycleState === 'Standby');
    return standby.filter((instance) => this.#isWaitedFor(instance));
  }

  /** Says how far it is, and notes whether it came any further. */
  #measure(): Standing {
    const refresh = this.#refresh;
    const standing = this.#standing();
    const { outgoing, going, warming, surplus, left } = standing;
    const done = this.#isBack ? left : this.#total - left;
    refresh.percentageComplete = this.#total === 0 ? 100 : Math.floor((100 * done) / this.#total);
    if (!this.#isBack) refresh.instancesToUpdate = left;
    const isHeld = going.some(({ lifecycleState }) => lifecycleState === 'Terminating:Wait');
    const isForgiven = isHeld && this.#world.unproven.lifecycleWaitInRefresh === 'does-not-count';
    const progress = JSON.stringify([outgoing.length, going.length, warming.length, surplus]);
    if (progress !== this.#progress || isForgiven || warming.length > 0) this.#progressAt = this.#now;
    this.#progress = progress;
    refresh.statusReason = this.#reasonToWait(standing);
    return standing;
  }

  #reasonToWait({ outgoing, going, warming }: Standing): string | undefined {
    const held = going.find(({ lifecycleState }) => lifecycleState === 'Terminating:Wait');
    const guarded = outgoing.find((instance) => this.#isWaitedFor(instance));
    const [warm] = warming;
    const [stood] = this.#waitingInStandby;
    if (this.#isSuspended) return 'Processes that an instance refresh needs are suspended.';
    if (held !== undefined) return waiting(`${held.id} is in ${held.lifecycleState}.`);
    if (warm !== undefined) return waiting(`${warm.id} is warming up.`);
    if (outgoing.every((instance) => this.#isWaitedFor(instance))) {
      if (guarded !== undefined) return waiting(`${guarded.id} is protected from scale in.`);
      if (stood !== undefined) return waiting(`${stood.id} is in Standby.`);
    }
    return this.#group.canLaunch ? undefined : 'The desired configuration cannot be launched.';
  }

  /** Any of these keeps it from replacing instances (understand-how-suspending-processes-affects-other-processes). */
  get #isSuspended(): boolean {
    return ['Launch', 'Terminate', 'InstanceRefresh'].some((process) => this.#group.suspended.has(process));
  }

  #replace(): void {
    const group = this.#group;
    if (this.#isSuspended) return;
    this.#terminateStandby();
    const { launchesFirst, status, replacedAtOnce } = this.#refresh;
    const { outgoing, warming, surplus, inFlight, left } = this.#standing();
    const free = outgoing.filter((instance) => !this.#isWaitedFor(instance));
    this.#refresh.budget = Math.max(replacedAtOnce, Math.min(this.#refresh.budget, inFlight));
    // Each new instance that has warmed up lets an old one go.
    const covered = free.splice(0, Math.max(0, surplus - warming.length));
    for (const instance of covered) group.terminate(instance, { decrement: false, byRefresh: true });
    if (status === 'Cancelling') return;
    const uncovered = free.length - (surplus - covered.length);
    const mayBegin = Math.min(replacedAtOnce, this.#leftToCheckpoint(left)) - inFlight;
    for (const instance of free.slice(0, Math.max(0, Math.min(mayBegin, uncovered)))) {
      if (!launchesFirst) group.terminate(instance, { decrement: false, byRefresh: true });
      else if (group.canLaunch) group.launch();
    }
    group.reconcile();
  }

  #terminateStandby(): void {
    if (this.#refresh.preferences.standbyInstances !== 'Terminate' || this.#isBack) return;
    for (const instance of this.#toReplace) {
      if (instance.lifecycleState === 'Standby') this.#group.terminate(instance, { decrement: false, byRefresh: true });
    }
  }

  /** How many may be replaced until the next checkpoint is reached, with those that are in flight. */
  #leftToCheckpoint(left: number): number {
    const next = this.#refresh.preferences.checkpointPercentages.find((percentage) => percentage > this.#checkpoint);
    if (next === undefined || this.#isBack) return left;
    return Math.ceil((this.#total * next) / 100) - (this.#total - left);
  }

  #isComplete({ outgoing, inFlight }: Standing): boolean {
    const { checkpointPercentages } = this.#refresh.preferences;
    if (inFlight > 0) return false;
    if (this.#isBack) return outgoing.length === 0;
    // The last checkpoint is the end, also where instances are left (asg-adding-checkpoints-instance-refresh).
    const last = checkpointPercentages.at(-1) ?? 100;
    return this.#refresh.percentageComplete >= last && (last < 100 || this.#refresh.instancesToUpdate === 0);
  }

  #complete(): void {
    const { bakeTimeSeconds } = this.#refresh.preferences;
    if (this.#isBack) {
      this.#end('RollbackSuccessful');
    } else if (bakeTimeSeconds === 0) {
      this.#succeed();
    } else {
      this.#refresh.status = 'Baking';
      this.#refresh.statusReason = undefined;
      this.#bakedAt = this.#now + bakeTimeSeconds * 1000;
    }
  }

  /** Only now is what it led to the group's own (API reference, StartInstanceRefresh, DesiredConfiguration). */
  #succeed(): void {
    if (this.#refresh.desired !== undefined) this.#group.configuration = this.#refresh.desired;
    this.#end('Successful');
  }

  /** A checkpoint that was passed by together with a later one is skipped. There is no pause at 100 percent. */
  #pausesAtCheckpoint({ inFlight }: Standing): boolean {
    const { checkpointPercentages, checkpointDelaySeconds } = this.#refresh.preferences;
    if (this.#isBack || inFlight > 0) return false;
    const reached = checkpointPercentages.findLast((percentage) => percentage <= this.#refresh.percentageComplete) ?? 0;
    if (reached <= this.#checkpoint) return false;
    this.#checkpoint = reached;
    this.#resumesAt = this.#now + checkpointDelaySeconds * 1000;
    this.#progressAt = this.#resumesAt;
    this.#refresh.statusReason = `Reached the checkpoint at ${reached} percent. Waiting ${checkpointDelaySeconds} seconds before continuing.`;
    return true;
  }

  get #isStuck(): boolean {
    const hasNoProgress = this.#now - this.#progressAt >= documented.refreshProgressLimitSeconds * 1000;
    return hasNoProgress || this.#now - this.#refresh.startedAt >= documented.refreshLimitSeconds * 1000;
  }

  #fail(reason: string): void {
    const refresh = this.#refresh;
    if (this.#isBack) this.#end('RollbackFailed', reason);
    else if (refresh.preferences.autoRollback) refresh.startRollback(`Automatic rollback: ${reason}`, this.#now);
    else this.#end('Failed', reason);
  }

  /** What it launched is now what is to be replaced. */
  #turnBack(): void {
    this.#isBack = true;
    this.#toReplace = new Set(this.#group.members.filter((instance) => !this.#first.has(instance)));
    this.#progressAt = this.#now;
    this.#resumesAt = 0;
    this.#dropSurplus();
  }

  #end(status: InstanceRefresh['status'], reason?: string): void {
    this.#refresh.end(status, this.#now, reason);
    this.#tidyUp();
  }

  /** The group gets as many instances as it is asked for, whatever was under way. */
  #tidyUp(): void {
    this.#dropSurplus();
    this.#group.reconcile();
  }

  /** New instances whose old one will not go after all, the youngest first. */
  #dropSurplus(): void {
    const surplus = this.#group.members.length - this.#group.desired;
    const added = this.#group.members.filter((instance) => !this.#first.has(instance));
    for (const instance of surplus > 0 ? added.slice(-surplus) : []) {
      this.#group.terminate(instance, { decrement: false, byRefresh: true });
    }
  }
}

const waiting = (example: string): string => `Waiting for remaining instances to be available. For example: ${example}`;
