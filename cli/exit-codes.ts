/** How a command ends, for scripts. They are a contract; see the README. */
export const exitCodes = {
  ok: 0,
  error: 1,
  usage: 2,
  Held: 3,
  RolledBack: 4,
  Refused: 5,
  Failed: 6,
} as const;

/** The code for an outcome of a rollout. */
export const exitCodeOf = (outcome: string): number => {
  switch (outcome) {
    case 'UpToDate':
    case 'Planned':
    case 'Succeeded':
      return exitCodes.ok;
    case 'Held':
    case 'RolledBack':
    case 'Refused':
    case 'Failed':
      return exitCodes[outcome];
    default:
      return exitCodes.error;
  }
};

/** What the person asked for cannot be; nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
