import type { NodeGroupKind } from '../../core/plan/facts.ts';
import type { ByKind, NodeGroups } from '../../core/ports.ts';
import { eksNodeGroups } from './node-groups.ts';
import { selfManagedNodeGroups } from './self-managed-node-groups.ts';

export const nodeGroupKinds = (): ByKind<NodeGroups> => ({
  managed: eksNodeGroups(),
  selfManaged: selfManagedNodeGroups(),
});

/** The port that answers for a node group. */
export const ofKind = <Port>(kinds: ByKind<Port>, { kind }: { kind: NodeGroupKind }): Port =>
  kind === 'self-managed' ? kinds.selfManaged : kinds.managed;
