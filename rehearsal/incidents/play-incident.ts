/** Plays a real bad release in a set-up, and says what stopped it. */
import type { EmbeddedAws } from '../embedded-aws.ts';
import { rehearse } from '../rehearse.ts';
import type { AnswerRead } from '../report.ts';
import { parseScenario } from '../scenario-format/read.ts';

/** A scenario file, as plain data. */
export interface Incident {
  name: string;
  now: string;
  releases: { release: string; publishedAt: string }[];
  clusters: { name: string; tags: Record<string, string>; nodeGroups: object[]; alarms?: unknown }[];
  timeline?: { at: string; recall: string }[];
  [key: string]: unknown;
}

const check = 'arn:aws:lambda:us-east-1:111122223333:function:node-check';
const onCluster = (policy: object) => (incident: Incident) => ({ ...incident, policy: { version: 1, ...policy } });

/** Each takes what passed in the one before, and none takes a release in its first week. */
const inRings = ({ clusters: [cluster], timeline = [], releases, ...incident }: Incident) => {
  const rings = ['dev', 'staging', 'prod'];
  return {
    ...incident,
    releases,
    now: releases.at(-1)?.publishedAt,
    until: 'P28D',
    // The file begins when the release is three days old; this begins with the release.
    timeline: timeline.map(({ at, recall }) => ({ at: `P${Number(/\d+/.exec(at)?.[0]) + 3}DT1H`, recall })),
    clusters: rings.map((name) => ({ ...cluster, name, alarms: [] })),
    policy: {
      version: 1,
      minimumReleaseAge: 'P7D',
      rings: rings.map((name, index) => ({
        name,
        clusters: { names: [name] },
        mode: 'roll-out',
        ...(index === 0 ? {} : { after: rings[index - 1] }),
      })),
    },
    start: { schedule: true },
  };
};

/** Three ways to use this service, and what others look at. */
export const setUps: Readonly<Record<string, (incident: Incident) => object>> = {
  'the default policy': onCluster({}),
  'probe, bakeTime: PT2H': onCluster({
    gates: ['nodes-ready', 'pods-running', 'allocatable-kept', 'probe'],
    bakeTime: 'PT2H',
  }),
  'three rings, P7D': inRings,
  'Ready, as EKS looks': onCluster({ gates: ['nodes-ready'], bakeTime: 'PT0S' }),
  'Ready and devices, as Karpenter looks': onCluster({ gates: ['nodes-ready', 'allocatable-kept'], bakeTime: 'PT0S' }),
  'a check of each node, as Cyclops': (incident) => ({
    ...onCluster({ gates: ['nodes-ready', { lambda: check }], bakeTime: 'PT0S' })(incident),
    deploy: { GateFunctionArns: check },
  }),
  'an alarm': onCluster({ gates: ['nodes-ready', { alarm: 'checkout' }] }),
};

/** How one set-up ended in one incident. */
export interface Ending {
  stoppedBy: string;
  wave: number | null;
  minutes: number | null;
  /** Instances that were ever launched from the bad image, until it was stopped. */
  nodes: number;
}

/** `bad`: the release that breaks nodes. */
export const playIncident = async (scenario: object, bad: string): Promise<Ending> => {
  const seen = new Set<string>();
  let world: EmbeddedAws | undefined;
  const report = await rehearse(parseScenario(JSON.stringify(scenario), 'incident'), {
    onBegin: (aws) => {
      world = aws;
    },
    beforeStep: () => {
      for (const { id, image } of world?.world.instances() ?? []) if (image.releaseVersion === bad) seen.add(id);
      return undefined;
    },
  });
  if (report.invariants.length > 0) throw new Error(report.invariants.join('; '));
  const stopped = report.executions.find(({ outcome }) => outcome === 'RolledBack' || outcome === 'Held');
  const isOnBad = Object.values(report.nodeGroups).some(({ images }) =>
    [...(world?.world.images.values() ?? [])].some(
      ({ imageId, releaseVersion }) => releaseVersion === bad && images[imageId] !== undefined,
    ),
  );
  if (stopped === undefined) {
    const isNowhere = seen.size === 0 && !isOnBad;
    return { stoppedBy: isNowhere ? 'recall, before it ran' : 'nothing', wave: null, minutes: null, nodes: seen.size };
  }
  const group = stopped.nodeGroups.find(({ outcome }) => outcome === 'RolledBack' || outcome === 'Held');
  const wave = stopped.plan.waves.findIndex((names) => names.includes(group?.name ?? '')) + 1;
  return { stoppedBy: whatStopped(stopped, group), wave, minutes: minutesUntilBack(world), nodes: seen.size };
};

const whatStopped = ({ outcome }: AnswerRead, group: AnswerRead['nodeGroups'][number] | undefined): string => {
  const reason = group?.reason ?? '';
  const gate = /(nodes-ready|pods-running|allocatable-kept|probe|alarm \S+|lambda \S+):/.exec(reason)?.[1];
  const by = /recall|withdr/.test(reason) ? 'recall' : /NodeCreationFailure/.test(reason) ? 'EKS' : gate;
  return `${(by ?? reason.slice(0, 40)).replace(/^lambda .*/, 'lambda')}${outcome === 'Held' ? ' (Held)' : ''}`;
};

/** From the first request for an update to the first one back. */
const minutesUntilBack = (aws: EmbeddedAws | undefined): number | null => {
  const updates = aws?.productCalls.made.filter(({ operation }) => operation === 'UpdateNodegroupVersion') ?? [];
  const [first] = updates;
  const nameOf = ({ input }: (typeof updates)[number]): string => {
    const { clusterName, nodegroupName } = input as { clusterName?: string; nodegroupName?: string };
    return `${clusterName}/${nodegroupName}`;
  };
  const back = updates.find((each, index) =>
    updates.slice(0, index).some((earlier) => nameOf(earlier) === nameOf(each)),
  );
  return first === undefined || back === undefined ? null : Math.round((back.at - first.at) / 60_000);
};
