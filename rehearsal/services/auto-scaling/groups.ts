/** What the operations have in common: groups and instances by name, and the service's way of saying no. */
import { AwsError } from '../../wire/errors.ts';
import type { AutoScalingGroup, Instance } from '../../world/auto-scaling-groups.ts';
import type { World } from '../../world/world.ts';

/** Most of what the service refuses has this code; the words differ. */
export const invalid = (message: string): AwsError => new AwsError('ValidationError', message);

export const badToken = (): AwsError => new AwsError('InvalidNextToken', 'The token is not valid.');

export const groupNamed = (world: World, name: string): AutoScalingGroup => {
  const group = world.autoScalingGroups.get(name);
  if (group === undefined) throw invalid(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
  return group;
};

/** A group that may be changed. */
export const livingGroup = (world: World, name: string): AutoScalingGroup => {
  const group = groupNamed(world, name);
  if (group.isBeingDeleted) throw invalid(`AutoScalingGroup '${name}' is pending delete`);
  return group;
};

export const instanceOf = (group: AutoScalingGroup, id: string): Instance => {
  const instance = group.instances.find((each) => each.id === id);
  if (instance === undefined) throw invalid(`The instance ${id} is not part of Auto Scaling group ${group.name}.`);
  return instance;
};
