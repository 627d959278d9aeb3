/** Several faults at once, in worlds that throttle or lose their ledger for minutes: what no table of single faults holds. */

import { rehearse } from '../rehearse.ts';
import { readScenario } from '../scenario-format/read.ts';
import type { Scenario } from '../scenario-format/schema.ts';
import { kinds } from './cells.ts';
import { mainScenarios } from './matrix.ts';

/** Chosen by chance; everything in it is a number, so that what fails can be made smaller. */
export interface Weather {
  scenario: number;
  /** Faults at the nth call of all that a function makes. */
  faults: { function: number; nth: number; kind: number; times: number }[];
  /** Throttling of a share of all calls for ten minutes, from a minute on. */
  throttling: { minute: number; share: number } | null;
  /** The ledger cannot be reached for five minutes. */
  ledgerDown: number | null;
  /** A second start, a stopped execution or a scan, at a minute. */
  meanwhile: { minute: number; what: number }[];
}

export const functionsInStorms = [
  'plan-rollout',
  'clear-start',
  'take-lease',
  'review-wave',
  'finish-rollout',
  'tell-people',
  'take-baseline',
  'prepare-node-group',
  'swap-ami',
  'update-node-group',
  'watch-update',
  'drain-nodes',
  'evaluate-health-gates',
  'settle-node-group',
  'heal-rollouts',
  'continue-rollout',
] as const;

/** Those of a function's end: what befalls one call alone needs the call's name, and is the matrix's. */
export const kindsInStorms = kinds.filter((kind) => kind.startsWith('dies-')) as ('dies-before' | 'dies-after')[];

export const happenings = ['start', 'stop-cluster', 'stop-node-group', 'scan', 'scan-twice'] as const;

/** The same for the same weather. Scans come in the end, as the schedule would have them. */
export const scenarioIn = async (weather: Weather): Promise<Scenario> => {
  const name = mainScenarios[weather.scenario % mainScenarios.length];
  const { expect: _, ...scenario } = await readScenario(`rehearsal/scenarios/${name}.yaml`);
  const { throttling, ledgerDown } = weather;
  return {
    ...scenario,
    name: `${scenario.name}, ${JSON.stringify(weather)}`,
    until: 'P3D',
    faults: weather.faults.map(({ function: index, nth, kind, times }) => ({
      function: functionsInStorms[index % functionsInStorms.length] ?? 'plan-rollout',
      nth,
      times,
      fault: kindsInStorms[kind % kindsInStorms.length] ?? 'dies-before',
    })),
    storms: [
      ...(throttling === null
        ? []
        : [
            {
              at: `PT${throttling.minute}M`,
              for: 'PT10M',
              calls: '*:*',
              share: throttling.share,
              fault: 'throttled' as const,
            },
          ]),
      ...(ledgerDown === null
        ? []
        : [{ at: `PT${ledgerDown}M`, for: 'PT5M', calls: 'dynamodb:*', share: 1, fault: 'error' as const }]),
    ],
    timeline: [
      ...weather.meanwhile.flatMap(({ minute, what }): Scenario['timeline'] => {
        const at = `PT${minute}M`;
        switch (happenings[what % happenings.length]) {
          case 'start':
            return [{ at, start: { clusterName: 'prod' } }];
          case 'stop-cluster':
            return [{ at, stopExecution: { machine: 'roll-out-cluster' } }];
          case 'stop-node-group':
            return [{ at, stopExecution: { machine: 'roll-out-node-group' } }];
          case 'scan-twice':
            return [
              { at, schedule: true },
              { at, schedule: true },
            ];
          default:
            return [{ at, schedule: true }];
        }
      }),
      { at: 'PT20H', schedule: true },
      { at: 'PT32H', schedule: true },
      { at: 'PT44H', schedule: true },
    ],
  };
};

/** What is wrong after it; nothing: every invariant holds. */
export const playStorm = async (weather: Weather): Promise<string[]> => {
  const { invariants, lostTriggers } = await rehearse(await scenarioIn(weather));
  // What is lost lies in the dead-letter queue, and the next scan does its work; it is not wrong.
  return lostTriggers.length > 3 ? [...invariants, `${lostTriggers.length} triggers were lost`] : invariants;
};
