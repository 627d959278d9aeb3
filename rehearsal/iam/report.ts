/** Which rights the roles have, and what each was used for: nothing may be allowed that nobody uses. */

import type { UsedRight } from './authority.ts';
import { unprovenActions, unprovenResources } from './dependents.ts';
import type { Statement } from './policy.ts';
import type { Role } from './roles.ts';

/** What was used while one scenario was played. */
export interface PlayedRights {
  scenario: string;
  used: readonly UsedRight[];
}

export type RightStatus =
  /** A call of a scenario needs it. */
  | 'used'
  /** A service needs it behind a call, or to do its work with the role. */
  | 'dependent'
  /** It is taken for needed, and no page of AWS says so. */
  | 'unproven'
  /** AWS's managed policy allows it, and the template denies it. */
  | 'denied'
  | 'never used';

export interface RightRow {
  owner: string;
  action: string;
  status: RightStatus;
  /** Of the statement, or the name of the policy. */
  sid: string;
  /** A scenario that needs it. */
  scenario: string | undefined;
  /** Behind what, the page of AWS, or the reason why it stays. */
  why: string;
}

/** A row for each action of each role; one of several statements counts once. */
export const rightsReport = (roles: readonly Role[], played: readonly PlayedRights[]): RightRow[] =>
  roles.flatMap((role) => {
    const allowing = role.statements.filter(({ effect }) => effect === 'Allow');
    const actions = [...new Set(allowing.flatMap(({ actions: each }) => each))].sort();
    return actions.map((action) => rowOf(role, action, played));
  });

const rowOf = (role: Role, action: string, played: readonly PlayedRights[]): RightRow => {
  const { owner } = role;
  const uses = played.flatMap(({ scenario, used }) =>
    used.filter((each) => each.owner === owner && each.action === action).map((use) => ({ scenario, use })),
  );
  const called = uses.find(({ use }) => use.dependent === undefined);
  const documented = uses.find(({ use }) => use.dependent !== undefined && use.dependent.unproven === undefined);
  const [chosen = uses[0]] = [called ?? documented].filter((each) => each !== undefined);
  const sid = role.statements.find(({ effect, actions }) => effect === 'Allow' && actions.includes(action))?.sid ?? '';
  const row = { owner, action, sid: chosen?.use.statement.sid ?? sid, scenario: chosen?.scenario };
  const dependent = chosen?.use.dependent;
  if (chosen !== undefined && dependent === undefined) return { ...row, status: 'used', why: '' };
  if (dependent !== undefined) {
    const why = `behind ${dependent.behind.join(', ')}; ${dependent.page}`;
    if (dependent.unproven === undefined) return { ...row, status: 'dependent', why };
    return { ...row, status: 'unproven', why: `${why}: ${dependent.unproven}` };
  }
  if (role.statements.some((statement) => deniesAlways(statement, action))) {
    return { ...row, status: 'denied', why: `allowed by ${sid}, which SAM attaches` };
  }
  const reason = unprovenActions[action];
  return reason === undefined ? { ...row, status: 'never used', why: '' } : { ...row, status: 'unproven', why: reason };
};

const deniesAlways = ({ effect, actions, resources, isForAllOthers, conditions }: Statement, action: string): boolean =>
  effect === 'Deny' &&
  actions.includes(action) &&
  resources.includes('*') &&
  !isForAllOthers &&
  conditions.length === 0;

export interface PatternRow {
  owner: string;
  sid: string;
  pattern: string;
  /** Why it stays although nothing met it; undefined: nobody knows. */
  why: string | undefined;
}

/** Resources of the template's statements that no request met. */
export const unmetResources = (roles: readonly Role[], played: readonly PlayedRights[]): PatternRow[] => {
  const met = new Set(
    played.flatMap(({ used }) => used.map(({ owner, statement, pattern }) => `${owner} ${statement.sid} ${pattern}`)),
  );
  return roles.flatMap(({ owner, statements }) =>
    statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap(({ sid, resources }) => resources.map((pattern) => ({ owner, sid, pattern })))
      .filter(({ sid, pattern }) => !met.has(`${owner} ${sid} ${pattern}`))
      .map((row) => ({ ...row, why: unprovenResources[row.pattern.split(':')[5]?.split('/')[0] ?? ''] })),
  );
};
