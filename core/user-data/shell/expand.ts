/**
 * What bash makes of a word: quotes removed, variables put in, fields split (Bash manual, 3.5 Shell Expansions). What
 * depends on the node, on its files or on a command is not evaluated.
 */
import type { DoubleQuotedPart, ParameterExpansionPart, Word, WordPart } from 'unbash';
import type { Value, Variables } from './variables.ts';

export type Fields = { fields: string[] } | { unknown: string };
export type Text = { text: string } | { unknown: string };

/** A word of a command: it may become none, one or several arguments. */
export const expandWord = (word: Word, variables: Variables): Fields => {
  if (word.text.startsWith('~')) return { unknown: `${word.text} depends on a home directory` };
  if (isNameContinued(word.text)) return { unknown: `${word.text} goes on with the name on the next line` };
  if (word.parts === undefined) return { fields: [word.value] };
  const fields = new FieldBuilder();
  for (const part of word.parts) {
    const doubt = part.type === 'DoubleQuoted' ? addQuoted(part, fields, variables) : addPart(part, fields, variables);
    if (doubt !== null) return { unknown: doubt };
  }
  return { fields: fields.finish() };
};

/** A word where nothing is split: the value of an assignment, the target of a redirection. */
export const expandText = (word: Word, variables: Variables): Text => {
  if (/^~|[:=]~/.test(word.text)) return { unknown: `${word.text} depends on a home directory` };
  if (isNameContinued(word.text)) return { unknown: `${word.text} goes on with the name on the next line` };
  if (word.parts === undefined) return { text: word.value };
  return joined(word.parts, variables);
};

/** The body of a here-document whose delimiter is not quoted. */
export const expandParts = (parts: readonly WordPart[], variables: Variables): Text => joined(parts, variables);

/** bash joins lines before it reads names: a variable at the end of one may go on with the next. */
const isNameContinued = (text: string): boolean => /\$\{?\w*\\\n/.test(text);

const joined = (parts: readonly WordPart[], variables: Variables): Text => {
  let text = '';
  for (const part of parts) {
    const piece = textOf(part, variables);
    if ('unknown' in piece) return piece;
    text += piece.text;
  }
  return { text };
};

const textOf = (part: WordPart, variables: Variables): Text => {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
      return { text: part.value };
    case 'AnsiCQuoted':
      return isPlainEscape(part.text) ? { text: part.value } : { unknown: whyUnknown(part) };
    // File names are not looked up where nothing is split.
    case 'Glob':
      return part.kind === 'bracket' ? { unknown: `${part.text} is a pattern` } : { text: part.value };
    case 'DoubleQuoted':
      return joined(part.parts, variables);
    case 'SimpleExpansion':
    case 'ParameterExpansion': {
      const value = valueOfExpansion(part, variables);
      if (value.kind === 'unknown') return { unknown: value.why };
      if (value.kind === 'text') return { text: value.text };
      return isWholeList(part) && !variables.isSplittingChanged
        ? { text: value.items.join(' ') }
        : { unknown: `${part.text} is a list` };
    }
    default:
      return { unknown: whyUnknown(part) };
  }
};

/** Collects the fields of one word. */
class FieldBuilder {
  readonly #fields: string[] = [];
  #current: string | null = null;

  /** Text that stays in the field that was begun. */
  add(text: string): void {
    this.#current = (this.#current ?? '') + text;
  }

  break(): void {
    if (this.#current !== null) this.#fields.push(this.#current);
    this.#current = null;
  }

  /** Text of an unquoted variable: blanks, tabs and line breaks separate fields. */
  split(text: string): void {
    text.split(/[ \t\n]+/).forEach((piece, index) => {
      if (index > 0) this.break();
      if (piece !== '') this.add(piece);
    });
  }

  finish(): string[] {
    this.break();
    return this.#fields;
  }
}

/** Null: it was added. Else why it cannot be told. */
const addPart = (part: WordPart, fields: FieldBuilder, variables: Variables): string | null => {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
      fields.add(part.value);
      return null;
    case 'AnsiCQuoted':
      if (!isPlainEscape(part.text)) return whyUnknown(part);
      fields.add(part.value);
      return null;
    case 'SimpleExpansion':
    case 'ParameterExpansion': {
      const value = valueOfExpansion(part, variables);
      if (value.kind === 'unknown') return value.why;
      const items = value.kind === 'text' ? [value.text] : value.items;
      if (items.some((item) => /[*?[\]\\]/.test(item))) {
        return `${part.text} is not quoted and holds a pattern, which the shell compares with file names`;
      }
      if (variables.isSplittingChanged) return `${part.text} is not quoted, and the script changes IFS`;
      items.forEach((item, index) => {
        if (index > 0) fields.break();
        fields.split(item);
      });
      return null;
    }
    default:
      return whyUnknown(part);
  }
};

const addQuoted = (quoted: DoubleQuotedPart, fields: FieldBuilder, variables: Variables): string | null => {
  if (quoted.parts.length === 0) fields.add('');
  for (const part of quoted.parts) {
    if (part.type === 'ParameterExpansion' && part.index?.text === '@' && part.operation === undefined) {
      const value = valueOfExpansion(part, variables);
      if (value.kind === 'unknown') return value.why;
      // Each item is a field of its own; of an empty list nothing is left, not even an empty field.
      const items = value.kind === 'text' ? [value.text] : value.items;
      items.forEach((item, index) => {
        if (index > 0) fields.break();
        fields.add(item);
      });
    } else {
      const piece = textOf(part, variables);
      if ('unknown' in piece) return piece.unknown;
      fields.add(piece.text);
    }
  }
  return null;
};

/** What `$'…'` makes of bytes and code points hangs on the locale. */
const isPlainEscape = (text: string): boolean => /^\$'(?:[^\\]|\\[ntr'"\\])*'$/.test(text);

type Expansion = Extract<WordPart, { type: 'SimpleExpansion' | 'ParameterExpansion' }>;

const isWholeList = (part: Expansion): boolean =>
  part.type === 'ParameterExpansion' && (part.index?.text === '@' || part.index?.text === '*');

const valueOfExpansion = (part: Expansion, variables: Variables): Value => {
  const name = part.type === 'SimpleExpansion' ? part.text.slice(1) : part.parameter;
  if (!/^[A-Za-z_]\w*$/.test(name)) return { kind: 'unknown', why: `${part.text} is only known while the script runs` };
  const value = variables.get(name);
  if (part.type === 'SimpleExpansion') return firstOf(value, part);
  if (part.prefix !== undefined) return { kind: 'unknown', why: `${part.text} is not evaluated` };
  const picked = pick(value, part);
  return part.operation === undefined ? picked : operate(picked, part, variables);
};

/** `$list` is its first item. */
const firstOf = (value: Value, part: Expansion): Value => {
  if (value.kind !== 'list') return value;
  const [first] = value.items;
  return first === undefined
    ? { kind: 'unknown', why: `${part.text} is an empty list` }
    : { kind: 'text', text: first };
};

const pick = (value: Value, part: ParameterExpansionPart): Value => {
  const index = part.index?.text;
  if (index === undefined) return firstOf(value, part);
  if (index === '@' || index === '*' || value.kind === 'unknown') return value;
  const items = value.kind === 'text' ? [value.text] : value.items;
  const item = /^\d+$/.test(index) ? items[Number(index)] : undefined;
  return item === undefined ? { kind: 'unknown', why: `${part.text} is not evaluated` } : { kind: 'text', text: item };
};

/** Defaults and alternatives (`${X:-y}`) of what is known; cutting and replacing is left alone. */
const operate = (value: Value, part: ParameterExpansionPart, variables: Variables): Value => {
  if (value.kind === 'unknown') return value;
  const { operation } = part;
  if (value.kind === 'list' || operation?.type !== 'Default') {
    return { kind: 'unknown', why: `${part.text} is not evaluated` };
  }
  const { operator } = operation;
  const isThere = operator.startsWith(':') ? value.text !== '' : true;
  const isAlternative = operator.endsWith('+');
  if (isAlternative ? !isThere : isThere) return isAlternative ? { kind: 'text', text: '' } : value;
  if (operator === ':=' || operator === ':?') return { kind: 'unknown', why: `${part.text} is not evaluated` };
  return operandOf(operation.operand, part, variables);
};

/** Quotes in an operand mean other things inside of double quotes than outside; so there are to be none. */
const operandOf = (operand: Word, part: ParameterExpansionPart, variables: Variables): Value => {
  const notEvaluated: Value = { kind: 'unknown', why: `${part.text} is not evaluated` };
  if (/['"\\~`]/.test(operand.text)) return notEvaluated;
  if (operand.parts === undefined) return { kind: 'text', text: operand.value };
  if (!operand.parts.every(({ type }) => ['Literal', 'SimpleExpansion', 'ParameterExpansion'].includes(type))) {
    return notEvaluated;
  }
  const text = joined(operand.parts, variables);
  return 'unknown' in text ? { kind: 'unknown', why: text.unknown } : { kind: 'text', text: text.text };
};

const whyUnknown = (part: WordPart): string => {
  switch (part.type) {
    case 'CommandExpansion':
      return `${part.text} is only known when the node runs it`;
    case 'ArithmeticExpansion':
      return `${part.text} is not evaluated`;
    case 'Glob':
    case 'ExtendedGlob':
      return `${part.text} is not quoted, so the shell compares it with file names`;
    default:
      return `${part.text} is not evaluated`;
  }
};
