import type { OptIn } from '../core/plan/judge-cluster.ts';
import { environment } from './environment.ts';

/** The opt-in tag (`key=value`) and what depends on it, as the stack was deployed. */
export const optInFromEnvironment = (): OptIn => {
  const { OPT_IN_TAG, ALLOW_UNTAGGED, SCOPE_BY_TAG } = environment('OPT_IN_TAG', 'ALLOW_UNTAGGED', 'SCOPE_BY_TAG');
  const separator = OPT_IN_TAG.indexOf('=');
  return {
    key: OPT_IN_TAG.slice(0, separator),
    value: OPT_IN_TAG.slice(separator + 1),
    allowUntagged: ALLOW_UNTAGGED === 'true',
    scopeByTag: SCOPE_BY_TAG === 'true',
  };
};
