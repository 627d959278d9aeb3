import type { KeptListings, Parameters, Releases } from '../core/ports.ts';
import {
  goldenListing,
  isWhole,
  type KeptListing,
  listingKey,
  listReleases,
  parameterLayout,
  type ReleaseListing,
  type ReleaseSource,
} from '../core/release/release-listing.ts';
import { LedgerConflict } from './fault.ts';

/**
 * Listings of releases. Each variant's `recommended` parameter is read in few calls; only where it was written since the
 * last time are the releases listed again, which takes many.
 */
export const releaseListings = (parameters: Parameters, kept: KeptListings): Releases => ({
  list: async (sources, now) => {
    const bySource = new Map(sources.map((source) => [listingKey(source), source]));
    const watched = new Map([...bySource].map(([key, source]) => [key, watchedParameter(source)]));
    const readings = await parameters.read([...watched.values()]);
    const listings: Record<string, ReleaseListing> = {};
    for (const [key, source] of bySource) {
      const reading = readings.get(watched.get(key) ?? '');
      if (reading === undefined) continue;
      if ('parameter' in source) {
        listings[key] = goldenListing(reading);
        continue;
      }
      const before = await kept.read(key);
      if (before?.value.recommendedVersion === reading.version && isWhole(before.value)) {
        listings[key] = before.value;
        continue;
      }
      const { folder } = parameterLayout(source);
      const listing = listReleases(source, reading, folder === null ? [] : await parameters.below(folder), {
        former: before?.value ?? null,
        now,
      });
      await keep(kept, key, listing, before?.revision ?? 0);
      listings[key] = listing;
    }
    return listings;
  },
});

const watchedParameter = (source: ReleaseSource): string =>
  'parameter' in source ? source.parameter : parameterLayout(source).recommended;

/** Who else read the same list at the same time has kept it: it is no worse than this one. */
const keep = async (kept: KeptListings, key: string, listing: KeptListing, replaces: number): Promise<void> => {
  try {
    await kept.write(key, listing, replaces);
  } catch (error) {
    if (!(error instanceof LedgerConflict)) throw error;
  }
};
