/** Plays a messy world, and says how it ended. */
import { rehearse } from '../rehearse.ts';
import { parseScenario } from '../scenario-format/read.ts';
import { type MessyWorld, messOf, scenarioOf } from './worlds.ts';

export interface MessyEnding {
  outcome: string;
  /** The reason of the rollout, or of what broke. */
  reason: string;
  invariants: readonly string[];
}

export const playMessyWorld = async (world: MessyWorld, release: 'well' | 'bad'): Promise<MessyEnding> => {
  const scenario = parseScenario(JSON.stringify(scenarioOf(world, release)), 'a messy world');
  const { executions, invariants } = await rehearse(scenario);
  const [answer] = executions;
  return { outcome: answer?.outcome ?? 'no answer', reason: answer?.reason ?? '', invariants };
};

/** A bad release is stopped where it is taken back, or a person is asked. */
export const isStopped = ({ outcome }: MessyEnding): boolean => outcome === 'RolledBack' || outcome === 'Held';

/** By what a reason can be known, of each thing that may keep a rollout of a good release from its end. */
const causes: Readonly<Record<string, RegExp>> = {
  'missing readings': /could not be read|no healthy end|429|500|socket hang up/,
  'sick from before': /shop\/legacy/,
  flapping: /shop\/leaky/,
  'a slow device plugin': /nvidia\.com\/gpu/,
  'spot interruptions': /terminat|not there any more|could not be emptied|mixed|NodeCreationFailure|UPDATING/i,
  autoscaler: /size|scal|mixed|UPDATING|could not be emptied/i,
};

/** Which of the things that are wrong in the world the reason names; none: the cause is not true there. */
export const trueCauses = (world: MessyWorld, { reason }: MessyEnding): string[] =>
  messOf(world).filter((mess) => causes[mess]?.test(reason) === true);
