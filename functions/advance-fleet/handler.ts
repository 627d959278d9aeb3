import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { clientSettings } from '../../adapters/aws/client-settings.ts';
import { eksClusters } from '../../adapters/aws/clusters.ts';
import { ssmPolicyDocument } from '../../adapters/aws/policy-document.ts';
import { LedgerItems } from '../../adapters/ledger/items.ts';
import { ledgerFleets, ledgerLastGoodPolicy, ledgerRollouts, ledgerScans } from '../../adapters/ledger/ledger.ts';
import {
  afterRing,
  type Batch,
  clusterExecutionName,
  type FleetAnswer,
  type FleetRecord,
  orderRings,
  refusedFleet,
  restOfRing,
  ringOutcome,
} from '../../core/fleet/fleet.ts';
import { type FleetRequest, parseFleetRequest } from '../../core/fleet/fleet-request.ts';
import type { OptIn } from '../../core/plan/judge-cluster.ts';
import { policyInForce } from '../../core/policy/policy-in-force.ts';
import { ringOf } from '../../core/policy/settings.ts';
import type { Clusters, Fleets, LastGoodPolicy, PolicyDocument, Rollouts, Scans } from '../../core/ports.ts';
import { environment, hub } from '../environment.ts';
import { executionSchema } from '../events.ts';
import { lambda, logger } from '../lambda.ts';
import { optInFromEnvironment } from '../opt-in.ts';

const eventSchema = z.object({
  input: z.unknown(),
  execution: executionSchema,
  /** The part of a ring that has just ended; left out at the start. */
  ended: z.nullish(z.object({ ring: z.number(), first: z.number() })),
});

export interface FleetPorts {
  optIn: OptIn;
  clusters: Clusters;
  policyDocument: PolicyDocument;
  lastGoodPolicy: LastGoodPolicy;
  rollouts: Rollouts;
  fleets: Fleets;
  scans: Scans;
}

type FleetStep =
  | {
      step: 'StartBatch';
      batch: Batch;
      clusters: { executionName: string; clusterName: string }[];
      /** What the inputs of all of them have in common. */
      common: Record<string, unknown>;
      maxConcurrentClusters: number;
    }
  | { step: 'FinishFleet'; answer: FleetAnswer }
  | { step: 'RefuseFleet'; error: 'Refused'; cause: string };

/** Says which clusters of the fleet come next: the first ring's, the rest of a ring, the next ring's, or none. */
export const advanceFleetWith =
  (ports: FleetPorts) =>
  async (event: unknown): Promise<FleetStep> => {
    const { input, execution, ended } = eventSchema.parse(event);
    const parsed = parseFleetRequest(input);
    if ('mistakes' in parsed) return refuse(execution.name, parsed.mistakes);
    const present = await ports.fleets.read(execution.name);
    const begun = present?.value ?? (await beginFleet(ports, parsed.request, execution.name));
    if ('mistakes' in begun) return refuse(execution.name, begun.mistakes);
    const rest = ended == null ? null : restOfRing(begun, ended);
    const fleet = ended == null || rest !== null ? begun : await withOutcomes(ports.rollouts, begun, ended.ring);
    if (fleet !== present?.value) await ports.fleets.write(fleet, present?.revision ?? 0);
    const next = rest ?? afterRing(fleet);
    if (next.step === 'FinishFleet') {
      logger.info('The fleet has ended', { fleet: execution.name, ...next.answer });
      return next;
    }
    const { ring, first, clusters } = next;
    const { name, maxConcurrentClusters = 1 } = fleet.rings[ring] ?? {};
    logger.info('Advanced the fleet', { fleet: execution.name, ring: name, first, clusters: clusters.length });
    return {
      step: 'StartBatch',
      batch: { ring, first },
      clusters: clusters.map((clusterName) => ({
        executionName: clusterExecutionName(execution.name, clusterName),
        clusterName,
      })),
      common: {
        startedBy: fleet.startedBy,
        ...(fleet.dryRun ? { dryRun: true } : {}),
        ...(fleet.reason === null ? {} : { reason: fleet.reason }),
      },
      maxConcurrentClusters,
    };
  };

const refuse = (rolloutId: string, mistakes: readonly string[]): FleetStep => ({
  step: 'RefuseFleet',
  error: 'Refused',
  cause: JSON.stringify(refusedFleet(rolloutId, mistakes)),
});

/** Rings in mode roll-out, with the clusters that opted in. */
const beginFleet = async (
  ports: FleetPorts,
  request: FleetRequest,
  rolloutId: string,
): Promise<FleetRecord | { mistakes: string[] }> => {
  const inForce = policyInForce(await ports.policyDocument.read(), await ports.lastGoodPolicy.read());
  if (inForce.policy === null) return { mistakes: inForce.mistakes };
  const { policy } = inForce;
  const unknown = (request.rings ?? []).filter((name) => !policy.rings.some((ring) => ring.name === name));
  if (unknown.length > 0) {
    const allowed = policy.rings.map((ring) => ring.name).join(', ') || 'none: the policy document has no rings';
    return { mistakes: [`rings: ${unknown.join(', ')} unknown; allowed are ${allowed}`] };
  }
  const names = request.scan === undefined ? await ports.clusters.list() : await ports.scans.behind(request.scan);
  const members = new Map<string, string[]>();
  for (const name of names) {
    const cluster = await ports.clusters.read(name);
    if (cluster === null || cluster.tags[ports.optIn.key] !== ports.optIn.value) continue;
    const ring = ringOf(policy, cluster);
    if ('conflict' in ring || ring.ring?.mode !== 'roll-out') continue;
    members.set(ring.ring.name, [...(members.get(ring.ring.name) ?? []), name]);
  }
  const rings = policy.rings
    .filter((ring) => ring.mode === 'roll-out' && (request.rings?.includes(ring.name) ?? true))
    .map(({ name, after, maxConcurrentClusters }) => ({
      name,
      after,
      maxConcurrentClusters: maxConcurrentClusters ?? policy.maxConcurrentClusters,
      clusters: (members.get(name) ?? []).sort(),
    }));
  return {
    rolloutId,
    startedBy: request.startedBy,
    dryRun: request.dryRun,
    reason: request.reason ?? null,
    rings: orderRings(rings).map(({ after = null, clusters, ...ring }) => ({
      ...ring,
      after,
      clusters: [...clusters],
      outcome: clusters.length === 0 ? 'Succeeded' : null,
    })),
    outcomes: {},
  };
};

/** What the ledger says of the clusters of a ring; a child's output or cause is never read. */
const withOutcomes = async (rollouts: Rollouts, fleet: FleetRecord, index: number): Promise<FleetRecord> => {
  const ring = fleet.rings[index];
  if (ring === undefined) throw new Error(`the fleet ${fleet.rolloutId} has no ring ${index}`);
  const outcomes = { ...fleet.outcomes };
  for (const clusterName of ring.clusters) {
    const found = await rollouts.read(clusterExecutionName(fleet.rolloutId, clusterName));
    outcomes[clusterName] = found?.value.answer?.outcome ?? null;
  }
  const ended = { ...ring, outcome: ringOutcome(ring, outcomes) };
  return { ...fleet, outcomes, rings: fleet.rings.map((each, at) => (at === index ? ended : each)) };
};

const { LEDGER_TABLE, PARAMETER_PREFIX } = environment('LEDGER_TABLE', 'PARAMETER_PREFIX');
const ledger = new LedgerItems(LEDGER_TABLE, new DynamoDBClient(clientSettings));

export const handler = lambda(
  advanceFleetWith({
    optIn: optInFromEnvironment(),
    clusters: eksClusters(hub()),
    policyDocument: ssmPolicyDocument(PARAMETER_PREFIX),
    lastGoodPolicy: ledgerLastGoodPolicy(ledger),
    rollouts: ledgerRollouts(ledger),
    fleets: ledgerFleets(ledger),
    scans: ledgerScans(ledger),
  }),
);
