/** https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html */

import type { ChoiceState } from './definition.ts';
import * as rules from './field-values.ts';
import type { Leaving, Visit } from './visit.ts';

/**
 * The first rule whose Condition is true decides, with its own Assign and Output: the state's are then not evaluated.
 * They are those of the Default.
 *
 * @throws StateFailure
 */
export const choose = async (visit: Visit<ChoiceState>): Promise<Leaving & { readonly next: string }> => {
  const { state, input } = visit;
  for (const [index, rule] of state.choices.entries()) {
    if (await visit.evaluateAs(`Choices[${index}]/Condition`, rule.condition, rules.truth)) {
      return { ...(await visit.leave(rule, input)), next: rule.next };
    }
  }
  if (state.default === undefined) {
    // "States.NoChoiceMatched: reserved for future use ... reported with the States.Runtime error name"
    // (concepts-error-handling.html), in AWS's words.
    throw visit.failure(
      'States.Runtime',
      'Failed to transition out of the state. The state does not point to a next state.',
    );
  }
  return { ...(await visit.leave(state, input)), next: state.default };
};
