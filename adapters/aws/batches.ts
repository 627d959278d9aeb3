/** In the order given, so many at a time. */
export const batchesOf = <T>(all: readonly T[], size: number): T[][] => {
  const batches: T[][] = [];
  for (let index = 0; index < all.length; index += size) batches.push(all.slice(index, index + size));
  return batches;
};
