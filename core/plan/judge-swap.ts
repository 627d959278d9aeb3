/** What speaks against a swap that is wanted: findings that refuse it, and warnings a person should read before it. */

import type { Settings } from '../policy/settings.ts';
import { crossCheck, isDeprecated } from '../release/cross-check.ts';
import { originOf } from '../release/image-origin.ts';
import { denialOf, label } from '../release/wanted-release.ts';
import type { LaunchTemplateUse } from './facts.ts';
import type { Finding } from './finding.ts';
import { judgeSelfManaged } from './judge-self-managed.ts';
import { warnOfOwner } from './launch-template-owner.ts';
import { configuredImage, type NodeGroupQuestion, type PlannedNodeGroup, type Target } from './plan-node-group.ts';

/** In the order of weight: what was wanted, the way back, the launch template, the rights, warnings. */
export const judgeSwap = (question: NodeGroupQuestion, draft: PlannedNodeGroup, target: Target): Finding[] => [
  ...objectionsToImage(question, target),
  ...objectionsToWayBack(question, draft),
  ...objectionsToTemplate(question),
  ...judgeSelfManaged(question.nodeGroup, question.settings.instanceRefresh),
  ...missingTags(question),
  ...missingCanary(question),
];

/** Parameter and image must agree, and the image must be one the nodes can run. */
const objectionsToImage = (question: NodeGroupQuestion, target: Target): Finding[] => {
  const { nodeGroup, images, source, listing, clusterVersion, now } = question;
  const image = images[target.imageId];
  const former = images[configuredImage(question) ?? ''];
  const { imageId, releaseVersion } = target;
  const variant = source !== null && 'amiType' in source ? source : { amiType: null, minor: null };
  const listed = listing?.published.find((release) => release.imageId === imageId);
  return crossCheck({
    release: listed ?? { imageId, releaseVersion, amiType: variant.amiType, imageName: null },
    minor: variant.minor,
    image,
    origin: image && originOf(image, images),
    former,
    formerOrigin: former && originOf(former, images),
    clusterVersion,
    now,
  }).map(({ code, message }) => ({
    code,
    level: 'refuse',
    nodeGroup: nodeGroup.name,
    message: `${nodeGroup.name}: ${message}`,
  }));
};

/** Nothing is touched that cannot be put back. */
const objectionsToWayBack = (
  { nodeGroup, images, settings, listing, now }: NodeGroupQuestion,
  draft: PlannedNodeGroup,
): Finding[] => {
  const { imageId, releaseVersion, launchTemplateVersion } = draft.from;
  const finding = (message: string, more: Partial<Finding> = {}): Finding[] => [
    {
      code: 'no-way-back',
      level: 'refuse',
      nodeGroup: nodeGroup.name,
      message: `${nodeGroup.name}: ${message}`,
      ...more,
    },
  ];
  const image = images[imageId ?? ''];
  if (image?.state !== 'available') {
    return finding(
      `its present image ${imageId} is ${image?.state ?? 'gone'}, so nothing could be launched from it to go back`,
    );
  }
  if (nodeGroup.chosenByEks !== null && releaseVersion === null) {
    return finding(
      `${imageId}, which its instances run, is of no release that is still listed, so there is no way back`,
    );
  }
  if (nodeGroup.chosenByEks === null && launchTemplateVersion === null) {
    return finding(
      `no version of its launch template holds ${imageId}, which its instances run, so there is no way back`,
    );
  }
  if (isDeprecated(image, now)) {
    const present = listing?.published.find((each) => each.imageId === imageId);
    const denied = listing && present && denialOf(present, { ...listing, denied: settings.denied });
    if (present !== undefined && denied !== undefined) {
      // Staying would be worse: whoever recalls a release deprecates its image too.
      const leaves = `its present release ${label(present)} ${denied}, and its image is deprecated: the way back leads there, and may be gone any time`;
      return finding(leaves, { level: 'warn' });
    }
    const message = `its present image ${imageId} is deprecated since ${image.deprecatedAt}: its publisher may take it away any time, and there would be nothing to go back to`;
    return settings.deprecatedFormer === 'allow'
      ? finding(message, { level: 'warn' })
      : finding(message, { fix: 'say "deprecatedFormer: allow" in the policy document to go without a sure way back' });
  }
  return [];
};

/** A launch template holds at most 10,000 versions (EC2 user guide, launch template restrictions). */
const versionLimit = 10_000;
const versionWarning = 9_000;

const objectionsToTemplate = ({ nodeGroup, settings }: NodeGroupQuestion): Finding[] => {
  const template = nodeGroup.launchTemplate;
  // No version is made of a template whose nodes get their image from EKS.
  if (template === null || nodeGroup.chosenByEks !== null) return [];
  const findings: Finding[] = [];
  if (template.latestFollowers.length > 0) {
    findings.push({
      code: 'latest-follower',
      level: settings.followers === 'allow' ? 'warn' : 'refuse',
      nodeGroup: nodeGroup.name,
      message: `Auto Scaling group ${template.latestFollowers.join(', ')} follows $Latest of ${template.templateName} (${template.templateId}) and would take the new AMI, without any gate, at its next scale-out`,
      fix: 'pin it to a version number, or say "followers: allow" in the policy document',
    });
  }
  if (template.versionCount !== null && template.versionCount >= versionWarning) {
    findings.push({
      code: 'template-versions',
      level: template.versionCount >= versionLimit ? 'refuse' : 'warn',
      nodeGroup: nodeGroup.name,
      message: `${template.templateName} (${template.templateId}) has ${template.versionCount} of ${versionLimit} versions`,
      fix: `aws ec2 delete-launch-template-versions --launch-template-id ${template.templateId} --versions NUMBER...`,
    });
  }
  if (template.ahead !== null) findings.push(templateAhead(nodeGroup.name, template, settings.sourceVersion));
  findings.push(...warnOfOwner(nodeGroup.name, template.templateName, nodeGroup.tags, template.tags));
  return findings;
};

/** Somebody has made a newer version: is what it changes meant for this node group now? */
export const templateAhead = (
  nodeGroup: string,
  { templateName, version, newestVersion, ahead }: LaunchTemplateUse,
  source: Settings['sourceVersion'],
): Finding => {
  const differences = ahead?.join('; ') || 'nothing but its number';
  const newer = `${templateName} has a newer version (${newestVersion}) than the one ${nodeGroup} uses (${version}), which changes: ${differences}`;
  return {
    code: 'template-ahead',
    level: 'warn',
    nodeGroup,
    message:
      source === undefined
        ? newer
        : `${newer}; the new one is made from ${source === 'newest' ? newestVersion : version}`,
    ...(source === undefined
      ? {
          fix: 'say "sourceVersion: in-use" (leave the change out) or "sourceVersion: newest" (take it along) in the policy document',
        }
      : {}),
  };
};

/** Where the stack's rights depend on the tag, a missing one would fail in the middle; it is said before. */
const missingTags = (question: NodeGroupQuestion): Finding[] => {
  const { nodeGroup, optIn } = question;
  if (!optIn.scopeByTag) return [];
  const template = nodeGroup.chosenByEks === null ? nodeGroup.launchTemplate : null;
  const tag = `${optIn.key}=${optIn.value}`;
  const finding = (message: string, fix: string): Finding => ({
    code: 'tag-missing',
    level: 'refuse',
    nodeGroup: nodeGroup.name,
    message,
    fix,
  });
  return [
    ...(nodeGroup.tags[optIn.key] === optIn.value
      ? []
      : [
          finding(
            `node group ${nodeGroup.name} does not carry the tag ${tag}, which the rights of this stack need`,
            nodeGroup.selfManaged === null
              ? `aws eks tag-resource --resource-arn "$(aws eks describe-nodegroup --cluster-name ${question.clusterName} --nodegroup-name ${nodeGroup.name} --query nodegroup.nodegroupArn --output text)" --tags ${tag}`
              : `aws autoscaling create-or-update-tags --tags "ResourceId=${nodeGroup.name},ResourceType=auto-scaling-group,Key=${optIn.key},Value=${optIn.value},PropagateAtLaunch=false"`,
          ),
        ]),
    ...(template === null || template.tags[optIn.key] === optIn.value
      ? []
      : [
          finding(
            `launch template ${template.templateId} of ${nodeGroup.name} does not carry the tag ${tag}, which the rights of this stack need`,
            `aws ec2 create-tags --resources ${template.templateId} --tags Key=${optIn.key},Value=${optIn.value}`,
          ),
        ]),
  ];
};

/** The first checkpoint of an instance refresh is a canary of its own; an update by EKS has none. */
const missingCanary = ({ nodeGroup, settings }: NodeGroupQuestion): Finding[] =>
  nodeGroup.selfManaged === null &&
  nodeGroup.desiredSize > settings.waves.canaryNodes &&
  settings.waves.canaryNodeGroup === 'auto'
    ? [noCanary(nodeGroup.name, `it has ${nodeGroup.desiredSize} nodes, more than ${settings.waves.canaryNodes}`)]
    : [];

/** Why no canary node group stands before a node group. */
export const noCanary = (nodeGroup: string, because: string): Finding => ({
  code: 'no-canary',
  level: 'warn',
  nodeGroup,
  message: `${nodeGroup} should get a canary node group first (${because}), but this version makes none: all its nodes are updated at once as EKS does it`,
});
