import { AwsError } from '../wire/errors.ts';

interface Filter {
  Name?: string | undefined;
  Values?: readonly string[] | undefined;
}

/**
 * EC2's filters: every filter must match one of its values, `*` standing for any text and `?` for one character (EC2 user
 * guide, Using_Filtering). A filter that is not played is refused, because ignoring it would answer something else.
 */
export const matchesFilters = <Item>(
  item: Item,
  filters: readonly Filter[] | undefined,
  played: Readonly<Record<string, (item: Item) => readonly string[]>>,
): boolean =>
  (filters ?? []).every(({ Name = '', Values = [] }) => {
    const tagKey = /^tag:(.+)$/.exec(Name)?.[1];
    const values = tagKey === undefined ? played[Name]?.(item) : played['tag:*']?.(item).flatMap(valueOfTag(tagKey));
    if (values === undefined) {
      throw new AwsError('InvalidParameterValue', `The filter '${Name}' is invalid or not played by the embedded AWS`);
    }
    return Values.some((wanted) => values.some((value) => wildcard(wanted).test(value)));
  });

/** Tags are handed over as `key=value`. */
const valueOfTag =
  (key: string) =>
  (tag: string): string[] =>
    tag.startsWith(`${key}=`) ? [tag.slice(key.length + 1)] : [];

const wildcard = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  );

export const tagTexts = (tags: Readonly<Record<string, string>>): string[] =>
  Object.entries(tags).map(([key, value]) => `${key}=${value}`);
