/** Takes the arguments of bootstrap.sh apart as its own loop does (`case $key in … esac`). */
import { bootstrapOptions } from './bootstrap-options.ts';
import { entry, type Place, type ReportEntry } from './report.ts';
import type { Argument, BootstrapCall } from './shell/bootstrap-call.ts';

/** An option that counts. */
export interface GivenOption {
  option: string;
  value: Argument;
  /** As it stands there: option and value, or the variable. */
  text: string;
  place: Place;
  /** An option and its value may stand on different lines. */
  valuePlace: Place;
}

export interface BootstrapArguments {
  /** The first argument that is no option: the name of the cluster. Null: there is none. */
  clusterName: { value: Argument; place: Place } | null;
  options: Map<string, GivenOption>;
  /** What does not count, and what cannot be told. */
  report: ReportEntry[];
}

const known = new Map(bootstrapOptions.map((each) => [each.option, each]));

const writtenOf = (argument: Argument): string => ('text' in argument ? argument.text : argument.written);

export const readBootstrapArguments = (call: BootstrapCall, place: (at: number) => Place): BootstrapArguments => {
  const report: ReportEntry[] = [];
  const options = new Map<string, GivenOption>();
  const positional: Argument[] = [];
  const give = (given: GivenOption): void => {
    const former = options.get(given.option);
    const why = 'the option is given again later, and the last one counts';
    if (former !== undefined) report.push(entry(former.place, former.text, { what: 'dropped', why }));
    options.set(given.option, given);
  };
  // What stands in the environment counts where the line says nothing.
  for (const [name, value] of call.variables) {
    const option = bootstrapOptions.find(({ variable }) => variable === name)?.option;
    if (option === undefined) continue;
    give({ option, value, text: `${name}=${writtenOf(value)}`, place: place(value.at), valuePlace: place(value.at) });
  }
  const all = call.arguments;
  for (let index = 0; index < all.length; index += 1) {
    const argument = all[index];
    if (argument === undefined) break;
    const text = writtenOf(argument);
    const here = place(argument.at);
    if ('unknown' in argument && !argument.isOne) {
      report.push(entry(here, text, mayBeOptions(argument.unknown)));
    } else if (text === '-h' || text === '--help') {
      report.push(entry(here, text, asksForHelp));
    } else if (!known.has(text)) {
      positional.push(argument);
    } else {
      const value = all[index + 1];
      index += 1;
      if (value === undefined) report.push(entry(here, text, hasNoValue));
      else give({ option: text, value, text: `${text} ${writtenOf(value)}`, place: here, valuePlace: place(value.at) });
    }
  }
  const [first, ...more] = positional;
  for (const argument of more.length === 0 ? [] : positional) {
    if ('unknown' in argument) report.push(entry(place(argument.at), argument.written, mayBeOptions(argument.unknown)));
  }
  for (const argument of more)
    report.push(entry(place(argument.at), writtenOf(argument), ignored(writtenOf(argument))));
  return {
    clusterName: first === undefined ? null : { value: first, place: place(first.at) },
    options: withoutEmpty(options, report),
    report,
  };
};

/** bootstrap.sh takes an empty value for none. */
const withoutEmpty = (options: ReadonlyMap<string, GivenOption>, report: ReportEntry[]): Map<string, GivenOption> => {
  const counting = new Map(options);
  for (const [name, { value, text, place }] of options) {
    if (!('text' in value) || value.text !== '') continue;
    counting.delete(name);
    report.push(entry(place, text, { what: 'dropped', why: 'it is empty, which bootstrap.sh takes for not given' }));
  }
  return counting;
};

const mayBeOptions = (why: string) =>
  ({
    what: 'blocks',
    why: `${why}; it may stand for any options`,
    whatToDo: 'write the options themselves on the line',
  }) as const;

const asksForHelp = {
  what: 'blocks',
  why: 'bootstrap.sh prints its help and ends, so the node never joins',
  whatToDo: 'take it out',
} as const;

const hasNoValue = {
  what: 'blocks',
  why: 'the option has no value, so bootstrap.sh ends with an error',
  whatToDo: 'give the value, or take the option out',
} as const;

const ignored = (text: string) =>
  ({
    what: 'dropped',
    why: text.startsWith('-')
      ? 'bootstrap.sh has no such option (it takes "--option value", not "--option=value"), so it never had an effect'
      : 'bootstrap.sh takes one cluster name and ignores what follows, so it never had an effect',
    whatToDo: text.startsWith('-')
      ? 'if it is meant for the kubelet, quote it together with --kubelet-extra-args'
      : 'if it belongs to an option, quote it together with that',
  }) as const;
