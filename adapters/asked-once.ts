import type { ImageFacts } from '../core/plan/facts.ts';
import type { Images, PassedReleases, Releases } from '../core/ports.ts';
import { listingKey, type ReleaseListing } from '../core/release/release-listing.ts';

/** For the time of one scan: many clusters run the same images and choose from the same releases. */
export const askedOnce = <Ports extends { images: Images; releases: Releases; passedReleases: PassedReleases }>(
  ports: Ports,
): Ports => ({
  ...ports,
  passedReleases: passedOnce(ports.passedReleases),
  images: imagesOnce(ports.images),
  releases: releasesOnce(ports.releases),
});

const passedOnce = (passedReleases: PassedReleases): PassedReleases => {
  const known = new Map<string, ReturnType<PassedReleases['in']>>();
  return {
    ...passedReleases,
    in: (ring, listing) => {
      const key = `${ring} ${listing}`;
      const answer = known.get(key) ?? passedReleases.in(ring, listing);
      known.set(key, answer);
      return answer;
    },
  };
};

const imagesOnce = (images: Images): Images => {
  const known = new Map<string, ImageFacts | null>();
  const ancestors = new Map<string, string[]>();
  return {
    read: async (imageIds) => {
      const missing = imageIds.filter((imageId) => !known.has(imageId));
      const found = new Map((await images.read(missing)).map((image) => [image.imageId, image]));
      for (const imageId of missing) known.set(imageId, found.get(imageId) ?? null);
      return imageIds.flatMap((imageId) => known.get(imageId) ?? []);
    },
    ancestorsOf: async (imageId) => {
      const answer = ancestors.get(imageId) ?? (await images.ancestorsOf(imageId));
      ancestors.set(imageId, answer);
      return answer;
    },
  };
};

const releasesOnce = (releases: Releases): Releases => {
  const known = new Map<string, ReleaseListing | null>();
  return {
    list: async (sources, now) => {
      const missing = sources.filter((source) => !known.has(listingKey(source)));
      const found = missing.length === 0 ? {} : await releases.list(missing, now);
      for (const key of missing.map(listingKey)) known.set(key, found[key] ?? null);
      const listings = sources.map(listingKey).map((key) => [key, known.get(key) ?? null] as const);
      return Object.fromEntries(listings.flatMap(([key, listing]) => (listing === null ? [] : [[key, listing]])));
    },
  };
};
