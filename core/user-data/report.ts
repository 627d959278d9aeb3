/** What became of each thing that stood in the user data. */

/**
 * `carried`: it is in the new user data and means the same. `dropped`: it is not, and nothing is lost by that, or AL2 did
 * not heed it either. `changed`: it is carried and means something else on AL2023. `blocks`: it cannot be carried with
 * certainty, so nothing is converted.
 */
export type Fate = 'carried' | 'dropped' | 'changed' | 'blocks';

/** Where something stands. */
export interface Place {
  /** Line of the decoded user data, counted from 1; of its part, where `part` is a number. */
  line: number;
  /** The part, counted from 1, where it was encoded on its own, so that its lines are not those of the whole; else null. */
  part: number | null;
}

export interface ReportEntry extends Place {
  /** What stands there, as the shell reads it where that is certain. */
  text: string;
  what: Fate;
  /** Its place in the NodeConfig; null where it has none. */
  to: string | null;
  /** Why, in one sentence. */
  why: string;
  /** What a person can do about it; null where nothing need be done. */
  whatToDo: string | null;
}

/** What is said of one thing; its place and text come from where it was found. */
export interface Remark {
  what: Fate;
  why: string;
  to?: string;
  whatToDo?: string;
}

export const entry = ({ line, part }: Place, text: string, { what, why, to, whatToDo }: Remark): ReportEntry => ({
  line,
  part,
  text,
  what,
  to: to ?? null,
  why,
  whatToDo: whatToDo ?? null,
});

/** In the order in which things stand. Entries of one place keep theirs. */
export const inOrder = (report: readonly ReportEntry[]): ReportEntry[] =>
  [...report].sort((a, b) => (a.part ?? 0) - (b.part ?? 0) || a.line - b.line);
