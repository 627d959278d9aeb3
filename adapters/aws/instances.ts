import { DescribeInstanceStatusCommand, DescribeInstancesCommand, EC2Client, type Instance } from '@aws-sdk/client-ec2';
import type { Instances } from '../../core/ports.ts';
import { calling } from '../fault.ts';
import { batchesOf } from './batches.ts';
import { clientSettings } from './client-settings.ts';

/** One request with ids is answered whole; this many keep it well below EC2's limits on a request. */
const batchSize = 200;

export const ec2Instances = (ec2 = new EC2Client(clientSettings)): Instances => ({
  read: async (instanceIds) => {
    const found: Instance[] = [];
    for (const batch of batchesOf(instanceIds, batchSize)) {
      // A filter, not InstanceIds: an instance that has just gone would fail the whole request.
      let NextToken: string | undefined;
      do {
        const page = await calling('ec2:DescribeInstances', () =>
          ec2.send(
            new DescribeInstancesCommand({
              Filters: [{ Name: 'instance-id', Values: batch }],
              MaxResults: 1000,
              NextToken,
            }),
          ),
        );
        found.push(...(page.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []));
        NextToken = page.NextToken;
      } while (NextToken !== undefined && NextToken !== '');
    }
    return found.map((instance) => ({
      instanceId: instance.InstanceId ?? '',
      imageId: instance.ImageId ?? '',
      launchedAt: instance.LaunchTime?.toISOString() ?? '',
    }));
  },

  impaired: async (instanceIds) => {
    const impaired = new Set<string>();
    // Asked for by status, not by id: an id that has just gone would fail the whole request, it takes 100
    // ids at most (EC2 API reference, DescribeInstanceStatus), and few are impaired.
    for (const check of ['instance-status.status', 'system-status.status']) {
      let NextToken: string | undefined;
      do {
        const page = await calling('ec2:DescribeInstanceStatus', () =>
          ec2.send(
            new DescribeInstanceStatusCommand({
              Filters: [{ Name: check, Values: ['impaired'] }],
              MaxResults: 1000,
              NextToken,
            }),
          ),
        );
        for (const { InstanceId } of page.InstanceStatuses ?? [])
          if (InstanceId !== undefined) impaired.add(InstanceId);
        NextToken = page.NextToken;
      } while (NextToken !== undefined && NextToken !== '');
    }
    return instanceIds.filter((instanceId) => impaired.has(instanceId));
  },
});
