import type { ImageFacts } from '../core/plan/facts.ts';
import type { AutoScalingGroups, Images, PassedReleases, Releases } from '../core/ports.ts';
import { listingKey, type ReleaseListing } from '../core/release/release-listing.ts';

export interface AskedOnce {
  images: Images;
  releases: Releases;
  passedReleases: PassedReleases;
  autoScalingGroups: AutoScalingGroups;
}

/**
 * For the time of one slice of a scan: many clusters run the same images and choose from the same releases, and all their
 * Auto Scaling groups come in the same pages. Clusters ask side by side; what failed is asked again.
 */
export const askedOnce = <Ports extends AskedOnce>(ports: Ports): Ports => ({
  ...ports,
  passedReleases: passedOnce(ports.passedReleases),
  images: imagesOnce(ports.images),
  releases: releasesOnce(ports.releases),
  autoScalingGroups: groupsOnce(ports.autoScalingGroups),
});

const passedOnce = (passedReleases: PassedReleases): PassedReleases => {
  const known = once((_: string, ring: string, listing: string) => passedReleases.in(ring, listing));
  return { ...passedReleases, in: (ring, listing) => known(`${ring} ${listing}`, ring, listing) };
};

const groupsOnce = (groups: AutoScalingGroups): AutoScalingGroups => {
  const all = once(() => groups.listAll());
  return { ...groups, listAll: () => all('all') };
};

const imagesOnce = (images: Images): Images => {
  const read = manyOnce<ImageFacts>(async (ids) =>
    Object.fromEntries((await images.read(ids)).map((image) => [image.imageId, image])),
  );
  const ancestorsOf = once((imageId) => images.ancestorsOf(imageId));
  return {
    read: async (imageIds) => Object.values(await read(imageIds)),
    ancestorsOf: (imageId) => ancestorsOf(imageId),
  };
};

/** A scan has one time, so that `now` is the same for all. */
const releasesOnce = (releases: Releases): Releases => {
  const asked = new Map<string, Parameters<Releases['list']>[0][number]>();
  let time = '';
  const read = manyOnce<ReleaseListing>((keys) =>
    releases.list(
      keys.flatMap((key) => asked.get(key) ?? []),
      time,
    ),
  );
  return {
    list: (sources, now) => {
      time = now;
      for (const source of sources) asked.set(listingKey(source), source);
      return read(sources.map(listingKey));
    },
  };
};

/** Answers by key, each asked for once, unless it failed. */
const once = <More extends unknown[], Answer>(
  ask: (key: string, ...more: More) => Promise<Answer>,
): ((key: string, ...more: More) => Promise<Answer>) => {
  const known = new Map<string, Promise<Answer>>();
  return (key, ...more) => {
    const present = known.get(key);
    if (present !== undefined) return present;
    const answer = ask(key, ...more);
    known.set(key, answer);
    answer.catch(() => known.delete(key));
    return answer;
  };
};

/** The same where many keys are asked for at once; what there is none of is not among the answers. */
const manyOnce = <Answer>(
  ask: (keys: string[]) => Promise<Readonly<Record<string, Answer>>>,
): ((keys: readonly string[]) => Promise<Record<string, Answer>>) => {
  const known = new Map<string, Promise<Answer | undefined>>();
  return async (keys) => {
    const wanted = [...new Set(keys)];
    const missing = wanted.filter((key) => !known.has(key));
    if (missing.length > 0) {
      const asked = ask(missing);
      for (const key of missing) {
        const answer = asked.then((found) => found[key]);
        known.set(key, answer);
        answer.catch(() => known.delete(key));
      }
    }
    const answers = await Promise.all(wanted.map(async (key) => [key, await known.get(key)] as const));
    return Object.fromEntries(answers.flatMap(([key, answer]) => (answer === undefined ? [] : [[key, answer]])));
  };
};
