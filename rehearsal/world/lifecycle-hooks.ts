/**
 * Lifecycle hooks of an Auto Scaling group: each holds an instance that is to be terminated until it is answered or its
 * time has run out (EC2 Auto Scaling user guide, lifecycle-hooks). Hooks of launches are not played.
 */
import type { Clock, Scheduled } from '../clock/pretend-clock.ts';
import { digest } from '../digest.ts';
import type { Instance } from './auto-scaling-groups.ts';
import { documented } from './timing.ts';

export type LifecycleResult = 'CONTINUE' | 'ABANDON';

export interface LifecycleHook {
  name: string;
  heartbeatTimeoutSeconds: number;
  /** What follows when nobody answers in time. */
  defaultResult: LifecycleResult;
  notificationMetadata: string | undefined;
  notificationTargetArn: string | undefined;
  roleArn: string | undefined;
}

/** One hook holds one instance. */
export interface LifecycleAction {
  token: string;
  /** As it was when the action began. */
  hook: LifecycleHook;
  instance: Instance;
  beganAt: number;
}

/** How long an instance can be held at most, whatever the heartbeats. */
export const globalTimeoutSeconds = ({ heartbeatTimeoutSeconds }: LifecycleHook): number =>
  Math.min(documented.longestWaitSeconds, documented.mostHeartbeats * heartbeatTimeoutSeconds);

export class LifecycleHooks {
  readonly hooks = new Map<string, LifecycleHook>();
  readonly #clock: Clock;
  readonly #onEnd: (instance: Instance, result: LifecycleResult) => void;
  readonly #timers = new Map<LifecycleAction, Scheduled>();
  #begun = 0;

  constructor(clock: Clock, onEnd: (instance: Instance, result: LifecycleResult) => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  /** Begins an action of each hook at once. None: nothing holds the instance. */
  hold(instance: Instance): LifecycleAction[] {
    return [...this.hooks.values()].map((hook) => {
      this.#begun += 1;
      const token = digest('lifecycle-action', instance.id, hook.name, String(this.#begun)).uuid;
      const action = { token, hook: { ...hook }, instance, beganAt: this.#clock.now };
      this.recordHeartbeat(action);
      return action;
    });
  }

  /** The action under way that a caller names by its hook, and by its token or its instance. */
  find(hook: string, by: { token: string } | { instanceId: string }): LifecycleAction | undefined {
    return [...this.#timers.keys()].find(
      (action) =>
        action.hook.name === hook && ('token' in by ? action.token === by.token : action.instance.id === by.instanceId),
    );
  }

  /** The time of an action begins anew, within the longest time an instance can be held. */
  recordHeartbeat(action: LifecycleAction): void {
    const { hook, beganAt } = action;
    const lastInstant = beganAt + globalTimeoutSeconds(hook) * 1000;
    const instant = Math.min(this.#clock.now + hook.heartbeatTimeoutSeconds * 1000, lastInstant);
    this.#timers.get(action)?.cancel();
    this.#timers.set(
      action,
      this.#clock.at(instant, () => this.complete(action, hook.defaultResult)),
    );
  }

  /** ABANDON ends the others of the instance as well; CONTINUE lets them finish (lifecycle-hooks, considerations). */
  complete(action: LifecycleAction, result: LifecycleResult): void {
    this.#forget(action);
    const others = [...this.#timers.keys()].filter(({ instance }) => instance === action.instance);
    if (result === 'ABANDON') for (const other of others) this.#forget(other);
    if (result === 'ABANDON' || others.length === 0) this.#onEnd(action.instance, result);
  }

  /** What it holds goes on (API reference, DeleteLifecycleHook). */
  delete(name: string): void {
    this.hooks.delete(name);
    const outstanding = [...this.#timers.keys()].filter(({ hook }) => hook.name === name);
    for (const action of outstanding) this.complete(action, 'CONTINUE');
  }

  #forget(action: LifecycleAction): void {
    this.#timers.get(action)?.cancel();
    this.#timers.delete(action);
  }
}
