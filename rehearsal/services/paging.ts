/** Pages of a list. A token names where the next page begins; it is opaque, and none is given twice in one walk. */
export const pageOf = <Item>(
  items: readonly Item[],
  options: { token: string | undefined; size: number; onBadToken: () => Error },
): { items: Item[]; nextToken: string | undefined } => {
  const start = options.token === undefined || options.token === '' ? 0 : readToken(options.token);
  if (start === undefined || start > items.length) throw options.onBadToken();
  const end = start + Math.max(1, options.size);
  return {
    items: items.slice(start, end),
    nextToken: end < items.length ? Buffer.from(`from ${end} of ${items.length}`).toString('base64url') : undefined,
  };
};

const readToken = (token: string): number | undefined => {
  const match = /^from (\d+) of \d+$/.exec(Buffer.from(token, 'base64url').toString());
  return match === null ? undefined : Number(match[1]);
};
