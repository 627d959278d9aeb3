import { DescribeImagesCommand, EC2Client, type Image } from '@aws-sdk/client-ec2';
import type { Images } from '../../core/ports.ts';
import { calling } from '../fault.ts';
import { clientSettings } from './client-settings.ts';

/** A filter takes at most 200 values (EC2 API reference, Filter). */
const filterLimit = 200;

export const ec2Images = (ec2 = new EC2Client(clientSettings)): Images => ({
  read: async (imageIds) => {
    const ids = [...new Set(imageIds)].sort();
    const found: Image[] = [];
    for (let index = 0; index < ids.length; index += filterLimit) {
      let NextToken: string | undefined;
      do {
        const page = await calling('ec2:DescribeImages', () =>
          ec2.send(
            new DescribeImagesCommand({
              // A filter, not ImageIds: an image that is gone would fail the whole request.
              Filters: [{ Name: 'image-id', Values: ids.slice(index, index + filterLimit) }],
              // Deprecated images launch by id and disabled ones do not; both must be seen to be told apart.
              IncludeDeprecated: true,
              IncludeDisabled: true,
              NextToken,
            }),
          ),
        );
        found.push(...(page.Images ?? []));
        NextToken = page.NextToken;
      } while (NextToken !== undefined && NextToken !== '');
    }
    return found.map((image) => ({
      imageId: image.ImageId ?? '',
      name: image.Name ?? '',
      ownerAlias: image.ImageOwnerAlias ?? null,
      ownerId: image.OwnerId ?? '',
      architecture: image.Architecture ?? '',
      state: image.State ?? 'unknown',
    }));
  },
});
