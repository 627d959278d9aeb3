/** Launch templates and mixed instances policies: as they are sent and answered, and as the world keeps them. */
import type * as client from '@aws-sdk/client-auto-scaling';
import type { AutoScalingGroup, Configuration } from '../../world/auto-scaling-groups.ts';
import type { LaunchTemplate } from '../../world/launch-templates.ts';
import type { World } from '../../world/world.ts';
import { invalid } from './groups.ts';

interface Wanted {
  LaunchTemplate?: client.LaunchTemplateSpecification | undefined;
  MixedInstancesPolicy?: client.MixedInstancesPolicy | undefined;
}

/** Undefined: neither was sent. What cannot be launched is refused, as by the dry run of EC2. */
export const readConfiguration = (world: World, wanted: Wanted): Configuration | undefined => {
  const { LaunchTemplate, MixedInstancesPolicy } = wanted;
  if (LaunchTemplate === undefined && MixedInstancesPolicy === undefined) return undefined;
  if (LaunchTemplate !== undefined && MixedInstancesPolicy !== undefined) {
    throw invalid('Valid requests must contain either LaunchTemplate or MixedInstancesPolicy parameter.');
  }
  if (MixedInstancesPolicy === undefined) return { template: readTemplate(world, LaunchTemplate) };
  const overrides = MixedInstancesPolicy.LaunchTemplate?.Overrides ?? [];
  const instanceTypes = overrides.map(({ InstanceType, ...more }) => {
    const sent = Object.entries(more).filter(([, value]) => value !== undefined);
    if (InstanceType !== undefined && sent.length === 0) return InstanceType;
    throw invalid('The embedded AWS plays overrides of instance types alone; see docs/rehearsal.md');
  });
  if (instanceTypes.length === 0) throw invalid('The embedded AWS plays no mixed instances policy without overrides.');
  return {
    template: readTemplate(world, MixedInstancesPolicy.LaunchTemplate?.LaunchTemplateSpecification),
    mixed: { instanceTypes, distribution: { ...MixedInstancesPolicy.InstancesDistribution } },
  };
};

const readTemplate = (
  world: World,
  { LaunchTemplateId: id, LaunchTemplateName: name, Version = '$Default' }: client.LaunchTemplateSpecification = {},
): Configuration['template'] => {
  const notWhole = 'You must use a valid fully-formed launch template.';
  if ((id === undefined) === (name === undefined)) {
    throw invalid('Valid requests must contain either launchTemplateId or LaunchTemplateName');
  }
  const template = [...world.launchTemplates.values()].find((each) => each.id === id || each.name === name);
  if (template === undefined) {
    throw invalid(`${notWhole} The specified launch template, with template ${id ?? name}, does not exist.`);
  }
  if (!/^(\d+|\$Latest|\$Default)$/.test(Version)) {
    throw invalid("Invalid launch template version: either '$Default', '$Latest', or a numeric version are allowed.");
  }
  refuseUnlaunchable(world, template, Version, notWhole);
  return { id: template.id, version: Version };
};

const refuseUnlaunchable = (world: World, template: LaunchTemplate, wanted: string, words: string): void => {
  const version = template.version(wanted);
  if (version === undefined) {
    throw invalid(
      `${words} Could not find the specified version ${wanted} for the launch template with ID ${template.id}.`,
    );
  }
  const imageId = version.data.ImageId ?? '';
  if (world.images.get(imageId)?.state !== 'available') {
    throw invalid(`${words} The image id '[${imageId}]' does not exist`);
  }
};

const templateOut = (world: World, { id, version }: Configuration['template']): client.LaunchTemplateSpecification => ({
  LaunchTemplateId: id,
  LaunchTemplateName: world.launchTemplates.get(id)?.name ?? '',
  Version: version,
});

/** One or the other: a group with a mixed instances policy shows no launch template beside it. */
export const configurationOut = (world: World, { template, mixed }: Configuration): Wanted => {
  if (mixed === undefined) return { LaunchTemplate: templateOut(world, template) };
  return {
    MixedInstancesPolicy: {
      LaunchTemplate: {
        LaunchTemplateSpecification: templateOut(world, template),
        Overrides: mixed.instanceTypes.map((InstanceType) => ({ InstanceType })),
      },
      InstancesDistribution: { ...mixed.distribution },
    },
  };
};

/** A number may be gone back to; `$Latest` and `$Default` have moved meanwhile. */
export const isPinned = ({ configuration }: AutoScalingGroup): boolean =>
  !configuration.template.version.startsWith('$');
