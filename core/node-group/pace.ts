/** How long updates of a node group really take, and what that says of the next one. */
import { expectedMinutes, type NodeGroupRecord } from './record.ts';

/** What the last update of a node group took. */
export interface Pace {
  minutes: number;
  /** How often nodes were replaced in it: as many at once as its budget allowed. */
  batches: number;
  /** When it was asked for, ISO 8601. */
  at: string;
}

const batchesOf = ({ desiredSize, budget }: Pick<NodeGroupRecord, 'desiredSize' | 'budget'>): number =>
  Math.ceil(desiredSize / budget);

/** Null: it was not updated at once, so nothing was measured. */
export const paceOf = (record: NodeGroupRecord): Pace | null => {
  const [attempt, ...more] = record.attempts.filter(({ direction }) => direction === 'forward');
  const batches = batchesOf(record);
  if (record.outcome !== 'Updated' || record.updatedAt === null || more.length > 0 || batches === 0) return null;
  if (attempt === undefined) return null;
  const minutes = Math.ceil((Date.parse(record.updatedAt) - Date.parse(attempt.requestedAt)) / 60_000);
  return { minutes, batches, at: attempt.requestedAt };
};

/** As long as the last time, for as many batches; what was never measured takes what is usual. */
export const predictedMinutes = (record: NodeGroupRecord, pace: Pace | null): number => {
  if (pace === null) return expectedMinutes(record, 'forward');
  return Math.ceil(pace.minutes * Math.max(1, batchesOf(record) / pace.batches));
};
