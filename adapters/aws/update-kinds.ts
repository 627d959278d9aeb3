import type { ByKind, NodeGroupUpdates } from '../../core/ports.ts';
import { eksUpdates } from './node-group-updates.ts';
import { instanceRefreshUpdates } from './self-managed-updates.ts';

export const updateKinds = (): ByKind<NodeGroupUpdates> => ({
  managed: eksUpdates(),
  selfManaged: instanceRefreshUpdates(),
});
