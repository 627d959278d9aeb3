import {
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type DescribeLaunchTemplateVersionsCommandInput,
  EC2Client,
  type LaunchTemplate,
  type LaunchTemplateVersion,
} from '@aws-sdk/client-ec2';
import type { LaunchTemplates, TemplateVersionReading } from '../../core/ports.ts';
import { calling, callingUnless } from '../fault.ts';
import { batchesOf } from './batches.ts';
import { clientSettings } from './client-settings.ts';

/** DescribeLaunchTemplates answers with at most 200 (EC2 API reference, MaxResults). */
const mostTemplates = 200;

/** Launch templates and their versions, by the EC2 API. A template's default version is never moved. */
export const ec2LaunchTemplates = (ec2 = new EC2Client(clientSettings)): LaunchTemplates => {
  const pages = async function* (input: DescribeLaunchTemplateVersionsCommandInput) {
    let NextToken: string | undefined;
    do {
      const page = await calling(`ec2:DescribeLaunchTemplateVersions ${input.LaunchTemplateId}`, () =>
        ec2.send(new DescribeLaunchTemplateVersionsCommand({ ...input, NextToken, MaxResults: 200 })),
      );
      yield page.LaunchTemplateVersions ?? [];
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== '');
  };

  /** Null: at least one of them is not there (EC2 API reference, error codes). */
  const described = (ids: readonly string[]): Promise<LaunchTemplate[] | null> =>
    callingUnless(
      `ec2:DescribeLaunchTemplates ${ids.join(' ')}`,
      async () =>
        (await ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [...ids] }))).LaunchTemplates ?? [],
      { 'InvalidLaunchTemplateId.NotFound': () => null },
    );

  return {
    read: async (templateIds) => {
      const found: LaunchTemplate[] = [];
      for (const batch of batchesOf(templateIds, mostTemplates)) {
        const together = await described(batch);
        if (together !== null) found.push(...together);
        // One that is gone fails the call for all of them; asked one by one, the others are there.
        else for (const id of batch) found.push(...((await described([id])) ?? []));
      }
      return found.map((template) => ({
        templateId: template.LaunchTemplateId ?? '',
        templateName: template.LaunchTemplateName ?? '',
        newestVersion: String(template.LatestVersionNumber ?? ''),
        defaultVersion: String(template.DefaultVersionNumber ?? ''),
        tags: Object.fromEntries((template.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
      }));
    },

    readVersion: async (templateId, version) => {
      const page = await callingUnless(
        `ec2:DescribeLaunchTemplateVersions ${templateId} ${version}`,
        () =>
          ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: templateId, Versions: [version] })),
        {
          'InvalidLaunchTemplateId.VersionNotFound': () => null,
          'InvalidLaunchTemplateId.NotFound': () => null,
        },
      );
      const found = page?.LaunchTemplateVersions?.[0];
      return found === undefined ? null : readingOf(found);
    },

    versionsWithImage: async (templateId, imageId) => {
      const found: LaunchTemplateVersion[] = [];
      for await (const page of pages({
        LaunchTemplateId: templateId,
        Filters: [{ Name: 'image-id', Values: [imageId] }],
      })) {
        found.push(...page);
      }
      return found.sort((a, b) => (b.VersionNumber ?? 0) - (a.VersionNumber ?? 0)).map(readingOf);
    },

    countVersions: async (templateId) => {
      let count = 0;
      for await (const page of pages({ LaunchTemplateId: templateId })) count += page.length;
      return count;
    },

    createVersion: async ({ templateId, sourceVersion, imageId, description, token }) => {
      const created = await calling(`ec2:CreateLaunchTemplateVersion ${templateId}`, () =>
        ec2.send(
          new CreateLaunchTemplateVersionCommand({
            LaunchTemplateId: templateId,
            // Everything but the image is inherited; without it the version would hold the image alone.
            SourceVersion: sourceVersion,
            LaunchTemplateData: { ImageId: imageId },
            VersionDescription: description,
            ClientToken: token,
          }),
        ),
      );
      const version = created.LaunchTemplateVersion;
      if (version === undefined) throw new Error(`ec2:CreateLaunchTemplateVersion ${templateId} answered no version`);
      return readingOf(version);
    },

    deleteVersion: async (templateId, version) => {
      const deleted = await callingUnless(
        `ec2:DeleteLaunchTemplateVersions ${templateId} ${version}`,
        () => ec2.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId: templateId, Versions: [version] })),
        { 'InvalidLaunchTemplateId.NotFound': () => null },
      );
      const [refused] = deleted?.UnsuccessfullyDeletedLaunchTemplateVersions ?? [];
      const code = refused?.ResponseError?.Code;
      if (code === undefined || /not-?exist|notfound/i.test(code)) return;
      throw new Error(
        `ec2:DeleteLaunchTemplateVersions ${templateId} ${version}: ${code}: ${refused?.ResponseError?.Message}`,
      );
    },
  };
};

const readingOf = (version: LaunchTemplateVersion): TemplateVersionReading => ({
  version: String(version.VersionNumber ?? ''),
  // `resolve:ssm:…` names a parameter, not an image.
  imageId: version.LaunchTemplateData?.ImageId?.startsWith('ami-') ? version.LaunchTemplateData.ImageId : null,
  description: version.VersionDescription ?? '',
  data: { ...version.LaunchTemplateData },
});
