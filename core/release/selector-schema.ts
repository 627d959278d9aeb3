import type * as z from 'zod/mini';
import { parseReleaseSelector } from './release-selector.ts';

/** For schemas: a text that must be a release selector. */
export const refuseBadSelector = (text: string, context: z.core.$RefinementCtx<string>): void => {
  const parsed = parseReleaseSelector(text);
  if ('error' in parsed) context.addIssue({ code: 'custom', message: parsed.error });
};
