/** Defects that are put into a copy of the sources, one at a time: a matrix that stays green on one of them shows nothing. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface Defect {
  name: string;
  file: string;
  /** Stands in the file once. */
  sound: string;
  broken: string;
  /** The main scenario that shows it. */
  scenario: string;
  /** Of the matrix, the cells that may show it. */
  only: string;
}

export const defects: readonly Defect[] = [
  {
    name: 'nobody looks at the lease before a change',
    file: 'functions/fence.ts',
    sound: '  const { value } = await leases.read(key);\n  if (holdsLease(value, holder, generation)) return;\n  throw',
    broken:
      '  if (holder !== "") return;\n  const { value } = await leases.read(key);\n  if (holdsLease(value, holder, generation)) return;\n  throw',
    scenario: 'two-waves-forward',
    only: 'ec2:CreateLaunchTemplateVersion',
  },
  {
    name: 'a token holds a time',
    file: 'core/node-group/tokens.ts',
    sound: "}): string => hash(['version', ",
    broken: "}): string => hash(['version', Date.now(), ",
    scenario: 'two-waves-forward',
    only: 'ec2:CreateLaunchTemplateVersion',
  },
  {
    name: 'nobody looks first whether there is something to ask for',
    file: 'functions/update-node-group/handler.ts',
    sound: "if (verdict.verdict === 'elsewhere') {",
    broken: "if (verdict.verdict === 'elsewhere' && isAndonOn) {",
    scenario: 'two-waves-self-managed',
    only: 'autoscaling:StartInstanceRefresh',
  },
  {
    name: 'settings of a group are not put back',
    file: 'functions/settle-node-group/restore-group.ts',
    sound: "if (retentionBefore !== 'retain') {",
    broken: "if (retentionBefore === 'nobody') {",
    scenario: 'two-waves-self-managed',
    only: 'autoscaling:UpdateAutoScalingGroup',
  },
  {
    name: 'the lifecycle hook is left',
    file: 'functions/settle-node-group/restore-group.ts',
    sound: '() => ports.hooks.remove(name, hook),',
    broken: 'async () => {},',
    scenario: 'two-waves-self-managed',
    only: 'autoscaling:PutLifecycleHook',
  },
];

/** Puts a defect into a copy of the project. */
export const putIn = async (project: string, { file, sound, broken, name }: Defect): Promise<void> => {
  const place = path.join(project, file);
  const text = await readFile(place, 'utf8');
  if (text.split(sound).length !== 2) throw new Error(`${name}: ${file} does not hold ${JSON.stringify(sound)} once`);
  await writeFile(
    place,
    text.replace(sound, () => broken),
  );
};
