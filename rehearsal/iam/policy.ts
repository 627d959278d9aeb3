/**
 * Whether a policy allows a request (IAM user guide, reference_policies_evaluation-logic): an explicit Deny wins, else
 * one Allow is enough, else it is denied. Elements and operators that no policy of the stack uses are refused when the
 * policy is read: what is not understood must not be taken for a right.
 */
import { TemplateError } from '../deployment/template.ts';

export interface Statement {
  /** Its Sid; of a statement that SAM or AWS wrote: the name of the policy it stands in. */
  sid: string;
  effect: 'Allow' | 'Deny';
  /** `ec2:Describe*`; letters of either case are the same. */
  actions: readonly string[];
  /** ARNs with `*` and `?`. */
  resources: readonly string[];
  /** NotResource: it is for everything but these. */
  isForAllOthers: boolean;
  /** Operator, key, values. All keys must hold; of the values one. */
  conditions: readonly { operator: Operator; key: string; values: readonly string[] }[];
}

/** What is asked of IAM: one action on one resource. */
export interface AccessRequest {
  action: string;
  /** `*` where the action knows no type of resource. */
  resource: string;
  /** Condition keys that the request carries; one that is not here does not exist. */
  context: Readonly<Record<string, string>>;
}

export type Decision =
  | { isAllowed: true; by: Statement; pattern: string }
  | { isAllowed: false; by: Statement | undefined };

/** `*` is any text and `?` any character (IAM user guide, reference_policies_elements_resource). */
export const matchesPattern = (pattern: string, text: string): boolean => {
  let matcher = matchers.get(pattern);
  if (matcher === undefined) {
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    matcher = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
    matchers.set(pattern, matcher);
  }
  return matcher.test(text);
};
const matchers = new Map<string, RegExp>();

/** Parts of an ARN are matched one by one, so that `*` does not reach over a colon (reference_policies_elements_condition_operators). */
const matchesArn = (pattern: string, arn: string): boolean => {
  const parts = (text: string): string[] => {
    const all = text.split(':');
    return [...all.slice(0, 5), all.slice(5).join(':')];
  };
  const given = parts(arn);
  return parts(pattern).every((part, index) => matchesPattern(part, given[index] ?? ''));
};

/** The operators that are understood. A key that does not exist holds for none of them but Null. */
const operators = {
  StringEquals: (wanted: string, given: string | undefined) => given === wanted,
  ArnLike: (wanted: string, given: string | undefined) => given !== undefined && matchesArn(wanted, given),
  Null: (wanted: string, given: string | undefined) => (given === undefined) === (wanted === 'true'),
} as const;

type Operator = keyof typeof operators;

const isOperator = (name: string): name is Operator => Object.hasOwn(operators, name);

export const decide = (statements: readonly Statement[], request: AccessRequest): Decision => {
  let allowed: Decision | undefined;
  for (const statement of statements) {
    const pattern = matchOf(statement, request);
    if (pattern === undefined) continue;
    if (statement.effect === 'Deny') return { isAllowed: false, by: statement };
    allowed ??= { isAllowed: true, by: statement, pattern };
  }
  return allowed ?? { isAllowed: false, by: undefined };
};

/** The pattern of the resource by which a statement is for a request; undefined: it is not. */
const matchOf = (statement: Statement, { action, resource, context }: AccessRequest): string | undefined => {
  const { actions, resources, isForAllOthers, conditions } = statement;
  if (!actions.some((pattern) => matchesPattern(pattern.toLowerCase(), action.toLowerCase()))) return undefined;
  const found = resources.find((pattern) => matchesPattern(pattern, resource));
  if ((found === undefined) !== isForAllOthers) return undefined;
  const holds = conditions.every(({ operator, key, values }) =>
    values.some((value) => operators[operator](value, context[key])),
  );
  return holds ? (found ?? '*') : undefined;
};

/**
 * The statements of a policy document.
 * @param name of the policy, for statements without a Sid and for messages
 * @throws TemplateError where it says something that is not understood here
 */
export const readPolicy = (document: unknown, name: string): Statement[] =>
  listOf((document as { Statement?: unknown }).Statement).map((each) =>
    readStatement(each as Record<string, unknown>, name),
  );

const readStatement = (statement: Record<string, unknown>, name: string): Statement => {
  const { Sid, Effect, Action, NotResource, Condition, Principal, ...more } = statement;
  const { Resource: written, ...others } = more as { Resource?: unknown };
  // A trust policy names none: it is for the role it stands at.
  const Resource = written ?? (Principal !== undefined && NotResource === undefined ? '*' : undefined);
  const place = `the policy ${name}, statement ${Sid ?? 'without a Sid'}`;
  const [strange] = Object.keys(others);
  if (strange !== undefined) throw new TemplateError(`${place}: the element ${strange} is not evaluated`);
  if (Effect !== 'Allow' && Effect !== 'Deny')
    throw new TemplateError(`${place}: the Effect is neither Allow nor Deny`);
  if ((Resource === undefined) === (NotResource === undefined)) {
    throw new TemplateError(`${place}: needs either Resource or NotResource`);
  }
  return {
    sid: Sid === undefined ? name : String(Sid),
    effect: Effect,
    actions: textsOf(Action),
    resources: textsOf(Resource ?? NotResource),
    isForAllOthers: Resource === undefined,
    conditions: Object.entries((Condition ?? {}) as Record<string, Record<string, unknown>>).flatMap(
      ([operator, keys]) => {
        if (!isOperator(operator)) {
          const known = Object.keys(operators).join(', ');
          throw new TemplateError(`${place}: the condition operator ${operator} is not evaluated; known are ${known}`);
        }
        return Object.entries(keys).map(([key, values]) => ({ operator, key, values: textsOf(values) }));
      },
    ),
  };
};

const listOf = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());
const textsOf = (value: unknown): string[] => listOf(value).map(String);
