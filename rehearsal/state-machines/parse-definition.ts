/**
 * Reads a definition and refuses, with its path, what AWS would refuse at CreateStateMachine, and what this engine does
 * not play. It plays JSONata only, Standard workflows only.
 */

import { parseDocument } from 'yaml';
import { checkTransitions, checkVariables } from './check-flow.ts';
import type {
  ChoiceRule,
  Definition,
  Flow,
  IntegrationPattern,
  MapMode,
  State,
  TaskResource,
  Transition,
} from './definition.ts';
import { DefinitionError } from './errors.ts';
import type { StatesMember } from './expression-references.ts';
import * as rules from './field-values.ts';
import { Fields } from './fields.ts';
import { optional, readAssign, readCatch, readOutput, readRetry } from './parse-fields.ts';
import { uuidFor } from './random.ts';
import type { Template } from './templates.ts';

/** What every flow of one definition shares while it is read. */
interface Reading {
  readonly machineName: string;
  readonly stateNames: Set<string>;
}

/**
 * @param text YAML or JSON, with its substitutions already made
 * @param name the state machine's
 * @throws DefinitionError naming the path
 */
export const parseDefinition = (text: string, name: string): Definition => {
  const document = parseDocument(text, { uniqueKeys: true });
  const [syntaxError] = document.errors;
  if (syntaxError !== undefined) throw new DefinitionError('/', `INVALID_JSON_DESCRIPTION: ${syntaxError.message}`);
  const fields = new Fields(document.toJS(), '');
  const comment = fields.optional('Comment', rules.text);
  const timeoutSeconds = fields.optional('TimeoutSeconds', rules.timeoutSeconds);
  const version = fields.optional('Version', rules.text) ?? '1.0';
  if (version !== '1.0') fields.refuse('Version', "must be '1.0'");
  const language = queryLanguage(fields);
  // Without the field the language is JSONPath; then each state has to say otherwise.
  const flow = readFlow(fields, language ?? 'JSONPath', { machineName: name, stateNames: new Set() });
  fields.done();
  checkVariables(flow, '', new Map());
  return {
    name,
    ...flow,
    ...(comment !== undefined && { comment }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  };
};

type QueryLanguage = 'JSONata' | 'JSONPath';

const queryLanguage = (fields: Fields): QueryLanguage | undefined => {
  const value = fields.take('QueryLanguage');
  if (value === undefined || value === 'JSONata' || value === 'JSONPath') return value;
  return fields.refuse('QueryLanguage', 'Value should be one of the following: [JSONPath, JSONata]');
};

/** State names are at most 80 characters and unique in the whole machine (States Language, "States"). */
const readFlow = (fields: Fields, language: QueryLanguage, reading: Reading): Flow => {
  const startAt = fields.required('StartAt', rules.text);
  const list = fields.object('States');
  const states = new Map<string, State>();
  for (const name of list.keys()) {
    if (name === '' || [...name].length > 80) list.refuse(name, 'a state name has 1 to 80 characters');
    if (reading.stateNames.has(name)) list.refuse(name, 'another state of this machine has the same name');
    reading.stateNames.add(name);
    states.set(name, readState(new Fields(list.take(name), `${list.path}/${name}`), name, language, reading));
  }
  const flow = { startAt, states };
  checkTransitions(flow, fields.path);
  return flow;
};

/** Fields of the other query language (transforming-data.html: five fields become two). */
const jsonPathFields = [
  'InputPath',
  'OutputPath',
  'ResultPath',
  'ResultSelector',
  'Parameters',
  'Result',
  'ItemsPath',
  'MaxConcurrencyPath',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'SecondsPath',
  'TimestampPath',
  'ErrorPath',
  'CausePath',
];

const readState = (fields: Fields, name: string, inherited: QueryLanguage, reading: Reading): State => {
  const type = fields.required('Type', rules.text);
  fields.optional('Comment', rules.text);
  const own = queryLanguage(fields);
  if (own === 'JSONPath' && inherited === 'JSONata') {
    fields.refuse('QueryLanguage', "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
  }
  if ((own ?? inherited) === 'JSONPath') {
    throw new DefinitionError(fields.path, `state '${name}' is JSONPath; this engine plays JSONata only`);
  }
  for (const field of jsonPathFields) {
    fields.forbid(
      field,
      `The QueryLanguage is set to 'JSONata', but field '${field}' is only supported for the 'JSONPath' QueryLanguage`,
    );
  }
  const state = readTyped(fields, name, type, inherited, reading);
  fields.done();
  return state;
};

const readTyped = (fields: Fields, name: string, type: string, language: QueryLanguage, reading: Reading): State => {
  switch (type) {
    case 'Pass':
      return { type, name, ...readGoing(fields) };
    case 'Task':
      return { type, name, ...readTask(fields), ...readGuarded(fields) };
    case 'Choice': {
      const next = fields.optional('Default', rules.text);
      return {
        type,
        name,
        choices: readChoices(fields),
        ...(next !== undefined && { default: next }),
        ...readOutput(fields),
        ...readAssign(fields),
      };
    }
    case 'Wait':
      return { type, name, until: readUntil(fields), ...readGoing(fields) };
    case 'Succeed':
      return { type, name, ...readOutput(fields) };
    case 'Fail':
      return { type, name, ...optional('error', fields.template('Error', [], rules.text)), ...readCause(fields) };
    case 'Parallel':
      return {
        type,
        name,
        branches: readBranches(fields, language, reading),
        ...optional('arguments', fields.template('Arguments')),
        ...readGuarded(fields),
      };
    case 'Map':
      return {
        type,
        name,
        ...readProcessor(fields, language, reading),
        ...optional('items', fields.template('Items', [], rules.items)),
        ...optional('itemSelector', fields.template('ItemSelector')),
        ...optional('maxConcurrency', fields.template('MaxConcurrency', [], rules.count)),
        ...readGuarded(fields),
      };
    default:
      return fields.refuse('Type', `there is no state type '${type}'`);
  }
};

const readCause = (fields: Fields): { cause?: Template } => optional('cause', fields.template('Cause', [], rules.text));

const readTransition = (fields: Fields): Transition => {
  const next = fields.optional('Next', rules.text);
  const isEnd = fields.optional('End', rules.truth) ?? false;
  if (next !== undefined && isEnd) fields.refuse('End', "a state has either 'Next' or 'End: true'");
  if (next !== undefined) return { go: 'next', to: next };
  return isEnd ? { go: 'end' } : fields.refuse('Next', "is missing, and so is 'End: true'");
};

const readGoing = (fields: Fields, available: readonly StatesMember[] = []) => ({
  ...readOutput(fields, available),
  ...readAssign(fields, available),
  transition: readTransition(fields),
});

const readGuarded = (fields: Fields) => ({
  ...readGoing(fields, ['result']),
  retry: readRetry(fields),
  catch: readCatch(fields),
});

const readChoices = (fields: Fields): readonly ChoiceRule[] => {
  const choices = fields.objects('Choices').map((rule): ChoiceRule => {
    rule.optional('Comment', rules.text);
    const read: ChoiceRule = {
      condition: rule.template('Condition', [], rules.truth) ?? rule.refuse('Condition', 'is missing'),
      next: rule.required('Next', rules.text),
      ...readOutput(rule),
      ...readAssign(rule),
    };
    rule.done();
    return read;
  });
  return choices.length > 0 ? choices : fields.refuse('Choices', 'must be a list that is not empty');
};

const readUntil = (fields: Fields) => {
  const seconds = fields.template('Seconds', [], rules.waitSeconds);
  const timestamp = fields.template('Timestamp', [], rules.timestamp);
  if (seconds !== undefined && timestamp === undefined) return { field: 'Seconds', seconds } as const;
  if (timestamp !== undefined && seconds === undefined) return { field: 'Timestamp', timestamp } as const;
  return fields.refuse('Seconds', "a Wait has exactly one of 'Seconds' and 'Timestamp'");
};

const serviceIntegration = /^arn:aws[a-z-]*:states:[^:]*:[^:]*:((?:aws-sdk:)?[^:]+):(.+)$/;

const readResource = (fields: Fields): TaskResource => {
  const arn = fields.required('Resource', rules.text);
  const match = serviceIntegration.exec(arn);
  const [, type, action] = match ?? [];
  if (type === undefined || action === undefined || type === 'activity') {
    return fields.refuse('Resource', `'${arn}' is no service integration, and this engine plays no other`);
  }
  return { arn, type, action, pattern: patternOf(action) };
};

/** connect-to-resource.html: the suffix of the resource says when the task is over. */
const patternOf = (action: string): IntegrationPattern => {
  if (action.endsWith('.waitForTaskToken')) return 'wait-for-task-token';
  return action.endsWith('.sync') || action.endsWith('.sync:2') ? 'sync' : 'request-response';
};

const readTask = (fields: Fields) => {
  fields.forbid('Credentials', 'this engine does not play Credentials');
  const timeout = fields.template('TimeoutSeconds', [], rules.timeoutSeconds);
  const heartbeat = fields.template('HeartbeatSeconds', [], rules.timeoutSeconds);
  if (
    timeout?.kind === 'literal' &&
    heartbeat?.kind === 'literal' &&
    Number(heartbeat.value) >= Number(timeout.value)
  ) {
    fields.refuse('HeartbeatSeconds', 'must be smaller than TimeoutSeconds');
  }
  return {
    resource: readResource(fields),
    ...optional('arguments', fields.template('Arguments')),
    ...optional('timeoutSeconds', timeout),
    ...optional('heartbeatSeconds', heartbeat),
  };
};

const readBranches = (fields: Fields, language: QueryLanguage, reading: Reading): readonly Flow[] => {
  const branches = fields.objects('Branches').map((branch) => {
    branch.optional('Comment', rules.text);
    const flow = readFlow(branch, language, reading);
    branch.done();
    return flow;
  });
  return branches.length > 0 ? branches : fields.refuse('Branches', 'must be a list that is not empty');
};

/** state-map-inline.html and state-map-distributed.html. */
const readProcessor = (fields: Fields, language: QueryLanguage, reading: Reading) => {
  for (const field of ['ItemReader', 'ItemBatcher', 'ResultWriter', 'Iterator']) {
    fields.forbid(field, `this engine does not play ${field}`);
  }
  const processor = fields.object('ItemProcessor');
  const mode = readMode(fields, processor, reading);
  processor.optional('Comment', rules.text);
  const flow = readFlow(processor, language, reading);
  processor.done();
  return { mode, processor: flow };
};

const readMode = (fields: Fields, processor: Fields, reading: Reading): MapMode => {
  const config = processor.has('ProcessorConfig') ? processor.object('ProcessorConfig') : undefined;
  const mode = config?.optional('Mode', rules.text) ?? 'INLINE';
  const executionType = config?.optional('ExecutionType', rules.text);
  config?.done();
  if (mode === 'INLINE') {
    for (const field of ['Label', 'ToleratedFailureCount', 'ToleratedFailurePercentage']) {
      fields.forbid(field, 'belongs to a Distributed Map');
    }
    if (executionType !== undefined) config?.refuse('ExecutionType', 'belongs to a Distributed Map');
    return { kind: 'inline' };
  }
  if (mode !== 'DISTRIBUTED') return processor.refuse('ProcessorConfig/Mode', 'must be INLINE or DISTRIBUTED');
  if (executionType !== 'STANDARD') {
    processor.refuse('ProcessorConfig/ExecutionType', 'must be STANDARD; this engine plays no other');
  }
  return {
    kind: 'distributed',
    label: readLabel(fields, reading),
    ...optional('toleratedFailureCount', fields.template('ToleratedFailureCount', [], rules.count)),
    ...optional('toleratedFailurePercentage', fields.template('ToleratedFailurePercentage', [], rules.percentage)),
  };
};

/** "Labels can be up to 40 characters in length ... If you don't specify one, Step Functions makes a unique one." */
const readLabel = (fields: Fields, reading: Reading): string => {
  const label = fields.optional('Label', rules.text) ?? uuidFor(`label ${reading.machineName} ${fields.path}`);
  return /^[^\s?*<>{}[\]:;,\\|^~$#%&`"/\p{Cc}]{1,40}$/u.test(label)
    ? label
    : fields.refuse('Label', 'has 1 to 40 characters, no blanks and none of ?*<>{}[]:;,\\|^~$#%&`"/');
};
