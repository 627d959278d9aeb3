/** How the instances of a self-managed node group are replaced: what is asked of an instance refresh, and how long it takes. */
import type { RefreshSettings } from '../policy/settings.ts';
import type { Direction } from './record.ts';

/** In the words of the API (EC2 Auto Scaling API reference, RefreshPreferences). */
export interface RefreshPreferences {
  minHealthyPercentage: number;
  maxHealthyPercentage: number;
  /** Shares at which the refresh pauses: waves inside the group. Empty: it does not. */
  checkpointPercentages: number[];
  checkpointDelaySeconds: number;
  /** How long the refresh stays active, and can be rolled back, after the last instance. */
  bakeTimeSeconds: number;
  protectedInstances: 'Refresh' | 'Wait';
  standbyInstances: 'Ignore' | 'Terminate';
}

export interface RefreshRules {
  settings: RefreshSettings;
  /** Cumulative shares of the policy's waves, such as `25%`. */
  shares: readonly string[];
  bakeTimeSeconds: number;
}

/** Auto Scaling takes at most two days for either (API reference, RefreshPreferences). */
const longestDelaySeconds = 172_800;

/** Forward in waves, with time to look after each; back without a pause. */
export const refreshPreferences = (
  { settings, shares, bakeTimeSeconds }: RefreshRules,
  direction: Direction,
  nodes: number,
): RefreshPreferences => {
  const pause = direction === 'forward' ? Math.min(bakeTimeSeconds, longestDelaySeconds) : 0;
  return {
    minHealthyPercentage: settings.minHealthyPercentage,
    maxHealthyPercentage: settings.maxHealthyPercentage,
    checkpointPercentages: pause === 0 ? [] : checkpointsOf(nodes, shares),
    checkpointDelaySeconds: pause,
    bakeTimeSeconds: pause,
    protectedInstances: settings.protectedInstances === 'refresh' ? 'Refresh' : 'Wait',
    standbyInstances: settings.standbyInstances === 'ignore' ? 'Ignore' : 'Terminate',
  };
};

/** One node first, then the shares of the policy's waves. A share that the first node already is says nothing new. */
export const checkpointsOf = (nodes: number, shares: readonly string[]): number[] => {
  // Rounded down: a checkpoint is reached when at least this share is new (user guide, checkpoints), and 17% of six are two.
  const canary = Math.max(1, Math.floor(100 / Math.max(1, nodes)));
  const rest = shares.map((share) => Number.parseInt(share, 10)).filter((share) => share > canary);
  return canary >= 100 ? [100] : [canary, ...rest];
};

/** How many instances a refresh replaces at once; always at least one (user guide, instance refresh, core concepts). */
export const refreshBudget = (
  nodes: number,
  {
    minHealthyPercentage,
    maxHealthyPercentage,
  }: Pick<RefreshSettings, 'minHealthyPercentage' | 'maxHealthyPercentage'>,
): number => {
  const fewer = Math.floor((nodes * (100 - minHealthyPercentage)) / 100);
  const more = Math.floor((nodes * (maxHealthyPercentage - 100)) / 100);
  return Math.max(1, fewer, more);
};

export interface RefreshSize {
  nodes: number;
  budget: number;
  preferences: Pick<RefreshPreferences, 'checkpointPercentages' | 'checkpointDelaySeconds' | 'bakeTimeSeconds'>;
}

const pausesOf = ({ preferences }: RefreshSize): number =>
  (preferences.checkpointPercentages.filter((share) => share < 100).length * preferences.checkpointDelaySeconds +
    preferences.bakeTimeSeconds) /
  60;

/** Minutes a usual refresh takes: a batch boots, warms up and drains in about eight. */
export const usualRefreshMinutes = (size: RefreshSize): number =>
  3 + Math.ceil(size.nodes / size.budget) * 8 + Math.ceil(pausesOf(size));

/** Minutes after which a refresh that has not ended is given up on. Auto Scaling itself gives up after 14 days. */
export const longestRefreshMinutes = (size: RefreshSize, drainTimeoutSeconds: number): number =>
  Math.min(
    72 * 60,
    60 + Math.ceil(size.nodes / size.budget) * 60 + Math.ceil(pausesOf(size)) + drainTimeoutSeconds / 60,
  );
