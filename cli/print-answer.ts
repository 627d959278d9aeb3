/** An answer as a person reads it: the outcome and why first, then a table, then what to heed. */
import Table from 'cli-table3';
import colors from 'picocolors';
import type { AmiState, Answer } from '../core/outcome/answer.ts';

/** Good outcomes are green, those that want a person are yellow or red. */
export const paint = (outcome: string): string => {
  if (['Succeeded', 'UpToDate', 'Updated', 'Planned'].includes(outcome)) return colors.green(outcome);
  if (['RolledBack', 'Held'].includes(outcome)) return colors.yellow(outcome);
  if (['Failed', 'Refused'].includes(outcome)) return colors.red(outcome);
  return outcome;
};

export const answerText = (answer: Answer, width = 100): string => {
  const lines = [
    `${paint(answer.outcome)}  ${answer.clusterName ?? ''}  ${colors.dim(`rollout ${answer.rolloutId}`)}`,
    answer.reason,
  ];
  if (answer.nodeGroups.length > 0) lines.push('', nodeGroupTable(answer.nodeGroups, width));
  const { waves, findings } = answer.plan;
  if (answer.outcome === 'Planned') {
    lines.push('', 'Waves', ...waves.map((wave, index) => `  ${index + 1}. ${wave.join(', ')}`));
  }
  if (findings.length > 0) {
    lines.push('', 'Findings');
    for (const { level, code, message, fix } of findings) {
      lines.push(`  ${level === 'refuse' ? colors.red(level) : colors.yellow(level)} ${code}: ${message}`);
      if (fix !== undefined) lines.push(`    ${colors.dim(fix)}`);
    }
  }
  return lines.join('\n');
};

interface NodeGroupRow {
  name: string;
  outcome: string;
  reason: string;
  from: AmiState;
  to: AmiState;
}

const columns = [18, 20, 20, 12];
const borders = columns.length + 2;
const narrowest = 100;

/** A table where there is room for one, else a block of lines for each node group. */
export const nodeGroupTable = (nodeGroups: readonly NodeGroupRow[], width: number): string => {
  if (width < narrowest) return nodeGroups.map(nodeGroupBlock).join('\n');
  const taken = columns.reduce((sum, each) => sum + each, borders);
  const table = new Table({
    head: ['node group', 'from', 'to', 'outcome', 'why'],
    style: { head: [], border: [], compact: true },
    colWidths: [...columns, width - taken],
    wordWrap: true,
  });
  for (const { name, outcome, reason, from, to } of nodeGroups) {
    table.push([name, amiText(from), amiText(to), paint(outcome), reason]);
  }
  return table.toString();
};

const nodeGroupBlock = ({ name, outcome, reason, from, to }: NodeGroupRow): string =>
  [`  ${colors.bold(name)}  ${paint(outcome)}  ${amiText(from)} -> ${amiText(to)}`, `    ${reason}`].join('\n');

const amiText = ({ releaseVersion, imageId }: AmiState): string => releaseVersion ?? imageId ?? '-';
