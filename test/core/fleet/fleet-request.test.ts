import { describe, expect, test } from 'vitest';
import { parseFleetRequest } from '../../../core/fleet/fleet-request.ts';

describe('a request for the fleet', () => {
  test('may say nothing: then it is every ring, by hand, in earnest', () => {
    expect(parseFleetRequest({})).toEqual({ request: { dryRun: false, startedBy: 'manual' } });
  });

  test('may say everything', () => {
    const input = {
      dryRun: true,
      rings: ['dev'],
      reason: 'CVE',
      startedBy: 'schedule',
      scan: 'schedule-20260820090000',
    };
    expect(parseFleetRequest(input)).toEqual({ request: input });
  });

  test.each<{ what: string; input: unknown; mistake: string }>([
    {
      what: 'an unknown key',
      input: { ring: 'dev' },
      mistake: 'unknown key "ring"; allowed are dryRun, rings, reason, startedBy, scan',
    },
    { what: 'no ring', input: { rings: [] }, mistake: 'rings: is empty; leave it out for every ring' },
    {
      what: 'a ring that is no list',
      input: { rings: 'dev' },
      mistake: 'rings: Invalid input: expected array, received string',
    },
    {
      what: 'a dryRun that is a text',
      input: { dryRun: 'yes' },
      mistake: 'dryRun: Invalid input: expected boolean, received string',
    },
    { what: 'nothing at all', input: null, mistake: 'Invalid input: expected object, received null' },
  ])('with $what is refused', ({ input, mistake }) => {
    expect(parseFleetRequest(input)).toEqual({ mistakes: [mistake] });
  });

  test('with a reason that is too long is refused', () => {
    expect(parseFleetRequest({ reason: 'x'.repeat(1_001) })).toHaveProperty('mistakes');
    expect(parseFleetRequest({ reason: 'x'.repeat(1_000) })).toHaveProperty('request');
  });
});
