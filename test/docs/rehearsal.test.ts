/** What docs/rehearsal.md lists is what there is. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { kubernetesOperations } from '../../rehearsal/kubernetes/routes.ts';
import {
  behaviorKeys,
  nodeGroupKeys,
  podFailureKeys,
  scenarioSchema,
  workloadKeys,
} from '../../rehearsal/scenario-format/schema.ts';
import { autoScalingOperations } from '../../rehearsal/services/auto-scaling.ts';
import { cloudWatchOperations } from '../../rehearsal/services/cloudwatch.ts';
import { ec2Operations } from '../../rehearsal/services/ec2.ts';
import { eksOperations } from '../../rehearsal/services/eks.ts';
import { eventBridgeOperations } from '../../rehearsal/services/event-bus.ts';
import { stsOperations } from '../../rehearsal/services/identities.ts';
import { lambdaOperations } from '../../rehearsal/services/lambda.ts';
import { snsOperations } from '../../rehearsal/services/sns.ts';
import { ssmOperations } from '../../rehearsal/services/ssm.ts';
import { statesOperations } from '../../rehearsal/services/states.ts';
import { waysToFail } from '../../rehearsal/world/pod-failures.ts';

const text = readFileSync('docs/rehearsal.md', 'utf8');

test('the list of operations is the list of what is played', () => {
  const listed = Object.fromEntries(
    [
      ...(/<!-- operations -->(.*)<!-- \/operations -->/s.exec(text)?.[1] ?? '').matchAll(
        /^\| `(\w+)` +\| (.*?) *\|$/gm,
      ),
    ].map(([, service = '', operations = '']) => [service, operations.split(', ')]),
  );
  // The operations are made before anything is asked of the world they play in.
  const nothing = {} as never;
  const played = {
    autoscaling: autoScalingOperations(nothing, nothing),
    cloudwatch: cloudWatchOperations(nothing),
    ec2: ec2Operations(nothing),
    eks: eksOperations(nothing, nothing),
    events: eventBridgeOperations(nothing, nothing, nothing),
    lambda: lambdaOperations(nothing, nothing, nothing),
    sns: snsOperations(nothing),
    ssm: ssmOperations(nothing, nothing),
    states: statesOperations(nothing, nothing, nothing),
    sts: stsOperations(nothing, nothing, nothing),
  };
  expect(listed).toEqual(
    Object.fromEntries(
      Object.entries(played).map(([service, operations]) => [service, Object.keys(operations).sort()]),
    ),
  );
});

test.each(Object.keys(scenarioSchema.shape))('the key %s of a scenario is described', (key) => {
  expect(text).toMatch(new RegExp(`^\\| \`${key}\``, 'm'));
});

test.each([...nodeGroupKeys, ...workloadKeys])('the key %s of a node group or a workload is described', (key) => {
  expect(text).toMatch(new RegExp(`^\\|[^|]*\`${key}\``, 'm'));
});

test.each([...behaviorKeys, ...podFailureKeys])('the key %s of a behavior is described', (key) => {
  expect(text).toMatch(new RegExp(`^\\|[^|]*\`${key}[\`.]`, 'm'));
});

test.each(waysToFail)('what %s shows is described', (how) => {
  expect(text).toMatch(new RegExp(`^\\| \`${how}\``, 'm'));
});

test.each(kubernetesOperations)('the operation %s of the Kubernetes API is listed', (operation) => {
  expect(text).toMatch(new RegExp(`\\b${operation}\\b`));
});
