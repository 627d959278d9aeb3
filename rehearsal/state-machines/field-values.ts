/**
 * What a field takes. The same rule refuses a literal when the definition is loaded and fails the state when an
 * expression gives something else: "it may evaluate to a type (or a value) the field will not accept"
 * (States Language, "JSONata Runtime Errors").
 */

/** Says what is wrong with a value, or nothing. */
export interface FieldRule<T> {
  /** As AWS words it: "Expected 'number', but was 'string'". */
  readonly type: 'number' | 'string' | 'boolean' | 'array';
  readonly is: (value: unknown) => value is T;
  /** What the value must be beyond its type. */
  readonly requirement: string;
}

/** AWS's longest time in seconds: TimeoutSeconds "must be a positive, non-zero integer ... maximum 99999999". */
const longestSeconds = 99_999_999;

const integer = (least: number, most: number): FieldRule<number> => ({
  type: 'number',
  is: (value): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most,
  requirement: `an integer from ${least} to ${most}`,
});

/** TimeoutSeconds and HeartbeatSeconds (state-task.html). */
export const timeoutSeconds = integer(1, longestSeconds);
/** Seconds of a Wait (state-wait.html: "a value from 0 to 99999999"). */
export const waitSeconds = integer(0, longestSeconds);
/** MaxConcurrency and ToleratedFailureCount (state-map-distributed.html). */
export const count = integer(0, Number.MAX_SAFE_INTEGER);

/** ToleratedFailurePercentage: "a number between zero and 100". */
export const percentage: FieldRule<number> = {
  type: 'number',
  is: (value): value is number => typeof value === 'number' && value >= 0 && value <= 100,
  requirement: 'a number from 0 to 100',
};

export const text: FieldRule<string> = {
  type: 'string',
  is: (value): value is string => typeof value === 'string',
  requirement: 'a string',
};

export const truth: FieldRule<boolean> = {
  type: 'boolean',
  is: (value): value is boolean => typeof value === 'boolean',
  requirement: 'true or false',
};

export const items: FieldRule<readonly unknown[]> = {
  type: 'array',
  is: (value): value is readonly unknown[] => Array.isArray(value),
  requirement: 'an array',
};

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** RFC 3339 with an uppercase T, and an uppercase Z where there is no offset (States Language, "Timestamps"). */
export const timestamp: FieldRule<string> = {
  type: 'string',
  is: (value): value is string => typeof value === 'string' && rfc3339.test(value) && !Number.isNaN(Date.parse(value)),
  requirement: 'an RFC 3339 timestamp such as 2026-08-20T09:00:00Z',
};

export const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
};
