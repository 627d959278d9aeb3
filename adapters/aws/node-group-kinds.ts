import type { NodeGroupKind } from '../../core/plan/facts.ts';
import type { NodeGroupKinds, NodeGroups } from '../../core/ports.ts';
import { eksNodeGroups } from './node-groups.ts';
import { selfManagedNodeGroups } from './self-managed-node-groups.ts';

export const nodeGroupKinds = (): NodeGroupKinds => ({
  managed: eksNodeGroups(),
  selfManaged: selfManagedNodeGroups(),
});

/** The port that answers for a node group. */
export const ofKind = (kinds: NodeGroupKinds, { kind }: { kind: NodeGroupKind }): NodeGroups =>
  kind === 'self-managed' ? kinds.selfManaged : kinds.managed;
