/** EC2 Auto Scaling (EC2 Auto Scaling API reference). */
import type * as client from '@aws-sdk/client-auto-scaling';
import type { Operations } from '../wire/operations.ts';
import type { World } from '../world/world.ts';
import { descriptionOperations } from './auto-scaling/descriptions.ts';
import { hookOperations } from './auto-scaling/hooks.ts';
import { refreshOperations } from './auto-scaling/refreshes.ts';
import { settingOperations } from './auto-scaling/settings.ts';

export const autoScalingOperations = (world: World, onBug: (bug: unknown) => void): Operations<typeof client> => ({
  ...descriptionOperations(world),
  ...hookOperations(world),
  ...refreshOperations(world, onBug),
  ...settingOperations(world),
});
