/** What every schema of this project shares: messages in English, unknown keys refused by name, mistakes told by path. */
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// The small edition of zod comes without messages.
z.config(en());

/** An object that refuses a key it does not know, and says which ones it does. */
export const strictObject = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}; allowed are ${Object.keys(shape).join(', ')}`
        : undefined,
  });

/** One line a mistake: the path, and what is wrong there. */
export const describeMistakes = (error: z.core.$ZodError): string[] =>
  error.issues.map((issue) => {
    const path = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
    return path === '' ? issue.message : `${path.replace(/^\./, '')}: ${issue.message}`;
  });
