import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { Subnets } from '../../core/ports.ts';
import { calling } from '../fault.ts';
import { batchesOf } from './batches.ts';
import { clientSettings } from './client-settings.ts';

/** A filter takes at most 200 values (EC2 API reference, Filter). */
const filterLimit = 200;

/** Subnets by the EC2 API. */
export const ec2Subnets = (ec2 = new EC2Client(clientSettings)): Subnets => ({
  read: async (subnetIds) => {
    const found: Awaited<ReturnType<Subnets['read']>> = [];
    for (const batch of batchesOf(subnetIds, filterLimit)) {
      let NextToken: string | undefined;
      do {
        const page = await calling('ec2:DescribeSubnets', () =>
          // A filter, not SubnetIds: a subnet that is gone would fail the whole request.
          ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: batch }], NextToken })),
        );
        for (const { SubnetId, AvailabilityZone, AvailableIpAddressCount } of page.Subnets ?? [])
          found.push({
            subnetId: SubnetId ?? '',
            zone: AvailabilityZone ?? '',
            freeAddresses: AvailableIpAddressCount ?? 0,
          });
        NextToken = page.NextToken;
      } while (NextToken !== undefined && NextToken !== '');
    }
    return found;
  },
});
