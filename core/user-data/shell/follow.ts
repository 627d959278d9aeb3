/** Follows a script's assignments, statement by statement, as far as they are certain. */
import { type Assignment, type Command, forEachChild, type Statement, type SyntaxNode, type Word } from 'unbash';
import { expandText, expandWord } from './expand.ts';
import { unknown, type Value, type Variables } from './variables.ts';

/** Commands whose arguments are assignments. */
const declaring = ['export', 'readonly', 'declare', 'typeset', 'local'];

/** Commands that set the variables they are given by name. */
const settingByName = ['read', 'mapfile', 'readarray', 'getopts', 'unset', 'let'];

/** Commands after which anything may be set. */
const settingAnything = ['source', '.', 'eval'];

/** What one statement does to the variables. `line` is where it stands. */
export const follow = (statement: Statement, line: number, variables: Variables): void => {
  const { command } = statement;
  variables.at = statement.pos;
  if (command.type === 'Command' && statement.background !== true) followCommand(command, line, variables);
  else loseSight(statement, line, variables);
};

/**
 * Variables whose assignments mean more than they say, by why: what functions set, since their calls are not followed; lists
 * that are set as texts, which sets their first item only; numbers and the like; constants that are set again.
 */
export const hardToFollow = (script: SyntaxNode): { names: Map<string, string>; setsAnything: boolean } => {
  const names = new Map<string, string>();
  let setsAnything = false;
  const assignments = new Map<string, { asList: number; asText: number; isConstant: boolean }>();
  const count = (name: string): { asList: number; asText: number; isConstant: boolean } => {
    const known = assignments.get(name) ?? { asList: 0, asText: 0, isConstant: false };
    assignments.set(name, known);
    return known;
  };
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Function') {
      const found = namesSetIn(node);
      for (const name of found.names) names.set(name, `a function of the script sets ${name}`);
      setsAnything ||= found.by !== null;
    }
    if (node.type === 'Assignment') {
      const isList = node.index !== undefined || node.value.type === 'ArrayValue';
      count(node.name)[isList ? 'asList' : 'asText'] += 1;
    }
    if (node.type === 'Command') noteAttributes(node, names, count);
    forEachChild(node, visit);
  };
  visit(script);
  for (const [name, { asList, asText, isConstant }] of assignments) {
    if (asList > 0 && asText > 0) names.set(name, `the script sets ${name} both as a list and as a text`);
    if (isConstant && asList + asText > 1) names.set(name, `the script sets ${name} again although it is read-only`);
  }
  return { names, setsAnything };
};

/** `declare -i`, `declare -u`, `readonly`, `read -a` */
const noteAttributes = (
  command: Command,
  names: Map<string, string>,
  count: (name: string) => { asList: number; isConstant: boolean },
): void => {
  const name = command.name?.value ?? '';
  const flags = flagsOf(command);
  if (declaring.includes(name)) {
    for (const each of namesAmong(command)) {
      if (!areFollowed(flags)) names.set(each, `the script declares ${each} in a way that is not followed`);
      if (flags.some((flag) => flag.includes('a'))) count(each).asList += 1;
      if (name === 'readonly' || flags.some((flag) => flag.includes('r'))) count(each).isConstant = true;
    }
  } else if (setsByName(command)) {
    const setsLists = name !== 'read' || flags.some((flag) => flag.includes('a'));
    if (setsLists) for (const each of namesAmong(command)) count(each).asList += 1;
  }
};

const flagsOf = ({ args }: Command): string[] =>
  args.flatMap((each) => (each.type === 'Word' && /^[-+]/.test(each.value) ? [each.value] : []));

const exports = (command: Command): boolean =>
  command.name?.value === 'export' ||
  (declaring.includes(command.name?.value ?? '') && flagsOf(command).some((flag) => flag.includes('x')));

const areFollowed = (flags: readonly string[]): boolean => flags.every((flag) => /^-[xrga]+$/.test(flag));

const followCommand = (command: Command, line: number, variables: Variables): void => {
  // `${X:=y}` in any word sets X, and so does arithmetic.
  forget(namesSetByExpansions(command), `line ${line} sets it in passing`, variables);
  const name = command.name?.value;
  if (name === undefined) {
    for (const each of command.prefix) if (each.type === 'Assignment') assign(each, variables);
  } else if (name === 'builtin' || name === 'command' || name === 'trap') {
    // What these run is looked at as far as to see whether it could set something.
    const text = command.args.map((each) => (each.type === 'Word' ? each.value : each.text)).join(' ');
    if (couldSet.test(text)) variables.doubt(`line ${line} runs "${name}", which may set it`);
  } else if (declaring.includes(name)) {
    followDeclaration(command, line, variables);
  } else if (settingAnything.includes(name)) {
    variables.doubt(`line ${line} runs "${name}", which may set it`);
  } else if (setsByName(command)) {
    forget(namesAmong(command), `line ${line} sets it by "${name}"`, variables);
  } else if (name === 'set') {
    followSet(command, variables);
  }
};

const couldSet =
  /=|\b(?:export|declare|typeset|readonly|read|mapfile|readarray|unset|let|eval|source|set)\b|(?:^|\s)\.\s/;

const followSet = (command: Command, variables: Variables): void => {
  const switched = allExport(command);
  if (switched !== null) variables.areAllExported = switched;
};

/** Whether `set` turns it on that every variable is exported, or off; null: neither. */
const allExport = (command: Command): boolean | null => {
  if (command.name?.value !== 'set') return null;
  const all = command.args.map((word) => (word.type === 'Word' ? word.value : ''));
  const words = all.includes('--') ? all.slice(0, all.indexOf('--')) : all;
  const last = words.findLast(
    (word, index) => /^[-+][a-zA-Z]*a/.test(word) || (/^[-+]o$/.test(word) && words[index + 1] === 'allexport'),
  );
  return last === undefined ? null : last.startsWith('-');
};

const followDeclaration = (command: Command, line: number, variables: Variables): void => {
  const flags = flagsOf(command);
  if (!areFollowed(flags)) {
    forget(namesAmong(command), `line ${line} declares it in a way that is not followed`, variables);
    if (exports(command)) for (const each of namesAmong(command)) variables.export(each);
    return;
  }
  const isExport = exports(command);
  // All words are expanded before the first variable is set.
  const assigned = command.args.flatMap((each) =>
    each.type === 'Assignment' ? [{ assignment: each, value: resultOf(each, variables) }] : [],
  );
  for (const { assignment, value } of assigned) {
    variables.set(assignment.name, value);
    if (isExport) variables.export(assignment.name);
  }
  for (const each of command.args) {
    if (each.type === 'Assignment' || /^-[xrga]+$/.test(each.text)) continue;
    if (/^[A-Za-z_]\w*$/.test(each.text)) {
      if (isExport) variables.export(each.text);
    } else {
      // `export $NAMES`, and words that only look like assignments
      variables.doubt(`line ${line} declares variables by "${each.text}"`);
    }
  }
};

const assign = (assignment: Assignment, variables: Variables): void =>
  variables.set(assignment.name, resultOf(assignment, variables));

const resultOf = (assignment: Assignment, variables: Variables): Value => {
  if (assignment.index !== undefined) return unknown(`${assignment.text} sets one item of a list`);
  const value = assignedValue(assignment, variables);
  return assignment.append === true ? appended(variables.get(assignment.name), value, assignment) : value;
};

const assignedValue = ({ value }: Assignment, variables: Variables): Value => {
  if (value.type === 'Word') {
    const text = expandText(value, variables);
    return 'unknown' in text ? unknown(text.unknown) : { kind: 'text', text: text.text };
  }
  const items: string[] = [];
  for (const element of value.elements) {
    // `[3]=x` gives an item a place of its own.
    if (/^\[/.test(element.text)) return unknown(`${element.text} sets one item of a list`);
    const expanded = expandWord(element, variables);
    if ('unknown' in expanded) return unknown(expanded.unknown);
    items.push(...expanded.fields);
  }
  return { kind: 'list', items };
};

const appended = (before: Value, more: Value, assignment: Assignment): Value => {
  if (before.kind === 'unknown') return before;
  if (more.kind === 'unknown') return more;
  if (before.kind === 'list' && more.kind === 'list') return { kind: 'list', items: [...before.items, ...more.items] };
  if (before.kind === 'text' && more.kind === 'text') return { kind: 'text', text: before.text + more.text };
  return unknown(`${assignment.text} mixes a list and a text`);
};

/** Conditions, loops, pipelines and the like: what they set is not followed. */
const loseSight = (statement: Statement, line: number, variables: Variables): void => {
  const { names, exported, by } = namesSetIn(statement);
  const isFunction = statement.command.type === 'Function';
  // What a function sets is unknown throughout (`hardToFollow`).
  if (by !== null && !isFunction) variables.doubt(`line ${line} runs "${by}", which may set it`);
  forget(
    isFunction ? [] : names,
    `it is set in a part of the script that may or may not run, or runs apart (line ${line})`,
    variables,
  );
  for (const name of variables.areAllExported ? names : exported) variables.export(name);
};

const forget = (names: Iterable<string>, why: string, variables: Variables): void => {
  for (const name of names) variables.set(name, unknown(why));
};

interface SetNames {
  names: Set<string>;
  exported: Set<string>;
  /** A command that may set any, or export any. */
  by: string | null;
}

/** Every variable that is set somewhere within. */
const namesSetIn = (root: SyntaxNode): SetNames => {
  const found: SetNames = { names: new Set(), exported: new Set(), by: null };
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Assignment') found.names.add(node.name);
    if (node.type === 'For' || node.type === 'Select') found.names.add(node.name.value);
    if (node.type === 'Command') {
      const name = node.name?.value ?? '';
      if (settingAnything.includes(name) || allExport(node) !== null) found.by ??= name;
      if (setsByName(node) || declaring.includes(name)) {
        for (const each of namesAmong(node)) found.names.add(each);
        if (exports(node)) for (const each of namesAmong(node)) found.exported.add(each);
      }
    }
    forEachChild(node, visit);
  };
  visit(root);
  for (const name of namesSetByExpansions(root)) found.names.add(name);
  return found;
};

const namesSetByExpansions = (root: SyntaxNode): Set<string> => {
  const names = new Set<string>();
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'ParameterExpansion' && node.operation?.type === 'Default') {
      if (node.operation.operator.endsWith('=')) names.add(node.parameter);
    }
    if (node.type === 'ArithmeticWord' && /^[A-Za-z_]\w*$/.test(node.value)) names.add(node.value);
    if (node.type === 'FileDescriptorVariable') names.add(node.name);
    forEachChild(node, visit);
  };
  visit(root);
  return names;
};

const setsByName = ({ name, args }: Command): boolean =>
  settingByName.includes(name?.value ?? '') ||
  (name?.value === 'printf' && args[0]?.type === 'Word' && args[0].value.startsWith('-v'));

/** Arguments that could be names of variables. */
const namesAmong = ({ args }: Command): string[] =>
  args
    .map((each) => (each.type === 'Assignment' ? each.name : nameIn(each)))
    .filter((name) => /^[A-Za-z_]\w*$/.test(name));

const nameIn = (word: Word): string => /^[A-Za-z_]\w*/.exec(word.value)?.[0] ?? '';
