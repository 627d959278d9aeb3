import { DescribeImagesCommand, EC2Client, GetImageAncestryCommand, type Image } from '@aws-sdk/client-ec2';
import type { ImageFacts } from '../../core/plan/facts.ts';
import type { Images } from '../../core/ports.ts';
import { calling, callingUnless } from '../fault.ts';
import { batchesOf } from './batches.ts';
import { clientSettings } from './client-settings.ts';

/** A filter takes at most 200 values (EC2 API reference, Filter). */
const filterLimit = 200;

export const ec2Images = (ec2 = new EC2Client(clientSettings)): Images => ({
  read: async (imageIds) => {
    const ids = [...new Set(imageIds)].sort();
    const found: Image[] = [];
    for (const batch of batchesOf(ids, filterLimit)) {
      let NextToken: string | undefined;
      do {
        const page = await calling('ec2:DescribeImages', () =>
          ec2.send(
            new DescribeImagesCommand({
              // A filter, not ImageIds: an image that is gone would fail the whole request.
              Filters: [{ Name: 'image-id', Values: batch }],
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
    return found.map(factsOf);
  },

  ancestorsOf: async (imageId) => {
    const read = await callingUnless(
      `ec2:GetImageAncestry ${imageId}`,
      () => ec2.send(new GetImageAncestryCommand({ ImageId: imageId })),
      // Somebody else's image, or one that has just gone: nothing is known of where it comes from.
      { AuthFailure: () => null, 'InvalidAMIID.NotFound': () => null, 'InvalidAMIID.Unavailable': () => null },
    );
    return (read?.ImageAncestryEntries ?? []).flatMap((entry) => entry.ImageId ?? []).filter((id) => id !== imageId);
  },
});

const factsOf = (image: Image): ImageFacts => ({
  imageId: image.ImageId ?? '',
  name: image.Name ?? '',
  ownerAlias: image.ImageOwnerAlias ?? null,
  ownerId: image.OwnerId ?? '',
  architecture: image.Architecture ?? '',
  state: image.State ?? 'unknown',
  deprecatedAt: image.DeprecationTime ?? null,
  rootDeviceName: image.RootDeviceName ?? null,
  rootDeviceType: image.RootDeviceType ?? null,
  tags: Object.fromEntries((image.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
  ancestors: null,
});
