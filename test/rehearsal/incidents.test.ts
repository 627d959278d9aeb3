/** Real bad releases (rehearsal/incidents/), by what they did and when: what stops each of them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Incident, playIncident, setUps } from '../../rehearsal/incidents/play-incident.ts';
import { isSweep, sampled } from './play.ts';

const incidentIn = (name: string): { text: string; incident: Incident; bad: string } => {
  const text = readFileSync(`rehearsal/incidents/${name}.yaml`, 'utf8');
  const incident = parse(text) as Incident;
  return { text, incident, bad: incident.releases.at(-1)?.release ?? '' };
};

/** By the default policy, and in which wave. */
const stoppedBy: [string, string, number | null][] = [
  // Nothing is taken from a new node while it is new: only a probe that is taken away shows it.
  ['v20201112', 'nothing', null],
  // After forty minutes, and the bake is a quarter of an hour.
  ['v20221027', 'nothing', null],
  ['v20230211', 'nothing', null],
  ['v20240202', 'EKS', 1],
  // Its workload runs on the node group of the second wave.
  ['v20240924', 'pods-running', 2],
  ['v20241109', 'pods-running', 1],
  ['v20241115', 'pods-running', 1],
  ['v20250224', 'pods-running', 1],
  ['v20260505', 'nodes-ready', 1],
];

describe('the default policy', () => {
  test.each(sampled(stoppedBy, 4, ([name]) => name))('%s is stopped by %s', async (name, by, wave) => {
    const { incident, bad } = incidentIn(name);
    const scenario = setUps['the default policy']?.(incident) ?? {};
    expect(await playIncident(scenario, bad)).toMatchObject({ stoppedBy: by, wave });
  });
});

test('what shows only when containers have to end is seen by the probe, before the second wave', async () => {
  const { incident, bad } = incidentIn('v20201112');
  const ending = await playIncident(setUps['probe, bakeTime: PT2H']?.(incident) ?? {}, bad);
  expect(ending).toMatchObject({ stoppedBy: 'probe (Held)', wave: 1 });
});

test.runIf(isSweep)('what only its recall tells is stopped by a minimum age of a week', async () => {
  const { incident, bad } = incidentIn('v20230211');
  const ending = await playIncident(setUps['three rings, P7D']?.(incident) ?? {}, bad);
  expect(ending).toMatchObject({ stoppedBy: 'recall, before it ran', nodes: 0 });
});

test('neither the name of a release nor its date says anything', async () => {
  const { text, bad } = incidentIn('v20241115');
  const renamed = parse(
    text
      .replaceAll('20241115', '20290304')
      .replaceAll('20241025', '20290211')
      .replaceAll(/20\d\d-(\d\d-\d\d)T/g, '2029-$1T'),
  ) as Incident;
  const scenario = setUps['the default policy']?.(renamed) ?? {};
  const ending = await playIncident(scenario, bad.replace('20241115', '20290304'));
  expect(ending).toMatchObject({ stoppedBy: 'pods-running', wave: 1 });
});
