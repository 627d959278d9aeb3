/**
 * RPM's order of versions and releases (rpm manual, rpm-version(7)): parts of digits as numbers, parts of letters as text,
 * numbers after letters, a tilde before everything and a caret after the end.
 */
export const compareRpm = (a: string, b: string): number => {
  const [mine, theirs] = [split(a), split(b)];
  return (
    mine.epoch - theirs.epoch ||
    compareParts(mine.version, theirs.version) ||
    compareParts(mine.release, theirs.release)
  );
};

/** `1:6.1.119-129.201.amzn2023`; without an epoch it is 0. */
const split = (text: string): { epoch: number; version: string; release: string } => {
  const [, epoch = '0', version = '', release = ''] = /^(?:(\d+):)?([^-]*)(?:-(.*))?$/.exec(text) ?? [];
  return { epoch: Number(epoch), version, release };
};

const compareParts = (a: string, b: string): number => {
  const [mine, theirs] = [partsOf(a), partsOf(b)];
  for (let index = 0; index < Math.max(mine.length, theirs.length); index += 1) {
    const difference = comparePart(mine[index], theirs[index]);
    if (difference !== 0) return difference;
  }
  return 0;
};

const partsOf = (text: string): string[] => text.match(/\d+|[A-Za-z]+|~|\^/g) ?? [];

const comparePart = (a: string | undefined, b: string | undefined): number => {
  if (a === b) return 0;
  if (a === '~' || b === '~') return a === '~' ? -1 : 1;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  if (a === '^' || b === '^') return a === '^' ? -1 : 1;
  const [mine, theirs] = [/^\d/.test(a), /^\d/.test(b)];
  if (mine !== theirs) return mine ? 1 : -1;
  if (!mine) return a < b ? -1 : 1;
  const [x, y] = [BigInt(a), BigInt(b)];
  return x === y ? 0 : x < y ? -1 : 1;
};
