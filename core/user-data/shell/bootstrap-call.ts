/** Finds the call of `/etc/eks/bootstrap.sh` in a script, and what bash would hand to it. */
import { type Command, type ParsedScript, type Pipeline, parse, type Statement, type Word } from 'unbash';
import { commandsIn, type ShellCommand } from './commands.ts';
import { expandText, expandWord } from './expand.ts';
import { follow, hardToFollow } from './follow.ts';
import { lineFinder } from './lines.ts';
import { Variables } from './variables.ts';

export const bootstrapPath = '/etc/eks/bootstrap.sh';

/** One argument of the call. Where it is unknown, it may stand for several, or for none, unless it `isOne`. */
export type Argument = { at: number; written: string } & ({ text: string } | { unknown: string; isOne: boolean });

export interface BootstrapCall {
  /** The whole statement, with what is piped or chained to it. */
  statement: Statement;
  command: Command;
  /** What stands before the path of bootstrap.sh (`sudo`, `bash -x`), and the path. */
  runBy: string[];
  arguments: Argument[];
  /** Variables that bootstrap.sh is given: exported ones, and those written before the call. */
  variables: [string, Argument][];
  /** What is run after it in the same statement (`bootstrap.sh … && x`). */
  after: Statement['command'][];
  /** What is run only if it fails (`bootstrap.sh … || x`). */
  onFailure: Statement['command'][];
  /** What reads what it says (`bootstrap.sh … | tee x`). */
  listeners: Statement['command'][];
  /** What is known of the variables at the time of the call. */
  known: Variables;
}

export interface ScriptReading {
  script: ParsedScript;
  source: string;
  /** The line of a position, counted from 1. */
  lineAt: (at: number) => number;
  commands: ShellCommand[];
  call: BootstrapCall | null;
  /** What makes that the call cannot be told for certain. */
  doubts: { at: number; text: string; why: string; whatToDo: string }[];
}

/** How loggers are fed; what else reads the output of bootstrap.sh could do anything. */
const loggers = ['tee', 'logger', 'cat', 'ts'];

export const readScript = (source: string): ScriptReading => {
  const script = parse(source);
  const commands = commandsIn(script, source);
  const lineAt = lineFinder(source);
  const reading: ScriptReading = { script, source, lineAt, commands, call: null, doubts: [] };
  const doubt = (at: number, text: string, why: string, whatToDo: string): void => {
    reading.doubts.push({ at, text, why, whatToDo });
  };
  for (const { pos, message } of script.errors ?? []) {
    doubt(pos, lineTextAt(source, pos), `the script cannot be read as bash: ${message}`, 'mend the script');
  }
  const { names, setsAnything } = hardToFollow(script);
  const variables = new Variables(names);
  if (setsAnything) variables.doubtForGood('a function of the script runs code that may set it');
  let ended: number | null = null;
  const ofTheirOwn = new Set<Command>();
  for (const statement of script.commands) {
    const found = callIn(statement);
    if (found !== null) ofTheirOwn.add(found.command);
    if (found !== null && reading.call === null) {
      reading.call = callOf(statement, found, variables, source);
      if (ended !== null) {
        const why = 'the script ends before it calls bootstrap.sh';
        doubt(ended, lineTextAt(source, ended), why, 'take out what ends the script');
      }
    }
    if (ended === null && endsTheScript(statement)) ended = statement.pos;
    // What is set after the call is nothing to it.
    if (reading.call === null) follow(statement, lineAt(statement.pos), variables);
  }
  const calls = commands.filter((each) => isBootstrap(each));
  for (const each of calls) {
    if (each.node === reading.call?.command) continue;
    const isSecond = ofTheirOwn.has(each.node);
    doubt(
      each.at,
      each.text,
      isSecond
        ? 'bootstrap.sh is called more than once; which call counts is not certain'
        : 'this call of bootstrap.sh stands within a condition, a loop, a function, a chain or a subshell, so whether and how it runs is not certain',
      isSecond ? 'leave one call' : 'make the call a line of its own',
    );
  }
  return reading;
};

const lineTextAt = (source: string, at: number): string => {
  const start = source.lastIndexOf('\n', Math.max(0, at - 1)) + 1;
  const end = source.indexOf('\n', at);
  return source.slice(start, end === -1 ? undefined : Math.max(start, end)).trim();
};

const endsTheScript = ({ command }: Statement): boolean =>
  command.type === 'Command' &&
  (command.name?.value === 'exit' || (command.name?.value === 'exec' && command.args.length > 0));

interface Found {
  command: Command;
  runBy: string[];
  words: (Word | Command['args'][number])[];
  after: Statement['command'][];
  onFailure: Statement['command'][];
  listeners: Statement['command'][];
}

/** The shapes of a statement that runs bootstrap.sh whenever the script comes to it. */
const callIn = ({ command }: Statement): Found | null => {
  switch (command.type) {
    case 'Command':
      return callOfCommand(command);
    case 'Pipeline':
      return callOfPipeline(command);
    case 'AndOr': {
      const [first, ...rest] = command.commands;
      if (first === undefined || (first.type !== 'Command' && first.type !== 'Pipeline')) return null;
      const found = first.type === 'Command' ? callOfCommand(first) : callOfPipeline(first);
      if (found === null) return null;
      if (command.operators.every((operator) => operator === '||')) return { ...found, onFailure: rest };
      if (command.operators.every((operator) => operator === '&&')) return { ...found, after: rest };
      return null;
    }
    default:
      return null;
  }
};

const callOfPipeline = ({ commands, prefixes }: Pipeline): Found | null => {
  const [first, ...rest] = commands;
  if (first?.type !== 'Command' || prefixes.some(({ type }) => type === 'Negation')) return null;
  const found = callOfCommand(first);
  const areLoggers = rest.every(
    (each) => each.type === 'Command' && loggers.includes(each.name?.value.split('/').at(-1) ?? ''),
  );
  return found === null || !areLoggers ? null : { ...found, listeners: rest };
};

const callOfCommand = (command: Command): Found | null => {
  const words = [...(command.name === undefined ? [] : [command.name]), ...command.args];
  const runBy: string[] = [];
  for (let first = 0; first < words.length; first += 1) {
    const word = words[first];
    if (word?.type !== 'Word') return null;
    runBy.push(word.text);
    if (word.value === bootstrapPath)
      return { command, runBy, words: words.slice(first + 1), after: [], onFailure: [], listeners: [] };
    const isRunner = ['sudo', 'bash', '/bin/bash', 'sh', '/bin/sh', 'command'].includes(word.value);
    const isOption = first > 0 && /^-(?:[EHnexu]+|-)$/.test(word.value);
    if (!isRunner && !isOption) return null;
  }
  return null;
};

/** Also where it is called through something else, or from its folder. */
export const isBootstrap = ({ path, name, args }: ShellCommand): boolean =>
  path === bootstrapPath ||
  path === 'bootstrap.sh' ||
  path === './bootstrap.sh' ||
  (['bash', 'sh', 'source', '.', 'eval'].includes(name ?? '') && args.some((arg) => arg.includes(bootstrapPath))) ||
  (name === null && path.includes('bootstrap.sh'));

const callOf = (statement: Statement, found: Found, variables: Variables, source: string): BootstrapCall => {
  const { command, runBy, words, after, onFailure, listeners } = found;
  return {
    statement,
    command,
    runBy,
    after,
    onFailure,
    listeners,
    arguments: words.flatMap((word) => argumentsOf(word, variables, source)),
    variables: variablesOf(command, variables, source),
    known: variables,
  };
};

const argumentsOf = (word: Command['args'][number], variables: Variables, source: string): Argument[] => {
  const written = source.slice(word.pos, word.end);
  const at = word.pos;
  if (word.type === 'Assignment') {
    // `a=b` among the arguments is a word like any other; only quotes and variables make it uncertain.
    return /["'$`\\*?[{~]/.test(written)
      ? [{ at, written, unknown: `${written} is not evaluated`, isOne: true }]
      : [{ at, written, text: written }];
  }
  const expanded = expandWord(word, variables);
  if ('unknown' in expanded) {
    const isOne =
      word.parts?.every(({ type }) => type === 'DoubleQuoted' || type === 'Literal') === true &&
      !/\[@\]|\$@/.test(written);
    return [{ at, written, unknown: expanded.unknown, isOne }];
  }
  return expanded.fields.map((text) => ({ at, written, text }));
};

const variablesOf = (command: Command, variables: Variables, source: string): [string, Argument][] => {
  const given = new Map<string, Argument>();
  for (const { name, value, at } of variables.exported()) {
    const written = name;
    given.set(
      name,
      value.kind === 'text'
        ? { at, written, text: value.text }
        : { at, written, unknown: value.kind === 'unknown' ? value.why : `${name} is a list`, isOne: true },
    );
  }
  for (const each of command.prefix) {
    if (each.type !== 'Assignment' || each.value.type !== 'Word') continue;
    const written = source.slice(each.pos, each.end);
    const value = expandText(each.value, variables);
    given.set(
      each.name,
      'text' in value
        ? { at: each.pos, written, text: value.text }
        : { at: each.pos, written, unknown: value.unknown, isOne: true },
    );
  }
  return [...given];
};
