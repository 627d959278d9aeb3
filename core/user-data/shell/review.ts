/** Judges what a script does beside calling bootstrap.sh. */
import { forEachChild, type SyntaxNode } from 'unbash';
import { entry, type Place, type ReportEntry } from '../report.ts';
import { isBootstrap, type ScriptReading } from './bootstrap-call.ts';
import type { ShellCommand } from './commands.ts';
import { needNoKubelet, shellRules, tellsOthers } from './rules.ts';

/** `before`: it ran before bootstrap.sh did. `after`: the kubelet ran already. */
export type Moment = 'before' | 'after';

/** Everything that needs a word. Commands that mean the same on AL2023 need none. */
export const review = (reading: ScriptReading, moment: Moment, place: (at: number) => Place): ReportEntry[] => {
  const { call, commands, script } = reading;
  const report: ReportEntry[] = [];
  const functions = functionsIn(script);
  const isLate = (at: number): boolean => moment === 'after' || (call !== null && at > call.command.end);
  // A function that is called after bootstrap.sh runs then, wherever it stands.
  const areFunctionsLate = commands.some(({ at, path }) => isLate(at) && functions.has(path));
  const isAfterCall = (at: number): boolean =>
    isLate(at) || (areFunctionsLate && [...functions.values()].some(({ pos, end }) => at >= pos && at < end));
  const waiting = loopsIn(script).filter(({ pos }) => isAfterCall(pos));
  for (const command of commands) {
    // Calls are looked at by themselves; what hangs on the call is lost with it.
    if (isBootstrap(command)) continue;
    if (call !== null && isWithin(command, [...call.onFailure, ...call.listeners])) continue;
    const isAfter = isAfterCall(command.at) && !isWithin(command, waiting);
    const rule = shellRules.find((each) => each.applies(command));
    if (rule !== undefined) report.push(entry(place(command.at), command.text, rule.remark));
    if (!isAfter || rule?.remark.what === 'blocks') continue;
    if (tellsOthers.applies(command)) report.push(entry(place(command.at), command.text, tellsOthers.remark));
    else if (!isHarmless(command, functions)) report.push(entry(place(command.at), command.text, couldNeedIt));
  }
  for (const loop of waiting) report.push(entry(place(loop.pos), reading.source.slice(loop.pos, loop.end), waits));
  return withoutRepeats(report);
};

/** What stands in a substitution is part of the command around it, too. */
const withoutRepeats = (report: readonly ReportEntry[]): ReportEntry[] =>
  [...new Map(report.map((each) => [`${each.line} ${each.why}`, each] as const).reverse()).values()].reverse();

const couldNeedIt = {
  what: 'blocks',
  why: 'it comes after bootstrap.sh, when the kubelet ran; on AL2023 user data ends before the kubelet starts, and nobody can tell whether it needs it',
  whatToDo:
    'if it does not need the kubelet, move it above the call of bootstrap.sh; else let a DaemonSet or a systemd unit with After=nodeadm-run.service do it. Then convert again',
} as const;

const waits = {
  what: 'blocks',
  why: 'it comes after bootstrap.sh and waits; on AL2023 the kubelet does not start before user data has ended',
  whatToDo: 'take it out, or let a systemd unit with After=nodeadm-run.service do it',
} as const;

const isHarmless = ({ name, path, node }: ShellCommand, functions: ReadonlyMap<string, SyntaxNode>): boolean => {
  // Assignments and redirections without a command
  if (node.name === undefined) return true;
  return name !== null && (needNoKubelet.has(name) || functions.has(path));
};

const isWithin = ({ at }: ShellCommand, nodes: readonly { pos: number; end: number }[]): boolean =>
  nodes.some(({ pos, end }) => at >= pos && at < end);

/** A function is as harmless as the commands in it, which are looked at themselves. */
const functionsIn = (root: SyntaxNode): Map<string, SyntaxNode> => {
  const functions = new Map<string, SyntaxNode>();
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Function') functions.set(node.name.value, node);
    forEachChild(node, visit);
  };
  visit(root);
  return functions;
};

const loopsIn = (root: SyntaxNode): SyntaxNode[] => {
  const found: SyntaxNode[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'While' || node.type === 'ArithmeticFor') found.push(node);
    else forEachChild(node, visit);
  };
  visit(root);
  return found;
};
