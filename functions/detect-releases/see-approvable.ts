import { type RememberedReleases, releaseSourceOf, type SurveyedCluster } from '../../core/plan/facts.ts';
import { bindingPins } from '../../core/plan/plan-node-group.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { goldenParameterOf, type Settings } from '../../core/policy/settings.ts';
import type { SpentReleases } from '../../core/ports.ts';
import { type ApprovableReleases, approvableReleases } from '../../core/release/approved-release.ts';
import { crossCheck } from '../../core/release/cross-check.ts';
import { originOf } from '../../core/release/image-origin.ts';
import { listingKey, type ReleaseSource } from '../../core/release/release-listing.ts';
import { ringScopes } from '../../core/rollout/spent-scope.ts';

/** Per ring and list of releases what may be taken; seen at the first cluster that chooses from it. */
export type SeenApprovable = Map<string, ApprovableReleases>;

/** Of every variant that a cluster runs in its ring, which releases may be approved there. */
export const seeApprovable = async (
  seen: SeenApprovable,
  ports: { spentReleases: SpentReleases },
  survey: SurveyedCluster,
  policy: Policy,
  settings: Settings,
  remembered: RememberedReleases,
  now: string,
): Promise<void> => {
  const { ring, mode } = settings;
  if (ring === null || mode !== 'roll-out') return;
  const missing = sourcesOf(survey, policy).filter((source) => !seen.has(`${ring} ${listingKey(source)}`));
  if (missing.length === 0) return;
  const spent = await ports.spentReleases.of(ringScopes(policy, ring));
  for (const source of missing) {
    const listing = survey.listings[listingKey(source)];
    // Which release is recommended, and so which were withdrawn, must be known.
    if (listing === undefined || listing.recommendedImageId === null) continue;
    const passed = remembered.passedBefore;
    const found = approvableReleases(
      { ring, ...source },
      {
        listing,
        rules: {
          minimumReleaseAgeSeconds: settings.minimumReleaseAgeSeconds,
          denied: settings.denied,
          pinned: bindingPins(settings.pinned, source.amiType, listing),
          spent,
          again: false,
          passedBefore: passed && { ...passed, releases: passed.releases[listingKey(source)] ?? [] },
        },
        usable: (release) => {
          const image = survey.images[release.imageId];
          const origin = image && originOf(image, survey.images);
          const { minor } = source;
          const former = { former: undefined, formerOrigin: undefined };
          return crossCheck({ release, minor, image, origin, ...former, clusterVersion: minor, now }).length === 0;
        },
        now,
      },
    );
    seen.set(`${ring} ${listingKey(source)}`, found);
  }
};

type VariantSource = Exclude<ReleaseSource, { parameter: string }>;

const sourcesOf = ({ cluster, nodeGroups, images }: SurveyedCluster, policy: Policy): VariantSource[] =>
  nodeGroups.flatMap((nodeGroup) => {
    const source = releaseSourceOf(nodeGroup, images, goldenParameterOf(policy, cluster, nodeGroup.name));
    return source === null || 'parameter' in source ? [] : [source];
  });
