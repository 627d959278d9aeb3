import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { describeMistakes, strictObject } from '../../core/schema.ts';

const order = strictObject({
  name: z.string(),
  rooms: z.optional(z.array(strictObject({ beds: z.int().check(z.gte(1)) }))),
});

const mistakesOf = (value: unknown): string[] => {
  const parsed = order.safeParse(value);
  return parsed.success ? [] : describeMistakes(parsed.error);
};

describe('mistakes are told one a line, by the path that leads to them', () => {
  test.each<{ what: string; value: unknown; mistakes: string[] }>([
    { what: 'no mistake', value: { name: 'a', rooms: [{ beds: 2 }] }, mistakes: [] },
    {
      what: 'a value of the wrong type',
      value: { name: 7 },
      mistakes: ['name: Invalid input: expected string, received number'],
    },
    {
      what: 'a missing value',
      value: {},
      mistakes: ['name: Invalid input: expected string, received undefined'],
    },
    {
      what: 'a mistake deep inside',
      value: { name: 'a', rooms: [{ beds: 2 }, { beds: 0 }] },
      mistakes: ['rooms[1].beds: Too small: expected number to be >=1'],
    },
    {
      what: 'an unknown key at the top',
      value: { name: 'a', room: [] },
      mistakes: ['unknown key "room"; allowed are name, rooms'],
    },
    {
      what: 'unknown keys inside',
      value: { name: 'a', rooms: [{ beds: 2, bath: 1, sauna: 1 }] },
      mistakes: ['rooms[0]: unknown key "bath", "sauna"; allowed are beds'],
    },
    {
      what: 'two mistakes',
      value: { name: 7, rooms: [{ beds: 'two' }] },
      mistakes: [
        'name: Invalid input: expected string, received number',
        'rooms[0].beds: Invalid input: expected number, received string',
      ],
    },
    {
      what: 'something that is no object at all',
      value: 'a',
      mistakes: ['Invalid input: expected object, received string'],
    },
  ])('$what', ({ value, mistakes }) => {
    expect(mistakesOf(value)).toEqual(mistakes);
  });
});
