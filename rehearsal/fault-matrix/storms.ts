/** Several faults at once, in worlds that throttle or lose their ledger for minutes: what no table of single faults holds. */

import { rehearse } from '../rehearse.ts';
import { readScenario } from '../scenario-format/read.ts';
import type { Scenario } from '../scenario-format/schema.ts';
import { passing } from './cells.ts';
import { mainScenarios } from './matrix.ts';

/** Chosen by chance; everything in it is a number, so that what fails can be made smaller. */
export interface Weather {
  scenario: number;
  faults: { place: number; nth: number; kind: number; times: number }[];
  /** Throttling of a share of all calls for ten minutes, from a minute on. */
  throttling: { minute: number; share: number } | null;
  /** The ledger cannot be reached for five minutes. */
  ledgerDown: number | null;
  /** A second start, a stopped execution or a scan, at a minute. */
  meanwhile: { minute: number; what: number }[];
}

/** Calls that change something, and those that write down what was done: where to die between two things does harm. */
export const placesInStorms: readonly [folder: string, call: string][] = [
  ['plan-rollout', 'dynamodb:PutItem'],
  ['take-lease', 'dynamodb:PutItem'],
  ['take-baseline', 'dynamodb:PutItem'],
  ['swap-ami', 'ec2:CreateLaunchTemplateVersion'],
  ['swap-ami', 'dynamodb:PutItem'],
  ['prepare-node-group', 'autoscaling:PutLifecycleHook'],
  ['prepare-node-group', 'autoscaling:UpdateAutoScalingGroup'],
  ['prepare-node-group', 'dynamodb:PutItem'],
  ['update-node-group', 'eks:UpdateNodegroupVersion'],
  ['update-node-group', 'autoscaling:StartInstanceRefresh'],
  ['update-node-group', 'autoscaling:RollbackInstanceRefresh'],
  ['update-node-group', 'dynamodb:PutItem'],
  ['watch-update', 'dynamodb:PutItem'],
  ['drain-nodes', 'kubernetes:EvictPod'],
  ['drain-nodes', 'autoscaling:CompleteLifecycleAction'],
  ['evaluate-health-gates', 'dynamodb:PutItem'],
  ['settle-node-group', 'autoscaling:DeleteLifecycleHook'],
  ['settle-node-group', 'autoscaling:UpdateAutoScalingGroup'],
  ['settle-node-group', 'dynamodb:PutItem'],
  ['review-wave', 'dynamodb:PutItem'],
  ['finish-rollout', 'ec2:DeleteLaunchTemplateVersions'],
  ['finish-rollout', 'dynamodb:PutItem'],
  ['finish-rollout', 'dynamodb:DeleteItem'],
  ['heal-rollouts', 'states:StartExecution'],
];

/** Faults that pass. */
export const kindsInStorms = passing;

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
    faults: weather.faults.map(({ place, nth, kind, times }): Scenario['faults'][number] => {
      const [folder, call] = placesInStorms[place % placesInStorms.length] ?? ['plan-rollout', 'dynamodb:PutItem'];
      const fault = kindsInStorms[kind % kindsInStorms.length] ?? 'throttled';
      return fault === 'dies-before' || fault === 'dies-after'
        ? { function: folder, call, nth, times, fault }
        : { call, nth, times, fault };
    }),
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
