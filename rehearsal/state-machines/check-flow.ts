/** Rules about the states of a flow together: where they lead, and what they assign. */

import type { Flow, State } from './definition.ts';
import { DefinitionError } from './errors.ts';

/** "All targets exist, all states are reached, and one of them is an end", each refused by AWS with a code of its own. */
export const checkTransitions = (flow: Flow, path: string): void => {
  const reached = new Set<string>();
  const visit = (name: string, from: string): void => {
    const state = flow.states.get(name);
    if (state === undefined) {
      throw new DefinitionError(from, `MISSING_TRANSITION_TARGET: Missing 'Next' target: ${name}`);
    }
    if (reached.has(name)) return;
    reached.add(name);
    for (const [field, next] of targetsOf(state)) visit(next, `${path}/States/${name}/${field}`);
  };
  visit(flow.startAt, `${path}/StartAt`);
  for (const name of flow.states.keys()) {
    if (!reached.has(name)) {
      throw new DefinitionError(
        `${path}/States/${name}`,
        `MISSING_TRANSITION_TARGET: State "${name}" is not reachable.`,
      );
    }
  }
  if (![...flow.states.values()].some(isTerminal)) {
    throw new DefinitionError(`${path}/States`, 'MISSING_END_STATE: No terminal state found in machine');
  }
};

const isTerminal = (state: State): boolean =>
  state.type === 'Succeed' || state.type === 'Fail' || (state.type !== 'Choice' && state.transition.go === 'end');

const targetsOf = (state: State): [field: string, next: string][] => {
  if (state.type === 'Succeed' || state.type === 'Fail') return [];
  if (state.type === 'Choice') {
    const targets = state.choices.map(({ next }, index): [string, string] => [`Choices[${index}]/Next`, next]);
    return state.default === undefined ? targets : [...targets, ['Default', state.default]];
  }
  const own: [string, string][] = state.transition.go === 'next' ? [['Next', state.transition.to]] : [];
  if (!('catch' in state)) return own;
  return [...own, ...state.catch.map(({ next }, index): [string, string] => [`Catch[${index}]/Next`, next])];
};

/**
 * "A variable assigned in an inner scope cannot have the same name as one assigned in an outer scope"
 * (workflow-variables.html, "Scope").
 */
export const checkVariables = (flow: Flow, path: string, outer: ReadonlyMap<string, string>): void => {
  const visible = new Map(outer);
  for (const state of flow.states.values()) {
    for (const name of assignedBy(state)) {
      const owner = outer.get(name);
      if (owner !== undefined) {
        throw new DefinitionError(
          `${path}/States/${state.name}/Assign/${name}`,
          `variable '${name}' is assigned by '${owner}' in an outer scope; an inner one can read it, not assign it`,
        );
      }
      if (!visible.has(name)) visible.set(name, state.name);
    }
  }
  for (const state of flow.states.values()) {
    const place = `${path}/States/${state.name}`;
    if (state.type === 'Map') checkVariables(state.processor, `${place}/ItemProcessor`, visible);
    if (state.type !== 'Parallel') continue;
    for (const [index, branch] of state.branches.entries()) {
      checkVariables(branch, `${place}/Branches[${index}]`, visible);
    }
  }
};

const assignedBy = (state: State): string[] => {
  const assigns = [
    'assign' in state ? state.assign : undefined,
    ...('catch' in state ? state.catch.map(({ assign }) => assign) : []),
    ...('choices' in state ? state.choices.map(({ assign }) => assign) : []),
  ];
  return assigns.flatMap((assign) => assign?.map(([name]) => name) ?? []);
};
