/**
 * From the user data of an AL2 node to that of AL2023: the call of bootstrap.sh becomes a NodeConfig, the rest of the user
 * data stays. Everything that stood in the call is in the report; what cannot be carried with certainty refuses the whole.
 */
import type { KnownCluster } from './cluster-facts.ts';
import { convertCall } from './convert-call.ts';
import { keepScript, runsEarlier } from './kept-script.ts';
import type { WritablePart } from './mime.ts';
import type { NodeConfig } from './node-config.ts';
import { reviewOtherPart } from './other-parts.ts';
import type { UserDataPart } from './part.ts';
import { entry, inOrder, type Place, type ReportEntry } from './report.ts';
import { bootstrapPath, readScript, type ScriptReading } from './shell/bootstrap-call.ts';
import { lineFinder } from './shell/lines.ts';
import { review } from './shell/review.ts';

export type Conversion =
  /** `otherParts` follow the NodeConfig, in this order. */
  | { outcome: 'converted'; nodeConfig: NodeConfig; otherParts: WritablePart[]; report: ReportEntry[] }
  | { outcome: 'refused'; nodeConfig: null; otherParts: []; report: ReportEntry[] };

/** `known` is what DescribeCluster says of the cluster; what it lacks must stand in the user data. */
export const convertUserData = (parts: readonly UserDataPart[], known: KnownCluster): Conversion => {
  const scripts = parts.map((part, index) => read(part, index));
  const calling = scripts.filter(({ reading }) => reading?.call != null);
  const [first] = calling;
  const callIndex = first === undefined ? parts.length : scripts.indexOf(first);
  const report: ReportEntry[] = [];
  const otherParts: WritablePart[] = [];
  let nodeConfig: NodeConfig | null = null;

  for (const [index, each] of scripts.entries()) {
    const { part, reading, place } = each;
    if (reading === null) {
      report.push(...reviewOtherPart(part, place));
      otherParts.push({ contentType: part.contentType ?? 'text/cloud-config', body: part.text });
      continue;
    }
    report.push(...mistakesOf(each));
    const reviewed = review(reading, index > callIndex && part.kind === 'shell' ? 'after' : 'before', place);
    report.push(...reviewed);
    if (reading.call === null) {
      report.push(keptWhole(each, index > callIndex));
      otherParts.push({ contentType: contentTypeOf(part), body: part.text });
      continue;
    }
    const converted = convertCall(reading, reading.call, known, place);
    report.push(...converted.report);
    nodeConfig = converted.nodeConfig;
    const kept = keepScript(reading, reading.call, place, { reviewed, given: converted.report });
    report.push(...kept.report);
    if (kept.text !== null) otherParts.push({ contentType: contentTypeOf(part), body: kept.text });
  }
  for (const { reading, place } of calling.slice(1)) {
    report.push(entry(place(reading?.call?.command.pos ?? 0), bootstrapPath, calledTwice));
  }
  if (first === undefined && !report.some(({ what }) => what === 'blocks')) {
    const [whole] = scripts;
    report.push(entry(whole?.place(0) ?? start, whole?.part.text.split('\n')[0] ?? '', callsNothing));
  }

  const isBlocked = report.some(({ what }) => what === 'blocks');
  return isBlocked || nodeConfig === null
    ? { outcome: 'refused', nodeConfig: null, otherParts: [], report: inOrder(report) }
    : { outcome: 'converted', nodeConfig, otherParts, report: inOrder(report) };
};

const start: Place = { line: 1, part: null };

interface ReadPart {
  part: UserDataPart;
  /** Null: it is no shell. */
  reading: ScriptReading | null;
  place: (at: number) => Place;
}

const read = (part: UserDataPart, index: number): ReadPart => {
  const lineAt = lineFinder(part.text);
  return {
    part,
    reading: isShell(part) ? readScript(part.text) : null,
    place: (at) => ({ line: part.firstLine + lineAt(at) - 1, part: part.isEncoded ? index + 1 : null }),
  };
};

const shebang = /^#!\s*\/\S*\/(?:env\s+(?:-S\s+)?)?(?:bash|sh|dash)\b|^#!\s*\/(?:bash|sh)\b/;

const isShell = ({ kind, text }: UserDataPart): boolean =>
  (kind === 'shell' && (shebang.test(text) || !text.startsWith('#!'))) || kind === 'boothook';

/** What keeps a script from running, or from being read. */
const mistakesOf = ({ part, reading, place }: ReadPart): ReportEntry[] => {
  const report: ReportEntry[] = [];
  if (part.kind === 'shell' && !part.text.startsWith('#!')) {
    report.push(entry(place(0), part.text.split('\n')[0] ?? '', hasNoShebang));
  }
  const carriageReturn = part.text.indexOf('\r');
  if (carriageReturn !== -1) {
    const line = part.text.slice(part.text.lastIndexOf('\n', carriageReturn) + 1, carriageReturn);
    report.push(entry(place(carriageReturn), line, endsInCarriageReturn));
  }
  for (const { at, text, why, whatToDo } of reading?.doubts ?? []) {
    report.push(entry(place(at), text, { what: 'blocks', why, whatToDo }));
  }
  if (part.kind === 'boothook' && reading?.call != null) {
    report.push(entry(place(reading.call.command.pos), bootstrapPath, calledByHook));
  }
  return report;
};

const contentTypeOf = ({ kind, text }: UserDataPart): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what ASCII is
  const charset = /^[\x00-\x7f]*$/.test(text) ? 'us-ascii' : 'utf-8';
  return `${kind === 'boothook' ? 'text/cloud-boothook' : 'text/x-shellscript'}; charset="${charset}"`;
};

const keptWhole = ({ part, place }: ReadPart, isAfter: boolean): ReportEntry => {
  const lines = part.text.split('\n');
  const [line = ''] = lines;
  return entry(place(0), `${line} … (${lines.length} lines)`, isAfter ? runsEarlier : runsAsBefore);
};

const runsAsBefore = {
  what: 'carried',
  why: 'cloud-init runs it as before: after nodeadm-config, and before nodeadm-run starts containerd and the kubelet',
} as const;

const calledTwice = {
  what: 'blocks',
  why: 'bootstrap.sh is called more than once; which call counts is not certain',
  whatToDo: 'leave one call',
} as const;

const calledByHook = {
  what: 'blocks',
  why: 'a boothook runs on every boot, also after the node has joined',
  whatToDo: 'call bootstrap.sh in a text/x-shellscript part',
} as const;

const callsNothing = {
  what: 'blocks',
  why: 'nothing in it calls /etc/eks/bootstrap.sh, so it does not say how the node joins',
  whatToDo: 'where EKS chooses the AMI it adds that itself: make a node group with an AL2023 AMI type instead',
} as const;

const hasNoShebang = {
  what: 'blocks',
  why: 'the script does not begin with #!, so cloud-init cannot run it',
  whatToDo: 'begin it with #!/bin/bash',
} as const;

const endsInCarriageReturn = {
  what: 'blocks',
  why: 'the line ends with a carriage return, which bash takes for a part of the last word',
  whatToDo: 'save it with the line ends of Unix',
} as const;
