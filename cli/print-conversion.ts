/** What became of user data, as a person reads it: what stops it first, then what is other than before, then the rest. */
import colors from 'picocolors';
import type { ConvertedUserData } from '../adapters/user-data/convert.ts';
import { mostUserDataBytes } from '../core/user-data/render.ts';
import type { Fate, ReportEntry } from '../core/user-data/report.ts';

export const conversionText = (file: string, { outcome, userData, report }: ConvertedUserData): string => {
  const count = (what: Fate): number => report.filter((each) => each.what === what).length;
  const counts = `${count('carried')} carried, ${count('changed')} changed, ${count('dropped')} dropped`;
  const blocks = count('blocks');
  const lines =
    outcome === 'converted'
      ? [`${colors.green('Converted')}  ${file}: ${counts}`]
      : [
          `${colors.red('Refused')}  ${file}: ${blocks === 1 ? 'one thing stops' : `${blocks} things stop`} the move to AL2023`,
        ];
  for (const { what, title } of chapters) {
    // What would become of the rest does not matter before these are mended.
    if (outcome === 'refused' && what !== 'blocks') continue;
    const entries = report.filter((each) => each.what === what);
    if (entries.length > 0) lines.push('', title, ...entries.flatMap(described));
  }
  if (outcome === 'refused') lines.push('', `Nothing was converted. Of the rest: ${counts} (--json lists them).`);
  const size = userData === null ? 0 : Buffer.byteLength(userData);
  if (size > mostUserDataBytes) {
    lines.push(
      '',
      `It has ${size} bytes and EC2 takes ${mostUserDataBytes}: pack it (gzip -9) before it is encoded in base64.`,
    );
  }
  return lines.join('\n');
};

const chapters: readonly { what: Fate; title: string }[] = [
  { what: 'blocks', title: colors.red('Stops the move') },
  { what: 'changed', title: colors.yellow('Means something else on AL2023') },
  { what: 'dropped', title: 'Is not carried over' },
  { what: 'carried', title: 'Is carried over' },
];

const described = ({ line, part, text, what, to, why, whatToDo }: ReportEntry): string[] => {
  const place = part === null ? `line ${line}` : `part ${part}, line ${line}`;
  const head = `  ${place}: ${colors.bold(short(text))}`;
  if (what === 'carried' && to !== null && whatToDo === null) return [`${head} ${colors.dim(`-> ${to}`)}`];
  return [head, `    ${why}`, ...(whatToDo === null ? [] : [`    ${colors.dim(`do: ${whatToDo}`)}`])];
};

const longest = 100;

const short = (text: string): string => {
  const [first = '', ...more] = text.split('\n');
  const line = first.length > longest ? `${first.slice(0, longest)}…` : first;
  return more.length > 0 && !line.endsWith('…') ? `${line} …` : line;
};
