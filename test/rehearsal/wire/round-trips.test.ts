/**
 * Every operation of every client: what the client is told to send is what the operation sees, and what the operation
 * returns is what the client gives back. The real clients do the other half of the work.
 *
 * Not carried, because AWS's protocols do not carry it: empty lists in EC2's forms and in URLs, empty maps and
 * structures in any form, control characters in XML, minus zero in JSON, finer than milliseconds anywhere.
 */

import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as ec2 from '@aws-sdk/client-ec2';
import * as eks from '@aws-sdk/client-eks';
import * as sfn from '@aws-sdk/client-sfn';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serviceModels } from '../../../rehearsal/wire/service-models.ts';
import type { Operation } from '../../../rehearsal/wire/shapes.ts';
import { inAwsQueryForms, inDocuments, inEc2Forms, inXml, type Limits, valuesOf } from './values-by-shape.ts';
import { clientSettings, startWire } from './wire-under-test.ts';

interface Client {
  send(command: never): Promise<object>;
}
type Commands = Readonly<Record<string, unknown>>;

/** Operations whose client does more than send its input. */
const unusual: ReadonlySet<string> = new Set([
  'CopySnapshot', // EC2's client presigns a second request and sends it along
  'AssumeRoleWithSAML', // not signed, and the wire knows services by their signatures
  'AssumeRoleWithWebIdentity',
]);

const runs = { seed: 20_261_123, numRuns: 5 };

const roundTrip = async (
  service: string,
  commands: Commands,
  clientOf: (url: string) => Client,
  sent: Limits,
  answered: Limits,
  isChosen: (operation: Operation, index: number) => boolean = () => true,
) => {
  const model = serviceModels.find((candidate) => candidate.service === service);
  const operations = [...(model?.operations.values() ?? [])].filter(({ name }) => !unusual.has(name)).filter(isChosen);
  expect(operations.length).toBeGreaterThan(5);

  let output: unknown;
  const wire = await startWire(async () => output);
  const client = clientOf(wire.url);
  for (const operation of operations) {
    const inputs = valuesOf(operation.input, sent) ?? fc.constant({});
    const outputs = valuesOf(operation.output, answered) ?? fc.constant({});
    const Command = commands[`${operation.name}Command`] as new (input: unknown) => never;
    await fc.assert(
      fc.asyncProperty(inputs, outputs, async (input, returned) => {
        output = returned;
        const { $metadata, ...received } = (await client.send(new Command(input))) as { $metadata?: unknown };
        expect(wire.calls.at(-1)).toMatchObject({ service, operation: operation.name });
        expect(wire.calls.at(-1)?.input).toEqual(input);
        expect(received).toEqual(returned);
      }),
      runs,
    );
  }
  expect(wire.bugs).toEqual([]);
};

describe('what is sent arrives, and what is answered arrives', () => {
  it('in restJson1 (EKS)', () =>
    roundTrip('eks', eks, (url) => new eks.EKSClient(clientSettings(url)), inDocuments, inDocuments));

  it('in awsJson1.1 (Systems Manager)', () =>
    roundTrip('ssm', ssm, (url) => new ssm.SSMClient(clientSettings(url)), inDocuments, inDocuments));

  it('in awsJson1.0 (Step Functions)', () =>
    roundTrip(
      'states',
      sfn,
      (url) => new sfn.SFNClient({ ...clientSettings(url), disableHostPrefix: true }),
      inDocuments,
      inDocuments,
    ));

  it('in awsJson1.0 with unions that hold themselves (DynamoDB, not passed through)', () =>
    roundTrip(
      'dynamodb',
      dynamodb,
      (url) => new dynamodb.DynamoDBClient(clientSettings(url)),
      inDocuments,
      inDocuments,
    ));

  it('in awsQuery (Auto Scaling)', () =>
    roundTrip(
      'autoscaling',
      autoScaling,
      (url) => new autoScaling.AutoScalingClient(clientSettings(url)),
      inAwsQueryForms,
      inXml,
    ));

  it('in awsQuery (STS)', () =>
    roundTrip('sts', sts, (url) => new sts.STSClient(clientSettings(url)), inAwsQueryForms, inXml));

  it('in ec2Query (EC2: launch templates, images, instances and every ninth other operation)', () =>
    roundTrip(
      'ec2',
      ec2,
      (url) => new ec2.EC2Client(clientSettings(url)),
      inEc2Forms,
      inXml,
      ({ name }, index) => index % 9 === 0 || /LaunchTemplate|Image|Instances$/.test(name),
    ));

  it('in RPC v2 CBOR (the Step Functions client, made to speak it)', () =>
    roundTrip(
      'states',
      sfn,
      (url) =>
        new sfn.SFNClient({ ...clientSettings(url), disableHostPrefix: true, protocol: SmithyRpcV2CborProtocol }),
      inDocuments,
      inDocuments,
    ));
});
