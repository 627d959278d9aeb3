import { GetParameterCommand, GetParametersByPathCommand, type Parameter, SSMClient } from '@aws-sdk/client-ssm';
import type { Releases } from '../../core/ports.ts';
import { parameterPath } from '../../core/release/ami-variant.ts';
import { calling, callingUnless } from '../fault.ts';
import { clientSettings } from './client-settings.ts';

/**
 * Releases as their publisher's parameters list them: under the path of a variant lie `recommended` and one name a
 * release, each with `image_id`, `image_name` and `release_version` (EKS user guide, retrieve-ami-id).
 */
export const ssmReleases = (ssm = new SSMClient(clientSettings)): Releases => ({
  ofVariant: async (amiType, minor) => {
    const path = parameterPath(amiType, minor);
    const byRelease = new Map<string, Map<string, Parameter>>();
    let NextToken: string | undefined;
    do {
      const page = await calling(`ssm:GetParametersByPath ${path}`, () =>
        // At most ten a page, and a page may be empty although more follow (API reference, GetParametersByPath).
        ssm.send(new GetParametersByPathCommand({ Path: path, Recursive: true, MaxResults: 10, NextToken })),
      );
      for (const parameter of page.Parameters ?? []) {
        const [release, member] = (parameter.Name ?? '').slice(path.length + 1).split('/');
        if (release === undefined || member === undefined) continue;
        const members = byRelease.get(release) ?? new Map<string, Parameter>();
        byRelease.set(release, members.set(member, parameter));
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== '');
    if (byRelease.size === 0) return null;

    const recommendedImageId = byRelease.get('recommended')?.get('image_id')?.Value ?? null;
    const published = [...byRelease].flatMap(([release, members]) => {
      const image = members.get('image_id');
      if (release === 'recommended' || image?.Value === undefined) return [];
      return [
        {
          amiType,
          releaseVersion: members.get('release_version')?.Value ?? null,
          imageId: image.Value,
          imageName: members.get('image_name')?.Value ?? null,
          publishedAt: image.LastModifiedDate?.toISOString() ?? null,
        },
      ];
    });
    return { published, recommendedImageId };
  },

  ofParameter: async (parameter) => {
    const read = await callingUnless(
      `ssm:GetParameter ${parameter}`,
      () => ssm.send(new GetParameterCommand({ Name: parameter })),
      { ParameterNotFound: () => null },
    );
    const imageId = read?.Parameter?.Value?.trim();
    if (imageId === undefined || imageId === '') return null;
    return {
      published: [
        {
          amiType: null,
          releaseVersion: null,
          imageId,
          imageName: null,
          publishedAt: read?.Parameter?.LastModifiedDate?.toISOString() ?? null,
        },
      ],
      recommendedImageId: imageId,
    };
  },
});
