/** Plays a scenario from its start until nothing more happens, and reports. */
import { type EmbeddedAws, type EmbeddedAwsOptions, startEmbeddedAws } from './embedded-aws.ts';
import { deniedCalls, differencesFrom, watch } from './expectations.ts';
import { lookBefore, violatedInvariants } from './invariants.ts';
import { type Report, reportOf } from './report.ts';
import { parseIsoDuration } from './scenario-format/iso-duration.ts';
import type { Scenario } from './scenario-format/schema.ts';
import { begin } from './timeline.ts';

export interface Observer {
  /** The world is up and nothing has happened. */
  onBegin?(aws: EmbeddedAws): void;
  /** The next thing happens at this instant. What is returned is waited for, so that people can watch. */
  beforeStep?(instant: number): Promise<void> | undefined;
  /** Nothing more will happen, and the world is still up. */
  onEnd?(aws: EmbeddedAws): Promise<void>;
}

export const rehearse = async (
  scenario: Scenario,
  observer: Observer = {},
  options: Pick<EmbeddedAwsOptions, 'withoutRights'> = {},
): Promise<Report> => {
  const aws = await startEmbeddedAws(scenario, options);
  try {
    const watched = watch(aws, scenario.expect);
    await play(aws, scenario, observer);
    const before = befores.get(aws);
    if (before === undefined) throw new Error('nobody looked before the rehearsal');
    return reportOf(aws, scenario, {
      differences: [...differencesFrom(aws, scenario.expect), ...watched(), ...deniedCalls(aws)],
      invariants: await violatedInvariants(aws, before, scenario),
    });
  } finally {
    await aws.close();
  }
};

const befores = new WeakMap<EmbeddedAws, ReturnType<typeof lookBefore>>();

const play = async (aws: EmbeddedAws, scenario: Scenario, observer: Observer): Promise<void> => {
  befores.set(aws, lookBefore(aws));
  observer.onBegin?.(aws);
  const timeline = begin(aws, scenario);
  const until = Date.parse(scenario.now) + (parseIsoDuration(scenario.until) ?? 0);
  const isQuiet = (): boolean =>
    !timeline.isPending &&
    aws.controls.every(({ answer }) => answer !== undefined) &&
    !aws.triggers.isBusy &&
    aws.world.isAtRest &&
    aws.executions.all.every((execution) => execution.status !== 'RUNNING');
  const keepsFiring = [scenario.start ?? []].flat().some((entry) => 'schedule' in entry);
  await aws.clock.run({
    until,
    ...(observer.beforeStep === undefined ? {} : { beforeStep: (instant) => observer.beforeStep?.(instant) }),
    isDone: () => {
      if (aws.bugs.length > 0) return true;
      return !keepsFiring && isQuiet();
    },
  });
  if (aws.bugs.length > 0) throw aws.bugs[0];
  await observer.onEnd?.(aws);
};
