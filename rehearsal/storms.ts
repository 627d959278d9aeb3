/** Faults that befall a share of all calls for some time: throttling, a service that is down. */
import { digest } from './digest.ts';
import type { CallFault } from './faults.ts';

export interface Storm {
  /** In milliseconds since 1970. */
  from: number;
  to: number;
  /** `service:Operation`, in which `*` stands for any text. */
  calls: string;
  /** From 0 to 1. */
  share: number;
  fault: CallFault;
}

export class Storms {
  readonly #storms: readonly (Storm & { isMeant: RegExp })[];
  readonly #seed: string;
  #calls = 0;

  constructor(storms: readonly Storm[], seed: string) {
    this.#seed = seed;
    this.#storms = storms.map((storm) => ({ ...storm, isMeant: new RegExp(`^${storm.calls.split('*').join('.*')}$`) }));
  }

  /** Which fault befalls a call that is made now; the same calls in the same order fare the same. */
  befalls(call: string, now: number): CallFault | undefined {
    const raging = this.#storms.filter(({ from, to, isMeant }) => from <= now && now < to && isMeant.test(call));
    if (raging.length === 0) return undefined;
    this.#calls += 1;
    const chance = Number.parseInt(digest('storm', this.#seed, String(this.#calls)).hex.slice(0, 8), 16) / 2 ** 32;
    return raging.find(({ share }) => chance < share)?.fault;
  }
}
