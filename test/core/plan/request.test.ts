import { describe, expect, test } from 'vitest';
import { clusterNameOf, parseRequest } from '../../../core/plan/request.ts';
import { hub, requestOf } from '../builders.ts';

const mistakesOf = (input: unknown): string[] => {
  const parsed = parseRequest(input, hub);
  return 'mistakes' in parsed ? parsed.mistakes : [];
};

describe('a request', () => {
  test('needs only the name of the cluster', () => {
    expect(requestOf({ clusterName: 'prod' })).toEqual({
      clusterName: 'prod',
      accountId: '111122223333',
      region: 'us-east-1',
      dryRun: false,
      ignoreWindow: false,
      ignoreReleaseAge: false,
      again: false,
      startedBy: 'manual',
    });
  });

  test('may say everything a plain start knows', () => {
    const input = {
      clusterName: 'prod',
      accountId: '111122223333',
      region: 'us-east-1',
      dryRun: true,
      nodeGroups: ['web'],
      release: 'AL2023_x86_64_STANDARD@20260714',
      reason: 'CVE-2026-1234',
      ignoreWindow: true,
      ignoreReleaseAge: true,
      again: true,
      startedBy: 'cli:jo',
    };
    expect(parseRequest(input, hub)).toEqual({ request: input });
  });

  test.each(['heal', 'resume', 'rollBack'])('may ask to %s a rollout', (operation) => {
    expect(requestOf({ [operation]: 'rollout-7', reason: 'because' })).toMatchObject({ [operation]: 'rollout-7' });
  });

  test.each([
    { what: 'a name of 100 letters, digits, - and _', input: { clusterName: `0a_-${'Z'.repeat(96)}` } },
    { what: 'names of one letter', input: { clusterName: 'a', heal: 'r' } },
    { what: 'a reason of one letter', input: { clusterName: 'prod', reason: '!' } },
    { what: 'a reason of 1,000 letters', input: { clusterName: 'prod', reason: 'a'.repeat(1_000) } },
    { what: 'a rollout id of 80 letters', input: { clusterName: 'prod', heal: `r_.-${'9'.repeat(76)}` } },
  ])('may have $what', ({ input }) => {
    expect(mistakesOf(input)).toEqual([]);
  });

  test('to heal needs no reason: nobody asks for it', () => {
    expect(mistakesOf({ clusterName: 'prod', heal: 'rollout-7' })).toEqual([]);
  });

  test('to resume may go on outside of the window', () => {
    expect(mistakesOf({ clusterName: 'prod', resume: 'rollout-7', ignoreWindow: true, reason: 'now' })).toEqual([]);
  });

  test('to heal may name the account and Region it knows from the ledger', () => {
    expect(requestOf({ ...hub, heal: 'rollout-7', startedBy: 'event:ABORTED' })).toMatchObject(hub);
  });
});

describe('a mistake in a request is told with the key that is wrong', () => {
  test.each<{ what: string; input: unknown; says: string }>([
    { what: 'nothing', input: undefined, says: 'Invalid input: expected object, received undefined' },
    { what: 'a text', input: 'prod', says: 'Invalid input: expected object, received string' },
    { what: 'no name', input: {}, says: 'clusterName: is not a string' },
    { what: 'a name that is a number', input: { clusterName: 7 }, says: 'clusterName: is not a string' },
    {
      what: 'an empty name',
      input: { clusterName: '' },
      says: 'clusterName: is not a cluster name (letters, digits, - and _; at most 100)',
    },
    { what: 'a name with a slash', input: { clusterName: 'a/b' }, says: 'clusterName: is not a cluster name' },
    { what: 'a name that begins with -', input: { clusterName: '-a' }, says: 'clusterName: is not a cluster name' },
    {
      what: 'a name of 101 letters',
      input: { clusterName: 'a'.repeat(101) },
      says: 'clusterName: is not a cluster name',
    },
    {
      what: 'an unknown key',
      input: { clusterName: 'prod', nodegroups: ['web'] },
      says: 'unknown key "nodegroups"; allowed are clusterName, accountId, region, dryRun, nodeGroups, release, reason, ignoreWindow, ignoreReleaseAge, again, heal, resume, rollBack, startedBy',
    },
    {
      what: 'no node group',
      input: { clusterName: 'prod', nodeGroups: [] },
      says: 'nodeGroups: is empty; leave it out for every node group',
    },
    {
      what: 'node groups that are no list',
      input: { clusterName: 'prod', nodeGroups: 'web' },
      says: 'nodeGroups: Invalid input: expected array, received string',
    },
    {
      what: 'a dryRun that is a text',
      input: { clusterName: 'prod', dryRun: 'yes' },
      says: 'dryRun: Invalid input: expected boolean, received string',
    },
    {
      what: 'a release that is a number',
      input: { clusterName: 'prod', release: 20260714 },
      says: 'release: is not a text; write it in quotes: "20260714"',
    },
    {
      what: 'a release that is none',
      input: { clusterName: 'prod', release: 'latest' },
      says: 'release: "latest" is not a release; write a date (20260714)',
    },
    {
      what: 'a release of an unknown variant',
      input: { clusterName: 'prod', release: 'AL2024@20260714' },
      says: 'release: "AL2024" is not an AMI type; allowed are AL2_x86_64',
    },
    { what: 'an empty reason', input: { clusterName: 'prod', reason: '' }, says: 'reason: is empty' },
    {
      what: 'a reason of 1,001 letters',
      input: { clusterName: 'prod', reason: 'a'.repeat(1001) },
      says: 'reason: is longer than 1,000 characters',
    },
    {
      what: 'an account id that is none',
      input: { clusterName: 'prod', accountId: '1111' },
      says: 'accountId: is not an AWS account id (twelve digits)',
    },
    {
      what: 'a Region that is none',
      input: { clusterName: 'prod', region: 'Virginia' },
      says: 'region: is not an AWS Region',
    },
    {
      what: 'a cluster of another account',
      input: { clusterName: 'prod', accountId: '444455556666' },
      says: 'accountId: 444455556666 is not this account (111122223333); clusters of other accounts and Regions are not reached yet',
    },
    {
      what: 'a cluster of another Region',
      input: { clusterName: 'prod', region: 'eu-west-1' },
      says: 'region: eu-west-1 is not this Region (us-east-1); clusters of other accounts and Regions are not reached yet',
    },
    {
      what: 'a rollout id that is none',
      input: { clusterName: 'prod', heal: 'rollout 7' },
      says: 'heal: is not a rollout id',
    },
    {
      what: 'a rollout id of 81 letters',
      input: { clusterName: 'prod', heal: 'r'.repeat(81) },
      says: 'heal: is not a rollout id',
    },
    {
      what: 'two operations at once',
      input: { clusterName: 'prod', heal: 'rollout-7', resume: 'rollout-7', reason: 'because' },
      says: 'heal and resume cannot be asked for together',
    },
    {
      what: 'three operations at once',
      input: { clusterName: 'prod', heal: 'a', resume: 'b', rollBack: 'c', reason: 'because' },
      says: 'heal and resume and rollBack cannot be asked for together',
    },
  ])('$what', ({ input, says }) => {
    const mistakes = mistakesOf(input);
    expect(mistakes.find((mistake) => mistake.startsWith(says)) ?? mistakes).toContain(says);
  });

  test.each([
    { asked: { again: true }, key: 'again' },
    { asked: { ignoreWindow: true }, key: 'ignoreWindow' },
    { asked: { ignoreReleaseAge: true }, key: 'ignoreReleaseAge' },
    { asked: { resume: 'rollout-7' }, key: 'resume' },
    { asked: { rollBack: 'rollout-7' }, key: 'rollBack' },
  ])('$key needs a reason', ({ asked, key }) => {
    expect(mistakesOf({ clusterName: 'prod', ...asked })).toEqual([`reason: is required with ${key}`]);
    expect(mistakesOf({ clusterName: 'prod', ...asked, reason: 'CVE-2026-1234' })).toEqual([]);
  });

  test.each([
    { asked: { nodeGroups: ['web'] }, key: 'nodeGroups' },
    { asked: { release: '20260714' }, key: 'release' },
    { asked: { dryRun: true }, key: 'dryRun' },
    { asked: { again: true }, key: 'again' },
    { asked: { ignoreReleaseAge: true }, key: 'ignoreReleaseAge' },
  ])('$key belongs to a plain start, not to an operation', ({ asked, key }) => {
    for (const operation of ['heal', 'resume', 'rollBack']) {
      const input = { clusterName: 'prod', [operation]: 'rollout-7', reason: 'because', ...asked };
      expect(mistakesOf(input)).toEqual([`${key}: cannot be asked for together with ${operation}`]);
    }
  });
});

describe('a Region is accepted as AWS spells it', () => {
  test.each([
    'us-east-1',
    'ap-southeast-7',
    'mx-central-1',
    'us-gov-west-1',
    'cn-northwest-1',
    'us-iso-east-1',
    'us-isob-east-1',
    'us-isof-south-1',
    'eu-isoe-west-1',
    'eusc-de-east-1',
  ])('%s', (region) => {
    expect(parseRequest({ clusterName: 'prod', region }, { ...hub, region })).toMatchObject({ request: { region } });
  });
});

describe('the name of the cluster', () => {
  test.each([
    { what: 'of a request without a mistake', input: { clusterName: 'prod' }, name: 'prod' },
    { what: 'of a request with other mistakes', input: { clusterName: 'prod', nodeGroups: [] }, name: 'prod' },
    { what: 'that is no text', input: { clusterName: 7 }, name: null },
    { what: 'that is missing', input: {}, name: null },
    { what: 'of what is no request', input: 'prod', name: null },
  ])('$what is $name', ({ input, name }) => {
    expect(clusterNameOf(input)).toBe(name);
  });
});
