/** Events of a cluster, as `kubectl get events` lists them (Kubernetes API reference, core/v1 Event). */
import { digest } from '../digest.ts';
import { kubernetes } from './timing.ts';

export interface Involved {
  kind: 'Pod' | 'Node';
  namespace: string;
  name: string;
  uid: string;
}

export interface Told {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** Who says so. */
  component: 'kubelet' | 'default-scheduler' | 'node-controller';
  /** Of a kubelet: its node. */
  host?: string | undefined;
  /** It goes on, and is told again so often until something else happens to the object. */
  everySeconds?: number;
}

/** As it is at one moment. */
export interface ClusterEvent extends Told {
  name: string;
  involved: Involved;
  count: number;
  firstAt: number;
  lastAt: number;
}

interface Entry {
  told: Told;
  name: string;
  involved: Involved;
  /** Told before what goes on now. */
  count: number;
  firstAt: number;
  lastAt: number;
  /** Since when it goes on. */
  since: number | undefined;
}

const fewEntries = 1_000;

const hasExpired = ({ since, lastAt }: Entry, now: number): boolean =>
  since === undefined && now - lastAt > kubernetes.eventLifeSeconds * 1000;

/** The same that is told again is one event with a higher count. */
export class ClusterEvents {
  readonly #entries = new Map<string, Entry>();
  readonly #ongoing = new Map<string, Entry[]>();
  /** With more than this it is looked whether some have expired. */
  #tooMany = fewEntries;

  tell(involved: Involved, told: Told, at: number): void {
    const key = JSON.stringify([involved.uid, told.reason, told.message]);
    const known = this.#entries.get(key);
    const entry: Entry =
      known !== undefined && !hasExpired(known, at)
        ? known
        : {
            told,
            name: `${involved.name}.${digest('event', key).hex.slice(0, 16)}`,
            involved,
            count: 0,
            firstAt: at,
            lastAt: at,
            since: undefined,
          };
    entry.count += 1;
    entry.lastAt = at;
    this.#entries.set(key, entry);
    if (this.#entries.size > this.#tooMany) this.#forgetExpired(at);
    if (told.everySeconds === undefined) return;
    entry.since = at;
    this.#ongoing.set(involved.uid, [...(this.#ongoing.get(involved.uid) ?? []), entry]);
  }

  /** What went on with an object does so no longer. */
  settle({ uid }: { uid: string }, at: number): void {
    for (const entry of this.#ongoing.get(uid) ?? []) {
      const { count, lastAt } = this.#asOf(entry, at);
      Object.assign(entry, { count, lastAt, since: undefined });
    }
    this.#ongoing.delete(uid);
  }

  /** Those that have not expired. */
  list(now: number): ClusterEvent[] {
    this.#forgetExpired(now);
    return [...this.#entries.values()].map((entry) => this.#asOf(entry, now));
  }

  #forgetExpired(now: number): void {
    for (const [key, entry] of this.#entries) if (hasExpired(entry, now)) this.#entries.delete(key);
    this.#tooMany = Math.max(fewEntries, 2 * this.#entries.size);
  }

  #asOf({ told, name, involved, count, firstAt, lastAt, since }: Entry, now: number): ClusterEvent {
    const every = (told.everySeconds ?? 0) * 1000;
    const more = since === undefined || every === 0 ? 0 : Math.max(0, Math.floor((now - since) / every));
    return { ...told, name, involved, count: count + more, firstAt, lastAt: lastAt + more * every };
  }
}
