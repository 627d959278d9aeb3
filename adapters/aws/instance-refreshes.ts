import {
  type AutoScalingClient,
  DescribeInstanceRefreshesCommand,
  type InstanceRefresh,
} from '@aws-sdk/client-auto-scaling';
import { callingUnless } from '../fault.ts';

/** An instance refresh that has not ended (API reference, InstanceRefresh, Status). */
const activeStatuses = ['Pending', 'InProgress', 'Baking', 'Cancelling', 'RollbackInProgress'];

export const isActive = ({ Status }: InstanceRefresh): boolean => activeStatuses.includes(Status ?? '');

/** The refreshes of a group, or those of some ids, the newest first (API reference, DescribeInstanceRefreshes). */
export const refreshesOf = (autoScaling: AutoScalingClient, name: string, ids?: string[]): Promise<InstanceRefresh[]> =>
  callingUnless(
    `autoscaling:DescribeInstanceRefreshes ${name}`,
    async () =>
      (
        await autoScaling.send(
          new DescribeInstanceRefreshesCommand({
            AutoScalingGroupName: name,
            ...(ids === undefined ? { MaxRecords: 20 } : { InstanceRefreshIds: ids }),
          }),
        )
      ).InstanceRefreshes ?? [],
    // What the service says of a group or a refresh it does not know.
    { ValidationError: () => [] },
  );
