/**
 * Writes what is generated from sources: the JSON Schemas of the policy document and the events, and the pictures of the state machines.
 * With --check it writes nothing and fails where a file is not what it would be.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { noticeDetailSchema, noticeTypes } from '../core/notice/notice.ts';
import { releaseNoticeDetailSchema, releaseNoticeTypes } from '../core/notice/release-notice.ts';
import { policySchema } from '../core/policy/policy.ts';

interface State {
  Type: string;
  Next?: string;
  End?: boolean;
  Default?: string;
  Choices?: { Next: string; Condition: string }[];
  ItemProcessor?: unknown;
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

/** An event as rules on the bus see it (EventBridge user guide, eb-events-structure). */
const eventSchema = (id: string, types: readonly string[], ofDetail: z.core.$ZodType): string => {
  const { $schema, ...detail } = z.toJSONSchema(ofDetail, { io: 'output' });
  const event = {
    $id: id,
    title: 'Event of eks-ami-rollout',
    $schema,
    type: 'object',
    properties: { source: { const: 'eks-ami-rollout' }, 'detail-type': { enum: types }, detail },
    required: ['source', 'detail-type', 'detail'],
  };
  return `${JSON.stringify(event, null, 2)}\n`;
};

/** A Mermaid state diagram. Ways of errors are left out: they all lead to a state that holds, settles or finishes. */
const diagram = ({ StartAt, States }: Machine): string => {
  const lines = ['stateDiagram-v2', `  [*] --> ${StartAt}`];
  for (const [name, state] of Object.entries(States)) {
    for (const target of new Set(targetsOf(state))) lines.push(`  ${name} --> ${target}`);
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

const targetsOf = (state: State): string[] =>
  [...(state.Choices ?? []).map((choice) => choice.Next), state.Default, state.Next].filter(
    (next) => next !== undefined,
  );

/** The states a machine comes through when nothing fails, in the order of its definition; the first one only remembers. */
const wayThrough = ({ StartAt, States }: Machine): [string, State][] => {
  const reached = new Set([StartAt]);
  for (const name of reached) for (const next of targetsOf(States[name] ?? { Type: '' })) reached.add(next);
  return Object.entries(States).filter(([name, { Type }]) => reached.has(name) && Type !== 'Pass');
};

/** The machine whose executions a Map starts: its definition names it by a placeholder such as ${RollOutClusterArn}. */
const childOf = (state: State): (typeof machines)[number] | undefined => {
  const placeholder = /\$\{(\w+)\}/.exec(JSON.stringify(state.ItemProcessor ?? {}))?.[1] ?? '';
  const plain = (text: string): string => text.replaceAll('-', '').toLowerCase();
  return machines.find(({ name }) => placeholder !== '' && plain(placeholder).startsWith(plain(name)));
};

/** The three machines in one picture, and which starts which. */
const flow = (): string => {
  const lines = ['flowchart TB'];
  const links: string[] = [];
  for (const { name, machine } of [...machines].sort((a, b) => rank(a.machine) - rank(b.machine))) {
    const id = (state: string): string => `${name}_${state}`;
    lines.push(`  subgraph ${name}`);

    for (const [state, definition] of wayThrough(machine)) {
      const [open, close] = shapes[definition.Type] ?? ['[', ']'];
      lines.push(`    ${id(state)}${open}${state}${close}`);
      for (const next of new Set(targetsOf(definition))) lines.push(`    ${id(state)} --> ${id(next)}`);
      const child = childOf(definition);
      if (child !== undefined) links.push(`  ${id(state)} -. starts .-> ${child.name}`);
    }
    lines.push('  end');
  }
  return ['```mermaid', ...lines, ...links, '```'].join('\n');
};

/** Tasks are boxes, Maps double ones, choices diamonds, waits rounded, ends round. */
const shapes: Readonly<Record<string, [string, string]>> = {
  Choice: ['{', '}'],
  Wait: ['(', ')'],
  Map: ['[[', ']]'],
  Succeed: ['([', '])'],
  Fail: ['([', '])'],
};

/** Parents before their children. */
const rank = (machine: Machine): number => {
  const child = Object.values(machine.States)
    .map(childOf)
    .find((each) => each !== undefined);
  return child === undefined ? 0 : rank(child.machine) - 1;
};

/** The README with its picture between the marks. */
const readme = (): string => {
  const [before, rest = ''] = readFileSync('README.md', 'utf8').split('<!-- picture: generated -->');
  const after = rest.split('<!-- /picture -->')[1] ?? '';
  return `${before}<!-- picture: generated -->\n${flow()}\n<!-- /picture -->${after}`;
};

const files: Readonly<Record<string, () => string>> = {
  'schemas/policy.schema.json': schema,
  'schemas/release-event.schema.json': () =>
    eventSchema('release-event.schema.json', releaseNoticeTypes, releaseNoticeDetailSchema),
  'schemas/rollout-event.schema.json': () => eventSchema('rollout-event.schema.json', noticeTypes, noticeDetailSchema),
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
