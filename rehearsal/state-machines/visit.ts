/**
 * One visit to a state, from its entry to its exit. Whatever it evaluates sees the input and the variables as they were
 * at entry: "Assign and Output steps occur in parallel ... use the values as they were on state entry"
 * (workflow-variables.html).
 */

import type { Assign, State } from './definition.ts';
import { StateFailure } from './errors.ts';
import { type Expression, ExpressionFailure, evaluateExpression } from './expressions.ts';
import { type FieldRule, typeOf } from './field-values.ts';
import { type NewEvent, whole } from './history.ts';
import type { World } from './jsonata-functions.ts';
import { dataLimitExceeded, mostPayloadBytes, Payload } from './payload.ts';
import type { MapItem, Run, Surroundings } from './run.ts';
import { evaluateTemplate, type Template } from './templates.ts';

/** What $states has in some fields only. */
export interface Extras {
  readonly result?: unknown;
  readonly errorOutput?: unknown;
  /** Map.Item of an ItemSelector: the item the iteration will have. */
  readonly item?: MapItem;
}

/** What a state leaves behind: its output, and new values for variables. */
export interface Leaving {
  readonly output: Payload;
  readonly assigned: readonly (readonly [string, unknown])[];
}

export class Visit<S extends State = State> {
  readonly run: Run;
  readonly state: S;
  readonly input: Payload;
  readonly surroundings: Surroundings;
  readonly enteredEventId: number;
  /** Retries so far. */
  retryCount = 0;
  taskToken: string | undefined;
  readonly #enteredTime: string;
  readonly #world: World;

  /** Records the entry. */
  constructor(run: Run, state: S, input: Payload, surroundings: Surroundings) {
    this.run = run;
    this.state = state;
    this.input = input;
    this.surroundings = surroundings;
    this.#enteredTime = new Date(run.clock.now).toISOString();
    this.#world = {
      random: run.random,
      get now() {
        return run.clock.now;
      },
    };
    this.enteredEventId = this.record({
      type: `${state.type}StateEntered`,
      stateEnteredEventDetails: { name: state.name, input: input.text, inputDetails: whole },
    });
    run.countTransition();
  }

  get lane() {
    return this.surroundings.lane;
  }

  record(event: NewEvent): number {
    return this.run.record(this.lane, event);
  }

  /** @throws StateFailure States.QueryEvaluationError, after it was recorded */
  evaluate(template: Template, extras: Extras = {}): Promise<unknown> {
    return evaluateTemplate(template, (expression) => this.#evaluate(expression, extras));
  }

  /** Evaluates a field that takes only some values. */
  async evaluateAs<T>(field: string, template: Template, rule: FieldRule<T>): Promise<T> {
    const value = await this.evaluate(template);
    if (rule.is(value)) return value;
    if (template.kind !== 'expression') {
      throw this.queryFailure(field, `The field '${field}' must be ${rule.requirement}`);
    }
    const { source, location } = template.expression;
    const quoted = `The JSONata expression '${source}' specified for the field '${location}'`;
    const actual = typeOf(value);
    const problem =
      actual === rule.type
        ? `returned a value the field does not accept. Expected ${rule.requirement}, but was ${JSON.stringify(value)}`
        : `returned an unexpected result type. Expected '${rule.type}', but was '${actual}' for value: ${JSON.stringify(value)}`;
    throw this.queryFailure(location, `${quoted} ${problem}`);
  }

  /**
   * The state's Output and Assign, or those of a rule or a Catcher. Without an Output the state hands on what it was
   * given, or the result it has.
   */
  async leave(
    fields: { output?: Template; assign?: Assign },
    otherwise: Payload,
    extras: Extras = {},
  ): Promise<Leaving> {
    const assigned: [string, unknown][] = [];
    for (const [name, template] of fields.assign ?? []) assigned.push([name, await this.evaluate(template, extras)]);
    this.#checkAssigned(assigned);
    const output = fields.output === undefined ? otherwise : new Payload(await this.evaluate(fields.output, extras));
    if (output.isTooLarge) throw dataLimitExceeded(this.state.name);
    return { output, assigned };
  }

  /** Records the exit, and only then lets the new values be seen. */
  exit({ output, assigned }: Leaving): void {
    this.record({
      type: `${this.state.type}StateExited` as Extract<NewEvent['type'], `${string}StateExited`>,
      stateExitedEventDetails: {
        name: this.state.name,
        output: output.text,
        outputDetails: whole,
        ...(assigned.length > 0 && {
          assignedVariables: Object.fromEntries(assigned.map(([name, value]) => [name, JSON.stringify(value)])),
          assignedVariablesDetails: whole,
        }),
      },
    });
    this.surroundings.scope.assign(assigned);
  }

  /** A failure of the state itself, worded as AWS words it. */
  failure(error: string, cause: string): StateFailure {
    const where = `An error occurred while executing the state '${this.state.name}' (entered at the event id #${this.enteredEventId}).`;
    return new StateFailure(error, `${where} ${cause}`);
  }

  /** Records EvaluationFailed. */
  queryFailure(location: string, cause: string): StateFailure {
    const failure = this.failure('States.QueryEvaluationError', cause);
    this.record({
      type: 'EvaluationFailed',
      evaluationFailedEventDetails: {
        error: failure.error,
        cause: failure.cause,
        location,
        state: this.state.name,
      },
    });
    return failure;
  }

  async #evaluate(expression: Expression, { item, ...members }: Extras): Promise<unknown> {
    const states = { input: this.input.value, context: this.#context(item), ...members };
    const { visible } = this.surroundings.scope;
    try {
      return await this.lane.hold(evaluateExpression(expression, visible, states, this.#world));
    } catch (error) {
      if (!(error instanceof ExpressionFailure)) throw error;
      throw this.queryFailure(expression.location, error.message);
    }
  }

  /** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
  #context(item: MapItem | undefined): object {
    const { name, type } = this.state;
    const isRetried = type === 'Task' || type === 'Map' || type === 'Parallel';
    const mapItem = item ?? this.surroundings.item;
    return {
      ...this.run.context,
      State: { EnteredTime: this.#enteredTime, Name: name, ...(isRetried && { RetryCount: this.retryCount }) },
      ...(this.taskToken !== undefined && { Task: { Token: this.taskToken } }),
      ...(mapItem !== undefined && { Map: { Item: mapItem } }),
    };
  }

  /** "Maximum combined size for all variables in a single Assign field: 256 KiB" (workflow-variables.html). */
  #checkAssigned(assigned: readonly (readonly [string, unknown])[]): void {
    let bytes = 0;
    for (const [, value] of assigned) bytes += Buffer.byteLength(JSON.stringify(value));
    if (bytes > mostPayloadBytes) throw dataLimitExceeded(this.state.name);
  }
}
