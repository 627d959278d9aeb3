/**
 * Plans for a rollout that exists already: what a dead execution began is ended (heal), what was held goes on (resume),
 * or what was updated goes back (rollBack). They read the ledger's records and what AWS says now.
 */
import type { NodeGroupLook } from '../node-group/before-change.ts';
import { type Mode, type NodeGroupRecord, versionFor } from '../node-group/record.ts';

export interface ReturnQuestion {
  operation: 'heal' | 'resume' | 'rollBack';
  records: readonly NodeGroupRecord[];
  /** By node group. */
  looks: Readonly<Record<string, NodeGroupLook>>;
  waves: readonly (readonly string[])[];
}

export type ReturnPlan =
  | { step: 'StartNodeGroups'; mode: Mode; waves: string[][]; reason: string }
  | { step: 'Finish'; reason: string };

export const planReturn = (question: ReturnQuestion): ReturnPlan => {
  switch (question.operation) {
    case 'heal':
      return planHeal(question);
    case 'resume':
      return planResume(question);
    case 'rollBack':
      return planRollBack(question);
  }
};

/** Healing ends what was begun, and begins nothing. */
const planHeal = ({ records }: ReturnQuestion): ReturnPlan => {
  const open = records.filter((record) => record.outcome === null).map((record) => record.name);
  if (open.length === 0) return { step: 'Finish', reason: 'every node group it began has ended' };
  return {
    step: 'StartNodeGroups',
    mode: 'settle',
    waves: [open],
    reason: `ends what was begun in ${open.join(', ')}`,
  };
};

/** What is not on the new AMI goes on, in the waves it was planned in. */
const planResume = ({ records, looks, waves }: ReturnQuestion): ReturnPlan => {
  const open = records
    .filter(
      (record) => record.outcome !== 'Updated' && record.outcome !== 'UpToDate' && looks[record.name]?.isThere === true,
    )
    .map((record) => record.name);
  const left = waves.map((wave) => wave.filter((name) => open.includes(name))).filter((wave) => wave.length > 0);
  if (left.length === 0) return { step: 'Finish', reason: 'no node group of it is left to update' };
  return { step: 'StartNodeGroups', mode: 'forward', waves: left, reason: `goes on with ${left.flat().join(', ')}` };
};

/** What is on the version this rollout brought, or on its way there, goes back. */
const planRollBack = ({ records, looks }: ReturnQuestion): ReturnPlan => {
  const changed = records.filter((record) => isOnNewVersion(record, looks[record.name])).map((record) => record.name);
  if (changed.length === 0) return { step: 'Finish', reason: 'no node group is on what this rollout brought' };
  return { step: 'StartNodeGroups', mode: 'back', waves: [changed], reason: `takes back ${changed.join(', ')}` };
};

const isOnNewVersion = (record: NodeGroupRecord, look: NodeGroupLook | undefined): boolean => {
  if (look?.isThere !== true) return false;
  const imageId = record.to.imageId;
  return (
    (versionFor(record, 'forward') !== null && look.configuredVersion === versionFor(record, 'forward')) ||
    (imageId !== null && imageId in look.instances)
  );
};
