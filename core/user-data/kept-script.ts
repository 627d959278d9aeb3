/** The script that is left when nodeadm does the work of bootstrap.sh. */
import { forEachChild, type Statement, type SyntaxNode } from 'unbash';
import { entry, type Place, type ReportEntry } from './report.ts';
import { type BootstrapCall, bootstrapPath, type ScriptReading } from './shell/bootstrap-call.ts';

/** What has been said of the script's commands, and of what the call is given; it is not said again. */
export interface Said {
  reviewed: readonly ReportEntry[];
  given: readonly ReportEntry[];
}

/** `text` is null where nothing is left that does anything. */
export const keepScript = (
  reading: ScriptReading,
  call: BootstrapCall,
  place: (at: number) => Place,
  said: Said,
): { text: string | null; report: ReportEntry[] } => {
  const { source, script } = reading;
  const { statement } = call;
  const unsaid = <Node extends { pos: number }>(nodes: readonly Node[], entries: readonly ReportEntry[]): Node[] => {
    const lines = new Set(entries.map(({ line }) => line));
    return nodes.filter(({ pos }) => !lines.has(place(pos).line));
  };
  const rest = script.commands.filter((each) => each !== statement);
  const working = rest.filter((each) => !onlyServesTheCall(each));
  if (working.length === 0 && call.after.length === 0) {
    const report = unsaid(rest, said.given).map((each) => entry(place(each.pos), textOf(each, source), servedTheCall));
    return { text: null, report };
  }
  const before = working.filter((each) => each.end <= statement.pos);
  const after = [...call.after, ...rest.filter((each) => each.pos >= statement.end)];
  return {
    text: withoutCall(source, call),
    report: [
      ...summaryOf(unsaid(before, said.reviewed), source, place),
      ...unsaid(after, said.reviewed).map((each) => entry(place(each.pos), textOf(each, source), runsEarlier)),
      ...(before.length > 0 ? stopsOnErrors(reading, place) : []),
      ...endsEarly(reading, call, place),
    ],
  };
};

const servedTheCall = {
  what: 'dropped',
  why: 'it only served the call of bootstrap.sh, and the script does nothing else',
} as const;

/** Of a script or a part that came after the call. */
export const runsEarlier = {
  what: 'changed',
  why: 'it came after bootstrap.sh; on AL2023 it runs before the kubelet starts, which it does not ask for',
} as const;

const textOf = ({ pos, end }: { pos: number; end: number }, source: string): string => source.slice(pos, end);

const summaryOf = (statements: readonly Statement[], source: string, place: (at: number) => Place): ReportEntry[] => {
  const [first] = statements;
  if (first === undefined) return [];
  const [line = ''] = textOf(first, source).split('\n');
  const text = statements.length === 1 ? line : `${line} … (${statements.length} commands)`;
  return [
    entry(place(first.pos), text, {
      what: 'carried',
      why: 'shell before bootstrap.sh: cloud-init runs it after nodeadm-config and before nodeadm-run starts containerd and the kubelet',
    }),
  ];
};

/** Settings and variables of the shell end with the script. */
const onlyServesTheCall = ({ command, background }: Statement): boolean => {
  if (command.type !== 'Command' || background === true || command.redirects.length > 0) return false;
  const name = command.name?.value;
  const assigned = [...command.prefix, ...command.args];
  if (name !== undefined && !['set', 'export', 'readonly', 'declare', 'typeset', 'unset', ':', 'true'].includes(name))
    return false;
  const isPlain = assigned.every((each) => each.type === 'Assignment' || each.type === 'Word');
  return isPlain && !runsSomething(command);
};

/** Commands and assignments within words. */
const runsSomething = (node: SyntaxNode): boolean => {
  if (node.type === 'CommandExpansion' || node.type === 'ProcessSubstitution' || node.type === 'Default') return true;
  let found = false;
  forEachChild(node, (child) => {
    found ||= runsSomething(child);
  });
  return found;
};

const withoutCall = (source: string, { statement, after }: BootstrapCall): string => {
  const [first] = after;
  const last = after.at(-1);
  const start = source.slice(0, statement.pos);
  const end = source.slice(statement.end);
  if (first !== undefined && last !== undefined) return `${start}${source.slice(first.pos, last.end)}${end}`;
  // Its exit status was read by some; and an empty branch would be no shell.
  const isAlone = /(?:^|\n)[ \t]*$/.test(start) && /^[ \t;]*(?:#[^\n]*)?(?:\n|$)/.test(end);
  return isAlone
    ? `${start}true # ${bootstrapPath} stood here; nodeadm joins the node, by the NodeConfig.${end.replace(/^[ \t;]*(?:#[^\n]*)?/, '')}`
    : `${start}true${end}`;
};

/** `set -e`, in any spelling. nodeadm-run starts after cloud-init has ended, however that was (nodeadm-run.service). */
const stopsOnErrors = ({ script, source }: ScriptReading, place: (at: number) => Place): ReportEntry[] => {
  if (/^#!\S*\s+(?:\S+\s+)?-[a-zA-Z]*e/.test(script.shebang ?? '')) {
    return [entry(place(0), source.split('\n')[0] ?? '', joinsAllTheSame)];
  }
  const setting = script.commands.find(
    ({ command }) =>
      command.type === 'Command' &&
      command.name?.value === 'set' &&
      /\s-[a-df-zA-Z]*e|\berrexit\b/.test(textOf(command, source)),
  );
  return setting === undefined ? [] : [entry(place(setting.pos), textOf(setting, source), joinsAllTheSame)];
};

/** `exit` in a condition: whether the call was reached was the script's to say. */
const endsEarly = (
  { commands }: ScriptReading,
  { statement }: BootstrapCall,
  place: (at: number) => Place,
): ReportEntry[] =>
  commands
    .filter(({ path, at }) => path === 'exit' && at < statement.pos)
    .map(({ text, at }) => entry(place(at), text, { ...joinsAllTheSame, why: endedHere }));

const endedHere =
  'on AL2 the node did not join where the script ended here; on AL2023 nodeadm-run starts the kubelet all the same';

const joinsAllTheSame = {
  what: 'changed',
  why: 'on AL2 an error before bootstrap.sh kept the node from joining; on AL2023 nodeadm-run starts the kubelet all the same',
  whatToDo: 'what must not fail silently needs another way to be noticed, such as a health gate',
} as const;
