/**
 * The services the embedded AWS speaks for. Everything about them is derived from their SDK clients: adding one is a
 * line in the list below.
 */

import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as cloudWatch from '@aws-sdk/client-cloudwatch';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as ec2 from '@aws-sdk/client-ec2';
import * as eks from '@aws-sdk/client-eks';
import * as eventBridge from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import * as sfn from '@aws-sdk/client-sfn';
import * as sns from '@aws-sdk/client-sns';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { type ErrorShape, type Operation, shapesIn } from './shapes.ts';

/** A Smithy protocol, by the name of its trait: https://smithy.io/2.0/aws/protocols/index.html */
export type ProtocolName = 'awsJson1_0' | 'awsJson1_1' | 'restJson1' | 'awsQuery' | 'ec2Query' | 'rpcv2Cbor';

export interface ServiceModel {
  /** As in IAM actions: `eks`, `states`, `cloudwatch`. */
  readonly service: string;
  /** As in the credential scope of a signature; CloudWatch signs as `monitoring`. */
  readonly signingNames: readonly string[];
  /** The protocol the JavaScript client speaks. Other clients may choose another: botocore and CloudWatch do. */
  readonly protocol: ProtocolName;
  /** `xmlns` of answers in XML. */
  readonly xmlNamespace: string | undefined;
  readonly operations: ReadonlyMap<string, Operation>;
  /** By shape name and, for query services, by wire code: Auto Scaling's `AlreadyExistsFault` is `AlreadyExists`. */
  readonly errors: ReadonlyMap<string, ErrorShape>;
}

interface ClientConfiguration {
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * The model of the service that `client`, the module of an SDK client, calls.
 * @param Client that module's client class, e.g. `eks.EKSClient`
 */
export const serviceModel = (
  service: string,
  client: object,
  Client: new (configuration: ClientConfiguration) => { readonly config: object },
  signingNames: readonly string[] = [service],
): ServiceModel => {
  const { operations, errors } = shapesIn(client);
  return {
    service,
    signingNames,
    ...protocolOf(new Client({ region: 'us-east-1', credentials: { accessKeyId: '-', secretAccessKey: '-' } })),
    operations: new Map(operations.map((operation) => [operation.name, operation])),
    errors: new Map(
      errors.flatMap((error) => [
        ...(error.query === undefined ? [] : [[error.query.code, error] as const]),
        [error.name, error] as const,
      ]),
    ),
  };
};

const protocolNames: Readonly<Record<string, ProtocolName>> = {
  'aws.protocols#awsJson1_0': 'awsJson1_0',
  'aws.protocols#awsJson1_1': 'awsJson1_1',
  'aws.protocols#restJson1': 'restJson1',
  'aws.protocols#awsQuery': 'awsQuery',
  'aws.protocols#ec2Query': 'ec2Query',
  'smithy.protocols#rpcv2Cbor': 'rpcv2Cbor',
};

/**
 * `config.protocol` is public (`SmithyConfiguration` of @smithy/core/client). `config.protocolSettings` is marked
 * @internal there; its `xmlNamespace` was seen in every query client of 3.11xx, and a test holds on to it.
 */
const protocolOf = (client: { readonly config: object }): Pick<ServiceModel, 'protocol' | 'xmlNamespace'> => {
  const { protocol, protocolSettings } = client.config as {
    protocol?: { getShapeId(): string };
    protocolSettings?: { xmlNamespace?: string };
  };
  const id = protocol?.getShapeId() ?? 'none';
  const name = protocolNames[id];
  if (name === undefined) throw new Error(`the wire does not speak the protocol ${id}`);
  return { protocol: name, xmlNamespace: protocolSettings?.xmlNamespace };
};

export const serviceModels: readonly ServiceModel[] = [
  serviceModel('autoscaling', autoScaling, autoScaling.AutoScalingClient),
  serviceModel('cloudwatch', cloudWatch, cloudWatch.CloudWatchClient, ['monitoring']),
  serviceModel('dynamodb', dynamodb, dynamodb.DynamoDBClient),
  serviceModel('ec2', ec2, ec2.EC2Client),
  serviceModel('eks', eks, eks.EKSClient),
  serviceModel('events', eventBridge, eventBridge.EventBridgeClient),
  serviceModel('lambda', lambda, lambda.LambdaClient),
  serviceModel('sns', sns, sns.SNSClient),
  serviceModel('ssm', ssm, ssm.SSMClient),
  serviceModel('states', sfn, sfn.SFNClient),
  serviceModel('sts', sts, sts.STSClient),
];
