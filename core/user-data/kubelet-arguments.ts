/** Turns the arguments of `--kubelet-extra-args` into fields of KubeletConfiguration and flags. */
import { type FieldType, type KubeletFlag, kubeletFlags } from './kubelet-flags.ts';
import { isMap } from './merge.ts';
import { entry, type Place, type Remark, type ReportEntry } from './report.ts';

export interface KubeletSettings {
  /** A fragment of KubeletConfiguration v1beta1. */
  config: Record<string, unknown>;
  flags: string[];
}

interface GivenFlag {
  /** Without hyphens, words separated by hyphens; null where it is none. */
  name: string | null;
  /** Null: it was given without one. */
  value: string | null;
  words: string[];
}

/** Reads the words as the kubelet does and says what becomes of each. `words` hold no blanks. */
export const convertKubeletArguments = (
  words: readonly string[],
  place: Place,
): { settings: KubeletSettings; report: ReportEntry[] } => {
  const settings: KubeletSettings = { config: {}, flags: [] };
  const report: ReportEntry[] = [];
  const given = group(words);
  given.forEach((flag, index) => {
    const say = (remark: Remark): void => void report.push(entry(place, flag.words.join(' '), remark));
    const known = flag.name === null ? undefined : kubeletFlags.get(flag.name);
    if (flag.name === null) say(noFlag);
    else if (known === undefined) {
      settings.flags.push(...flag.words);
      say({
        what: 'carried',
        to: 'spec.kubelet.flags',
        why: 'it is not a flag that is known here, so it is handed on as it is',
      });
    } else if (known.fate === 'flag') {
      settings.flags.push(flag.value === null ? `--${flag.name}` : `--${flag.name}=${flag.value}`);
      say({ what: 'carried', to: 'spec.kubelet.flags', why: 'KubeletConfiguration has no field for it' });
    } else if (known.fate !== 'field') {
      say(judge(known, flag));
    } else if (isOverruled(known.type) && given.slice(index + 1).some(({ name }) => name === flag.name)) {
      say({ what: 'dropped', why: 'it is given again later, and the kubelet takes the last one' });
    } else {
      const read = readField(known.type, flag.value);
      if ('mistake' in read) {
        say({
          what: 'blocks',
          why: `the kubelet cannot read it: ${read.mistake}`,
          whatToDo: 'write it as the kubelet reads it',
        });
      } else {
        put(settings.config, known.field.split('.'), read.value);
        say(remarkOn(known.field, read.value));
      }
    }
  });
  if ('reservedSystemCPUs' in settings.config) makeRoomForReservedCpus(settings.config);
  return { settings, report };
};

/** The flags that are given, without hyphens. */
export const namesOfFlags = (words: readonly string[]): Set<string> =>
  new Set(group(words).flatMap(({ name }) => (name === null ? [] : [name])));

const noFlag: Remark = {
  what: 'blocks',
  why: 'it is no flag, and the kubelet takes nothing else',
  whatToDo: 'take it out, or quote it together with the flag it belongs to',
};

/** `--name=value`, `--name value`, `--switch`, `-v 2`; names with underscores are the same names (pflag, cliflag). */
const group = (words: readonly string[]): GivenFlag[] => {
  const given: GivenFlag[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const match = /^(?:--([A-Za-z][^=]*)|-(v))(?:=(.*))?$/s.exec(word);
    if (match === null) {
      given.push({ name: null, value: null, words: [word] });
      continue;
    }
    const name = (match[1] ?? match[2] ?? '').replaceAll('_', '-');
    const next = words[index + 1];
    if (match[3] !== undefined || !takesNext(name, next)) {
      given.push({ name, value: match[3] ?? null, words: [word] });
    } else {
      given.push({ name, value: next ?? null, words: next === undefined ? [word] : [word, next] });
      index += 1;
    }
  }
  return given;
};

/** Whether the word after a flag is its value. Of flags that are not known a word that is no flag is taken for one. */
const takesNext = (name: string, next: string | undefined): boolean => {
  const flag = kubeletFlags.get(name);
  if (flag === undefined) return next !== undefined && !next.startsWith('-');
  return flag.fate === 'field' ? flag.type !== 'boolean' : flag.isSwitch !== true;
};

const judge = (known: Exclude<KubeletFlag, { fate: 'field' | 'flag' }>, { name, value }: GivenFlag): Remark => {
  const isDocker =
    /docker/.test(value ?? '') && (name === 'container-runtime' || name === 'container-runtime-endpoint');
  if (isDocker) {
    return { what: 'blocks', why: 'there is no Docker on AL2023', whatToDo: 'take the flag out' };
  }
  const { fate, why, whatToDo } = known;
  return { what: fate, why, ...(whatToDo === undefined ? {} : { whatToDo }) };
};

/** Given twice, the last one counts; maps and lists grow. */
const isOverruled = (type: FieldType): boolean => !['list', 'map', 'pair', 'thresholds', 'gates'].includes(type);

type Read = { value: unknown } | { mistake: string };

const readField = (type: FieldType, text: string | null): Read => {
  if (type === 'boolean') return readBoolean(text ?? 'true');
  if (text === null) return { mistake: 'it has no value' };
  switch (type) {
    case 'text':
      return { value: text };
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? { value: Number(text) } : { mistake: `"${text}" is not a whole number` };
    case 'duration':
      return /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+)$/.test(text)
        ? { value: text === '0' ? '0s' : text }
        : { mistake: `"${text}" is not a duration such as 30s or 5m0s` };
    case 'list':
      return { value: text.split(',').filter((item) => item !== '') };
    case 'map':
      return readPairs(text.split(','), '=');
    case 'pair':
      return readPairs([text], '=');
    case 'thresholds':
      return readPairs(text.split(','), '<');
    case 'gates':
      return readGates(text);
    case 'taints':
      return readTaints(text);
  }
};

/** As Go reads it (strconv.ParseBool). */
const readBoolean = (text: string): Read => {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return { value: true };
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return { value: false };
  return { mistake: `"${text}" is neither true nor false` };
};

const readPairs = (items: readonly string[], separator: string): Read => {
  const pairs: [string, string][] = [];
  for (const item of items) {
    if (item === '') continue;
    const at = item.indexOf(separator);
    if (at === -1) return { mistake: `"${item}" has no ${separator}` };
    pairs.push([item.slice(0, at).trim(), item.slice(at + 1).trim()]);
  }
  return { value: Object.fromEntries(pairs) };
};

const readGates = (text: string): Read => {
  const pairs = readPairs(text.split(','), '=');
  if ('mistake' in pairs) return pairs;
  const gates: [string, unknown][] = [];
  for (const [gate, value] of Object.entries(pairs.value as Record<string, string>)) {
    const read = readBoolean(value);
    if ('mistake' in read) return read;
    gates.push([gate, read.value]);
  }
  return { value: Object.fromEntries(gates) };
};

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

const readTaints = (text: string): Read => {
  const taints: { key: string; value?: string; effect: string }[] = [];
  for (const item of text === '' ? [] : text.split(',')) {
    const match = /^([^=:]+)(?:=([^=:]*))?:([^=:]*)$/.exec(item);
    const [, key, value, effect] = match ?? [];
    if (key === undefined || effect === undefined || !effects.includes(effect)) {
      return { mistake: `"${item}" is not a taint, key=value:Effect with one of ${effects.join(', ')}` };
    }
    taints.push({ key, ...(value === undefined || value === '' ? {} : { value }), effect });
  }
  return { value: taints };
};

/** Maps and lists that were put there before grow. Keys come from user data, so none is looked up the chain. */
const put = (target: Record<string, unknown>, path: readonly string[], value: unknown): void => {
  const [key = '', ...rest] = path;
  const before = Object.hasOwn(target, key) ? target[key] : undefined;
  if (rest.length > 0) {
    const inner = isMap(before) ? before : {};
    target[key] = inner;
    put(inner, rest, value);
  } else if (Array.isArray(before) && Array.isArray(value)) {
    target[key] = [...before, ...value];
  } else {
    target[key] = isMap(before) && isMap(value) ? { ...before, ...value } : value;
  }
};

/** Maps that nodeadm fills, too. The flag took their place; the configuration is laid over them, key by key. */
const filledByNodeadm: Readonly<Record<string, readonly string[]>> = {
  evictionHard: ['memory.available', 'nodefs.available', 'nodefs.inodesFree'],
  kubeReserved: ['cpu', 'memory', 'ephemeral-storage'],
};

const remarkOn = (field: string, value: unknown): Remark => {
  const to = `spec.kubelet.config.${field}`;
  const others = (filledByNodeadm[field] ?? []).filter((key) => !isMap(value) || !Object.hasOwn(value, key));
  if (others.length > 0) {
    return {
      what: 'changed',
      to,
      why: `on AL2 the flag replaced every ${field}; on AL2023 nodeadm's own ${others.join(', ')} stay`,
      whatToDo: 'give every one of them if another value is wanted',
    };
  }
  if (field === 'reservedSystemCPUs') {
    const why =
      'with kubeReservedCgroup and systemReservedCgroup emptied, as bootstrap.sh did; the kubelet refuses them together';
    return { what: 'carried', to, why };
  }
  return { what: 'carried', to, why: 'the same setting of the kubelet' };
};

/**
 * nodeadm always names cgroups for what is reserved, and the kubelet does not start with both (ValidateKubeletConfiguration:
 * "can't use reservedSystemCPUs with systemReservedCgroup or kubeReservedCgroup"). bootstrap.sh left them out in this case.
 */
const makeRoomForReservedCpus = (config: Record<string, unknown>): void => {
  config.systemReservedCgroup ??= '';
  config.kubeReservedCgroup ??= '';
};
