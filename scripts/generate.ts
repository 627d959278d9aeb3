/**
 * Writes what is generated from sources: the JSON Schema of the policy document, and the pictures of the state machines.
 * With --check it writes nothing and fails where a file is not what it would be.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { policySchema } from '../core/policy/policy.ts';

interface State {
  Type: string;
  Next?: string;
  End?: boolean;
  Default?: string;
  Choices?: { Next: string; Condition: string }[];
  Catch?: { Next: string }[];
}

interface Machine {
  Comment: string;
  StartAt: string;
  States: Record<string, State>;
}

const schema = (): string => {
  const document = z.toJSONSchema(policySchema, { io: 'input', unrepresentable: 'any' });
  return `${JSON.stringify({ $id: 'policy.schema.json', title: 'Policy document of eks-ami-rollout', ...document }, null, 2)}\n`;
};

/** A Mermaid state diagram. Ways of errors are left out: they all lead to a state that holds, settles or finishes. */
const diagram = ({ StartAt, States }: Machine): string => {
  const lines = ['stateDiagram-v2', `  [*] --> ${StartAt}`];
  for (const [name, state] of Object.entries(States)) {
    const targets = [...(state.Choices ?? []).map((choice) => choice.Next), state.Default, state.Next];
    for (const target of new Set(targets)) if (target !== undefined) lines.push(`  ${name} --> ${target}`);
    if (state.End === true || state.Type === 'Succeed' || state.Type === 'Fail') lines.push(`  ${name} --> [*]`);
    if (state.Type === 'Choice') lines.push(`  state ${name} <<choice>>`);
  }
  return ['```mermaid', ...lines, '```'].join('\n');
};

const machines = globSync('statemachines/*.asl.yaml')
  .sort()
  .map((file) => ({
    name: path.basename(file, '.asl.yaml'),
    machine: parse(readFileSync(file, 'utf8')) as Machine,
  }));

const pictures = (): string =>
  [
    '# The state machines',
    '',
    'Generated from `statemachines/` by `npm run generate`. Ways of errors are left out: each Task catches them and leads to',
    'a state that settles or finishes.',
    ...machines.flatMap(({ name, machine }) => ['', `## ${name}`, '', machine.Comment, '', diagram(machine)]),
    '',
  ].join('\n');

/** The README with its picture between the marks. */
const readme = (): string => {
  const [before, rest = ''] = readFileSync('README.md', 'utf8').split('<!-- picture: generated -->');
  const after = rest.split('<!-- /picture -->')[1] ?? '';
  const nodeGroup = machines.find(({ name }) => name === 'roll-out-node-group');
  const picture = nodeGroup === undefined ? '' : diagram(nodeGroup.machine);
  return `${before}<!-- picture: generated -->\n${picture}\n<!-- /picture -->${after}`;
};

const files: Readonly<Record<string, () => string>> = {
  'schemas/policy.schema.json': schema,
  'docs/state-machines.md': pictures,
  'README.md': readme,
};

const isCheck = process.argv.includes('--check');
let isCurrent = true;
for (const [file, make] of Object.entries(files)) {
  const wanted = make();
  let present = '';
  try {
    present = readFileSync(file, 'utf8');
  } catch {
    // Not there yet.
  }
  if (present === wanted) continue;
  isCurrent = false;
  if (!isCheck) writeFileSync(file, wanted);
  console.log(isCheck ? `${file} is not what its sources make; run npm run generate` : `wrote ${file}`);
}
if (isCheck && !isCurrent) process.exit(1);
if (isCurrent) console.log('Generated files are current.');
