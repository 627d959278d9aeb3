/**
 * What an expression may refer to: AWS refuses a definition for the rest, before anything runs.
 *
 * States Language, "JSONata Restrictions"; workflow-variables.html ("References to $states.result in fields and states
 * where it is not accessible will be caught at creation, update, or validation of the state machine").
 */

import type jsonata from 'jsonata';

/** Which members of $states a field has beside `input` and `context`. */
export type StatesMember = 'result' | 'errorOutput';

/** A node of jsonata's syntax tree, with the members its type declarations leave out. */
interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly position?: number;
  readonly [child: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** The nodes in a member of a node; containers without a type (sort terms, groupings) are looked through. */
const nodesIn = (member: unknown): Node[] => {
  if (isNode(member)) return [member];
  if (Array.isArray(member)) return member.flatMap(nodesIn);
  return typeof member === 'object' && member !== null ? Object.values(member).flatMap(nodesIn) : [];
};

/** Members that see the same context item as their node; all others see a value that the node took out of it. */
const sameContext: ReadonlySet<string> = new Set([
  'lhs',
  'rhs',
  'procedure',
  'arguments',
  'body',
  'condition',
  'then',
  'else',
  'expressions',
  'expression',
]);

/** Finds the first reference that is not allowed, and says what is wrong with it. */
export const forbiddenReference = (
  expression: jsonata.Expression,
  source: string,
  available: readonly StatesMember[],
): string | undefined => {
  const walk = (node: Node, isTop: boolean): string | undefined => {
    const problem = problemOf(node, isTop, source, available);
    if (problem !== undefined) return problem;
    for (const [key, member] of Object.entries(node)) {
      for (const [index, inner] of nodesIn(member).entries()) {
        // Only the first step of a path reads the context item itself.
        const keepsContext = node.type === 'path' ? key === 'steps' && index === 0 : sameContext.has(key);
        const found = walk(inner, isTop && keepsContext);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
  const root: unknown = expression.ast();
  return isNode(root) ? walk(root, true) : undefined;
};

const problemOf = (
  node: Node,
  isTop: boolean,
  source: string,
  available: readonly StatesMember[],
): string | undefined => {
  switch (node.type) {
    case 'variable':
      if (node.value === '$') return "Reference to '$$' is not supported.";
      if (node.value === '' && isTop) return "Reference to '$' at the top level is not supported.";
      return undefined;
    case 'name':
      return isTop ? `Reference to '${String(node.value)}' at the top level is not supported.` : undefined;
    case 'wildcard':
    case 'descendant':
      return isTop ? `Reference to '${String(node.value)}' at the top level is not supported.` : undefined;
    case 'path':
      return statesProblem(nodesIn(node.steps), available);
    case 'condition':
      return newerOperator(source, node.position);
    default:
      return undefined;
  }
};

const statesProblem = ([first, second]: Node[], available: readonly StatesMember[]): string | undefined => {
  if (first?.type !== 'variable' || first.value !== 'states' || second?.type !== 'name') return undefined;
  const { value: member } = second;
  const isHidden = (member === 'result' || member === 'errorOutput') && !available.includes(member);
  return isHidden ? `Field '$states.${member}' does not exist.` : undefined;
};

/**
 * Step Functions runs JSONata 2.0.6, which has neither `??` nor `?:`. Later versions of the library read them, as a
 * condition whose position lies right behind the operator.
 */
const newerOperator = (source: string, position: number | undefined): string | undefined => {
  const operator = source.slice((position ?? 0) - 2, position);
  return operator === '??' || operator === '?:'
    ? `JSONata 2.0.6, which Step Functions runs, has no operator '${operator}'.`
    : undefined;
};
