import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noControl } from '../../../core/control/control.ts';
import type { NodeGroupRecord } from '../../../core/node-group/record.ts';
import {
  type AfterWave,
  afterWave,
  childName,
  type WaveQuestion,
  type WaveStart,
} from '../../../core/rollout/after-wave.ts';
import { aRecord, failed } from '../builders.ts';

/** One record a letter, in this order: a, b, c, … ; `gone` was deleted midway, null has not ended. */
const ended = (...outcomes: (NodeGroupRecord['outcome'] | 'gone')[]): NodeGroupRecord[] =>
  outcomes.map((outcome, index) =>
    aRecord(
      String.fromCharCode(97 + index),
      outcome === 'gone'
        ? { outcome: 'Untouched', isGone: true }
        : { outcome, verdict: outcome === 'RolledBack' ? failed : null },
    ),
  );

const decide = (given: Partial<WaveQuestion>): AfterWave =>
  afterWave({
    waves: [['a'], ['b', 'c']],
    records: ended('Updated', null, null),
    wave: 0,
    mode: 'forward',
    started: ['a'],
    again: 0,
    turn: 0,
    onFailure: 'rollBack',
    isAndonOn: false,
    control: noControl,
    ...given,
  });

/** In a line: what is started and how, or why it ends. */
const told = (step: AfterWave): string =>
  step.step === 'FinishRollout' ? step.reason : `${step.mode} ${step.wave}: ${step.nodeGroups.join(' ')}`;

describe('after a wave', () => {
  test.each<{ title: string; given: Partial<WaveQuestion>; next: string }>([
    { title: 'that was updated the next one goes', given: {}, next: 'forward 1: b c' },
    {
      title: 'that was up to date the next one goes',
      given: { records: ended('UpToDate', null, null) },
      next: 'forward 1: b c',
    },
    {
      title: 'whose only node group was deleted the next one goes',
      given: { records: ended('gone', null, null) },
      next: 'forward 1: b c',
    },
    {
      title: 'that was the last the rollout ends',
      given: { wave: 1, started: ['b', 'c'], records: ended('Updated', 'Updated', 'Updated') },
      next: 'every wave has passed',
    },
    {
      title: 'that was rolled back the rollout ends',
      given: { records: ended('RolledBack', null, null) },
      next: 'a ended RolledBack',
    },
    { title: 'that is held the rollout ends', given: { records: ended('Held', null, null) }, next: 'a ended Held' },
    { title: 'that failed the rollout ends', given: { records: ended('Failed', null, null) }, next: 'a ended Failed' },
    {
      title: 'that was left untouched the rollout ends: it gave no verdict',
      given: { records: ended('Untouched', null, null) },
      next: 'a ended Untouched',
    },
    {
      title: 'of which one node group was rolled back the rollout ends, and the updated ones stay forward',
      given: { wave: 1, started: ['b', 'c'], records: ended('Updated', 'Updated', 'RolledBack') },
      next: 'c ended RolledBack',
    },
    {
      title: 'of which several went wrong each is named',
      given: { wave: 1, started: ['b', 'c'], records: ended('Updated', 'Held', 'RolledBack') },
      next: 'b ended Held, c ended RolledBack',
    },
    {
      title: 'never goes to an earlier one, also when something in that one was not begun',
      given: { wave: 1, started: ['b', 'c'], records: ended(null, 'Updated', 'Updated') },
      next: 'every wave has passed',
    },
    {
      title: 'nothing further goes while the andon switch is on',
      given: { isAndonOn: true },
      next: 'the andon switch is on (or cannot be read)',
    },
    {
      title: 'that was the last the rollout ends well, also while the andon switch is on',
      given: { wave: 1, started: ['b', 'c'], records: ended('Updated', 'Updated', 'Updated'), isAndonOn: true },
      next: 'every wave has passed',
    },
  ])('$title', ({ given, next }) => {
    expect(told(decide(given))).toBe(next);
  });

  test('the next one is counted from nought, and says what passed', () => {
    expect(decide({})).toEqual({
      step: 'StartNodeGroups',
      wave: 1,
      mode: 'forward',
      nodeGroups: ['b', 'c'],
      reason: 'wave 1 passed',
      again: 0,
      turn: 0,
    });
  });
});

describe('where the policy says onFailure: rollBackAll', () => {
  const all = { onFailure: 'rollBackAll' as const, wave: 1, started: ['b', 'c'] };

  test.each<{ title: string; given: Partial<WaveQuestion>; next: string }>([
    {
      title: 'one that was rolled back takes all updated ones back',
      given: { records: ended('Updated', 'Updated', 'RolledBack') },
      next: 'back 1: a b',
    },
    {
      title: 'one that is held takes none back: nothing was proved',
      given: { records: ended('Updated', 'Updated', 'Held') },
      next: 'c ended Held',
    },
    {
      title: 'one that was rolled back beside one that is held takes all updated ones back',
      given: { records: ended('Updated', 'Held', 'RolledBack') },
      next: 'back 1: a',
    },
    {
      title: 'nothing is taken back where nothing was updated',
      given: { wave: 0, started: ['a'], records: ended('RolledBack', null, null) },
      next: 'a ended RolledBack',
    },
    {
      title: 'what was taken back is not taken back again',
      given: { mode: 'back', started: ['a', 'b'], records: ended('RolledBack', 'RolledBack', 'RolledBack') },
      next: 'everything that was to go back has been tried',
    },
    {
      title: 'what could not be taken back is not tried for ever',
      given: { mode: 'back', started: ['a', 'b'], records: ended('Held', 'Updated', 'RolledBack') },
      next: 'everything that was to go back has been tried',
    },
  ])('$title', ({ given, next }) => {
    expect(told(decide({ ...all, ...given }))).toBe(next);
  });

  test('the reason names what was rolled back', () => {
    expect(decide({ ...all, records: ended('Updated', 'Updated', 'RolledBack') })).toMatchObject({
      reason: 'c ended RolledBack; the policy says onFailure: rollBackAll',
      again: 0,
      turn: 0,
    });
  });
});

describe('node groups whose executions died', () => {
  const dead = { wave: 1, started: ['b', 'c'], records: ended('Updated', 'Updated', null) };

  test('are brought to their end by another execution', () => {
    expect(decide(dead)).toEqual({
      step: 'StartNodeGroups',
      wave: 1,
      mode: 'settle',
      nodeGroups: ['c'],
      reason: 'the execution that worked on c has died; what it began is ended',
      again: 1,
      turn: 0,
    });
  });

  test('are brought to their end, also while the andon switch is on or others went wrong', () => {
    expect(told(decide({ ...dead, isAndonOn: true }))).toBe('settle 1: c');
    expect(told(decide({ ...dead, records: ended('Updated', 'Held', null) }))).toBe('settle 1: c');
  });

  test('are brought to their end three times at most', () => {
    expect(told(decide({ ...dead, mode: 'settle', started: ['c'], again: 2 }))).toBe('settle 1: c');
    expect(told(decide({ ...dead, mode: 'settle', started: ['c'], again: 3 }))).toBe(
      'c could not be brought to an end',
    );
  });

  test('count as dead when the ledger has no record of them', () => {
    expect(told(decide({ ...dead, records: ended('Updated') }))).toBe('settle 1: b c');
  });

  test('and were then updated: the next wave goes', () => {
    expect(told(decide({ mode: 'settle', again: 1, started: ['a'] }))).toBe('forward 1: b c');
  });

  test('and then ended badly: the rollout ends', () => {
    expect(told(decide({ mode: 'settle', again: 1, started: ['a'], records: ended('Held', null, null) }))).toBe(
      'a ended Held',
    );
  });

  test('on their way back are brought to their end, too', () => {
    expect(told(decide({ ...dead, mode: 'back' }))).toBe('settle 1: c');
  });
});

describe('a heal ends what was begun, and begins nothing', () => {
  const heal = { mode: 'settle' as const, started: ['b', 'c'], records: ended('Updated', 'Updated', 'Updated') };

  test('when its node groups have ended it ends', () => {
    expect(told(decide(heal))).toBe('what was begun is ended');
  });

  test('when they have ended badly it ends', () => {
    expect(told(decide({ ...heal, records: ended('Updated', 'RolledBack', 'Untouched') }))).toBe(
      'b ended RolledBack, c ended Untouched',
    );
  });

  test('when one of its own executions died it ends that one, and then ends', () => {
    const retried = decide({ ...heal, records: ended('Updated', 'Updated', null) });
    expect(told(retried)).toBe('settle 0: c');
    if (retried.step !== 'StartNodeGroups') throw new Error('it is retried');
    const { wave, mode, again, nodeGroups } = retried;
    expect(decide({ ...heal, wave, mode, again, started: nodeGroups }).step).toBe('FinishRollout');
  });
});

describe('what a person asked', () => {
  const said = { by: 'alice', reason: 'the fair', at: '2026-08-20T09:00:00Z' };
  const abort = { ...noControl, end: { ...said, wish: 'abort' as const } };
  const back = { ...noControl, end: { ...said, wish: 'roll-back' as const } };

  test('abort starts nothing further', () => {
    expect(told(decide({ control: abort }))).toBe('aborted by alice at 2026-08-20T09:00:00Z: the fair');
  });

  test('roll-back takes back what was updated, also where something else went wrong', () => {
    expect(told(decide({ control: back }))).toBe('back 0: a');
    expect(
      told(decide({ control: back, wave: 1, started: ['b', 'c'], records: ended('Updated', 'Held', 'Updated') })),
    ).toBe('back 1: a c');
  });

  test('roll-back where nothing was updated is the end', () => {
    expect(told(decide({ control: back, records: ended('RolledBack', null, null) }))).toBe('a ended RolledBack');
    expect(told(decide({ control: back, mode: 'back' }))).toBe('everything that was to go back has been tried');
  });
});

describe('what was deferred', () => {
  const deferred = (...names: string[]): NodeGroupRecord[] =>
    ended('Updated', 'Updated', null).map((record) =>
      names.includes(record.name) ? { ...record, outcome: null, deferred: 'no window' } : record,
    );
  const wave1 = { wave: 1, started: ['b', 'c'] };

  test('is started again, by another name', () => {
    const next = decide({ ...wave1, records: deferred('b', 'c'), turn: 2 });
    expect(next).toMatchObject({ step: 'StartNodeGroups', mode: 'forward', wave: 1, nodeGroups: ['b', 'c'], turn: 3 });
  });

  test('waits until what died beside it is ended, and is not forgotten then', () => {
    expect(told(decide({ ...wave1, records: deferred('b') }))).toBe('settle 1: c');
    const settled = deferred('b').map((record) =>
      record.name === 'c' ? { ...record, outcome: 'Updated' as const } : record,
    );
    expect(told(decide({ ...wave1, mode: 'settle', again: 1, started: ['c'], records: settled }))).toBe('forward 1: b');
  });

  test('is not started any more when something beside it went wrong, or the andon switch is on', () => {
    const failing = deferred('b').map((record) =>
      record.name === 'c' ? { ...record, outcome: 'Held' as const } : record,
    );
    expect(told(decide({ ...wave1, records: failing }))).toBe('c ended Held');
    const rest = deferred('b').map((record) =>
      record.name === 'c' ? { ...record, outcome: 'Updated' as const } : record,
    );
    expect(told(decide({ ...wave1, records: rest, isAndonOn: true }))).toMatch(/^the andon switch is on/);
  });
});

describe('of any rollout', () => {
  const outcomes = fc.constantFrom<NodeGroupRecord['outcome'] | 'gone'>(
    'Updated',
    'UpToDate',
    'RolledBack',
    'Held',
    'Failed',
    'Untouched',
    'gone',
    null,
  );
  const questions = fc.record({
    records: fc.array(outcomes, { minLength: 3, maxLength: 3 }).map((each) => ended(...each)),
    wave: fc.constantFrom(0, 1),
    mode: fc.constantFrom('forward' as const, 'back' as const, 'settle' as const),
    again: fc.nat({ max: 4 }),
    turn: fc.nat({ max: 4 }),
    onFailure: fc.constantFrom('rollBack' as const, 'rollBackAll' as const, 'hold' as const),
    isAndonOn: fc.boolean(),
    control: fc.constant(noControl),
  });
  const ask = (drawn: Omit<WaveQuestion, 'waves' | 'started'>) =>
    decide({ ...drawn, started: drawn.wave === 0 ? ['a'] : ['b', 'c'] });

  test('no wave goes forward while something is bad, undecided, or stopped', () => {
    fc.assert(
      fc.property(questions, (drawn) => {
        const next = ask(drawn);
        if (next.step !== 'StartNodeGroups' || next.mode !== 'forward') return;
        const started = drawn.wave === 0 ? ['a'] : ['b', 'c'];
        const records = drawn.records.filter((record) => started.includes(record.name) || record.outcome !== null);
        expect(
          records.every((record) => record.isGone || record.outcome === 'Updated' || record.outcome === 'UpToDate'),
        ).toBe(true);
        expect(drawn.isAndonOn).toBe(false);
        expect(next.wave).toBe(drawn.wave + 1);
      }),
      { numRuns: 500 },
    );
  });

  test('only what was updated goes back, and only where the policy says rollBackAll', () => {
    fc.assert(
      fc.property(questions, (drawn) => {
        const next = ask(drawn);
        if (next.step !== 'StartNodeGroups' || next.mode !== 'back') return;
        expect(drawn.onFailure).toBe('rollBackAll');
        const updated = drawn.records.filter((record) => record.outcome === 'Updated').map((record) => record.name);
        expect(next.nodeGroups).toEqual(updated);
      }),
      { numRuns: 500 },
    );
  });

  test('what is started has node groups, and every end has a reason', () => {
    fc.assert(
      fc.property(questions, (drawn) => {
        const next = ask(drawn);
        expect(next.reason).not.toBe('');
        if (next.step === 'StartNodeGroups') expect(next.nodeGroups.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('the name of a child execution', () => {
  const start: WaveStart = {
    step: 'StartNodeGroups',
    wave: 0,
    mode: 'forward',
    nodeGroups: ['web'],
    reason: '',
    again: 0,
    turn: 0,
  };
  const parent = { executionName: 'rollout-9', redriveCount: 0, generation: 1 };

  test('is the same for the same start', () => {
    expect(childName(parent, start, 'web')).toBe(childName({ ...parent }, { ...start, reason: 'another' }, 'web'));
    expect(childName(parent, start, 'web')).toMatch(/^web-forward-[0-9a-f]{12}$/);
  });

  test.each<{ what: string; name: string }>([
    { what: 'execution', name: childName({ ...parent, executionName: 'rollout-10' }, start, 'web') },
    {
      what: 'redrive, because an ended child’s name cannot be used again',
      name: childName({ ...parent, redriveCount: 1 }, start, 'web'),
    },
    { what: 'lease', name: childName({ ...parent, generation: 2 }, start, 'web') },
    { what: 'turn', name: childName(parent, { ...start, turn: 1 }, 'web') },
    { what: 'wave', name: childName(parent, { ...start, wave: 1 }, 'web') },
    { what: 'mode', name: childName(parent, { ...start, mode: 'back' }, 'web') },
    { what: 'start again', name: childName(parent, { ...start, again: 1 }, 'web') },
    { what: 'node group', name: childName(parent, start, 'db') },
  ])('differs by $what', ({ name }) => {
    expect(name).not.toBe(childName(parent, start, 'web'));
  });

  test('tells long names apart that begin alike', () => {
    const long = 'n'.repeat(62);
    expect(childName(parent, start, `${long}a`)).not.toBe(childName(parent, start, `${long}b`));
  });

  test('has only the length and the characters that Step Functions allows', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_.-]{1,80}$/),
        fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/),
        fc.constantFrom('forward' as const, 'back' as const, 'settle' as const),
        fc.nat({ max: 99 }),
        (executionName, nodeGroup, mode, count) => {
          const name = childName(
            { executionName, redriveCount: count, generation: count },
            { ...start, mode, wave: count, again: count },
            nodeGroup,
          );
          expect(name).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
        },
      ),
    );
  });
});
