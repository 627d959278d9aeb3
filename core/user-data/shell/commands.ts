/** The commands of a script, wherever they stand in it. */
import { type Command, forEachChild, type Script, type SyntaxNode } from 'unbash';

/** One simple command, with what runs it taken off (`sudo`, `cloud-init-per`, …). */
export interface ShellCommand {
  node: Command;
  /** Last part of the path of what is run; null where only the node knows it. */
  name: string | null;
  /** As it is written, path and all. */
  path: string;
  /** Arguments without their quotes; variables are not put in. */
  args: string[];
  /** As it stands in the script, with its here-documents. */
  text: string;
  /** Where it stands in the script. Of a command within backquotes, where those stand. */
  at: number;
  /** It only writes to the screen or the log of the script. */
  onlySpeaks: boolean;
}

/** Programs that run another one: how many of its own arguments stand before that one, beside options. */
const runners = new Map([
  ...['sudo', 'command', 'exec', 'nohup', 'env', 'nice', 'ionice', 'xargs'].map((name) => [name, 0] as const),
  ['timeout', 1],
  ['cloud-init-per', 2],
]);

const speakers = ['echo', 'printf', 'logger'];

/** Every simple command within, in the order of the script. */
export const commandsIn = (root: SyntaxNode, source: string): ShellCommand[] => {
  const found: ShellCommand[] = [];
  const visit = (node: SyntaxNode, text: string, at: number | null, isPiped: boolean): void => {
    if (node.type === 'Command') found.push(describe(node, text, at ?? node.pos, isPiped));
    // Backquotes are read from a text of their own.
    const own = node.type === 'Script' ? (node as Script).source : undefined;
    forEachChild(node, (child) => {
      visit(child, own ?? text, own === undefined ? at : (at ?? node.pos), isPiped || node.type === 'Pipeline');
    });
  };
  visit(root, source, null, false);
  return found;
};

const describe = (node: Command, source: string, at: number, isPiped: boolean): ShellCommand => {
  const words = [...(node.name === undefined ? [] : [node.name]), ...node.args].map(wordText);
  const first = afterRunners(words);
  const path = words[first] ?? '';
  const heredocs = node.redirects.flatMap((each) => (each.type === 'HereDoc' ? [each.body.text] : []));
  return {
    node,
    name: path === '' || /[$`]/.test(path) ? null : nameOf(path),
    path,
    args: words.slice(first + 1),
    text: [source.slice(node.pos, node.end), ...heredocs].join('\n'),
    at,
    onlySpeaks: speakers.includes(nameOf(path)) && !isPiped && !writesFiles(node),
  };
};

/** Where the program itself stands among the words. */
const afterRunners = (words: readonly string[]): number => {
  let first = 0;
  for (;;) {
    const own = runners.get(nameOf(words[first] ?? ''));
    if (own === undefined || /^-[vV]$/.test(words[first + 1] ?? '')) return first;
    let next = first + 1 + own;
    while (/^-|^[A-Za-z_]\w*=/.test(words[next] ?? '')) next += 1;
    if (next >= words.length) return first;
    first = next;
  }
};

/** Whether it writes a file other than a log. */
export const writesFiles = (node: Command): boolean =>
  node.redirects.some(
    (each) =>
      each.type === 'Redirect' &&
      each.operator.includes('>') &&
      !/^(?:\d+|-|\/dev\/.*|\/var\/log\/.*)$/.test(each.target?.value ?? ''),
  );

const wordText = (word: Command['args'][number] | undefined): string =>
  word === undefined ? '' : word.type === 'Word' ? word.value : word.text;

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
