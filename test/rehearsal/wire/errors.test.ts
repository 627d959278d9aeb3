/** How calls are refused: by operations, by the models, and by the wire itself. */

import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as ec2 from '@aws-sdk/client-ec2';
import * as eks from '@aws-sdk/client-eks';
import * as sfn from '@aws-sdk/client-sfn';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { AwsError, type CommonErrorKind, commonError } from '../../../rehearsal/wire/errors.ts';
import { clientsOf, signedFor, startWire } from './wire-under-test.ts';

const refusing = (error: Error) =>
  startWire(async () => {
    throw error;
  });

const failureOf = async (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => expect.unreachable('the call should be refused'),
    (error: Error) => error,
  );

describe('an error of the model', () => {
  it('is the typed error of the EKS client, members and all', async () => {
    const wire = await refusing(
      new AwsError('ResourceInUseException', 'Nodegroup already has an update – wait', {
        clusterName: 'prod',
        nodegroupName: 'web',
      }),
    );
    const error = await failureOf(clientsOf(wire).eks.send(new eks.DescribeClusterCommand({ name: 'prod' })));
    expect(error).toBeInstanceOf(eks.ResourceInUseException);
    expect(error).toMatchObject({
      message: 'Nodegroup already has an update – wait',
      clusterName: 'prod',
      nodegroupName: 'web',
      $fault: 'client',
      $metadata: { httpStatusCode: 409, requestId: 'request-1' },
    });
  });

  it('carries lists', async () => {
    const wire = await refusing(new AwsError('UnsupportedAvailabilityZoneException', 'no', { validZones: ['a', 'b'] }));
    const error = await failureOf(clientsOf(wire).eks.send(new eks.DescribeClusterCommand({ name: 'prod' })));
    expect(error).toBeInstanceOf(eks.UnsupportedAvailabilityZoneException);
    expect(error).toMatchObject({ validZones: ['a', 'b'] });
  });

  it('is the typed error of the Systems Manager client', async () => {
    const wire = await refusing(new AwsError('ParameterNotFound', ''));
    const error = await failureOf(clientsOf(wire).ssm.send(new ssm.GetParameterCommand({ Name: '/a' })));
    expect(error).toBeInstanceOf(ssm.ParameterNotFound);
    expect(error).toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  it('is the typed error of the Step Functions client', async () => {
    const wire = await refusing(new AwsError('ExecutionAlreadyExists', "Execution Already Exists: 'arn:x'"));
    const error = await failureOf(
      clientsOf(wire).sfn.send(new sfn.StartExecutionCommand({ stateMachineArn: 'arn:m' })),
    );
    expect(error).toBeInstanceOf(sfn.ExecutionAlreadyExists);
    expect(error.message).toBe("Execution Already Exists: 'arn:x'");
  });

  it.each(['InstanceRefreshInProgressFault', 'InstanceRefreshInProgress'])(
    'is the typed error of the Auto Scaling client, thrown as %s',
    async (code) => {
      const wire = await refusing(new AwsError(code, 'An Instance Refresh is already in progress & blocks'));
      const error = await failureOf(
        clientsOf(wire).autoScaling.send(new autoScaling.StartInstanceRefreshCommand({ AutoScalingGroupName: 'web' })),
      );
      expect(error).toBeInstanceOf(autoScaling.InstanceRefreshInProgressFault);
      expect(error).toMatchObject({
        message: 'An Instance Refresh is already in progress & blocks',
        Code: 'InstanceRefreshInProgress',
        Type: 'Sender',
      });
    },
  );

  it('has the status its query error gives', async () => {
    const wire = await refusing(new AwsError('ScalingActivityInProgressFault', 'wait'));
    const error = await failureOf(
      clientsOf(wire).autoScaling.send(
        new autoScaling.SetDesiredCapacityCommand({ AutoScalingGroupName: 'web', DesiredCapacity: 1 }),
      ),
    );
    expect(error).toMatchObject({ Code: 'ScalingActivityInProgress', $metadata: { httpStatusCode: 400 } });
  });

  it('may not carry members the model does not know', async () => {
    const wire = await refusing(new AwsError('ResourceInUseException', 'no', { colour: 'red' }));
    const error = await failureOf(clientsOf(wire).eks.send(new eks.DescribeClusterCommand({ name: 'prod' })));
    expect(error).toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
    expect(String(wire.bugs)).toContain('the error eks:ResourceInUseException has a member colour');
  });
});

describe('an error no model knows', () => {
  it('goes through as it is, which is all EC2 has', async () => {
    const message = 'The specified launch template, with template ID lt-0, does not exist.';
    const wire = await refusing(new AwsError('InvalidLaunchTemplateId.NotFound', message));
    const error = await failureOf(
      clientsOf(wire).ec2.send(new ec2.DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: 'lt-0' })),
    );
    expect(error).toBeInstanceOf(ec2.EC2ServiceException);
    expect(error).toMatchObject({
      name: 'InvalidLaunchTemplateId.NotFound',
      message,
      $metadata: { httpStatusCode: 400, requestId: 'request-1' },
    });
  });

  it('may say its status', async () => {
    const wire = await refusing(new AwsError('InsufficientInstanceCapacity', 'none', {}, { status: 500 }));
    const error = await failureOf(clientsOf(wire).ec2.send(new ec2.DescribeImagesCommand({})));
    expect(error).toMatchObject({
      name: 'InsufficientInstanceCapacity',
      $fault: 'server',
      $metadata: { httpStatusCode: 500 },
    });
  });
});

describe('errors every service has', () => {
  const table: [kind: CommonErrorKind, eks: string, ssm: string, autoScaling: string, ec2: string][] = [
    ['throttled', 'ThrottlingException 429', 'ThrottlingException 400', 'Throttling 400', 'RequestLimitExceeded 503'],
    [
      'access-denied',
      'AccessDeniedException 403',
      'AccessDeniedException 400',
      'AccessDenied 403',
      'UnauthorizedOperation 403',
    ],
    ['internal-failure', 'InternalFailure 500', 'InternalFailure 500', 'InternalFailure 500', 'InternalError 500'],
    [
      'service-unavailable',
      'ServiceUnavailableException 503',
      'ServiceUnavailableException 503',
      'ServiceUnavailable 503',
      'Unavailable 503',
    ],
  ];
  it.each(table)('%s', async (kind, ...expected) => {
    const wire = await refusing(commonError(kind));
    const clients = clientsOf(wire);
    const errors = [
      await failureOf(clients.eks.send(new eks.ListClustersCommand({}))),
      await failureOf(clients.ssm.send(new ssm.GetParameterCommand({ Name: 'a' }))),
      await failureOf(clients.autoScaling.send(new autoScaling.DescribeAutoScalingGroupsCommand({}))),
      await failureOf(clients.ec2.send(new ec2.DescribeImagesCommand({}))),
    ] as (Error & { $metadata: { httpStatusCode: number } })[];
    expect(errors.map(({ name, $metadata }) => `${name} ${$metadata.httpStatusCode}`)).toEqual(expected);
  });

  it('a throttled EKS call is the typed error and is tried again', async () => {
    let asked = 0;
    const wire = await startWire(async () => {
      if (++asked === 1) throw commonError('throttled');
      return { clusters: ['prod'] };
    });
    const client = new eks.EKSClient({
      endpoint: wire.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    expect(await client.send(new eks.ListClustersCommand({}))).toMatchObject({
      clusters: ['prod'],
      $metadata: { attempts: 2 },
    });
    client.destroy();
  });
});

describe('what is not played', () => {
  it('is refused loudly, in each protocol its own way', async () => {
    const clients = clientsOf(await startWire({}));
    const words = (operation: string) => `${operation} is not played by the embedded AWS; see docs/rehearsal.md`;
    expect(await failureOf(clients.eks.send(new eks.ListClustersCommand({})))).toMatchObject({
      name: 'UnknownOperationException',
      message: words('eks:ListClusters'),
      $metadata: { httpStatusCode: 404 },
    });
    expect(await failureOf(clients.ssm.send(new ssm.ListAssociationsCommand({})))).toMatchObject({
      name: 'UnknownOperationException',
      message: words('ssm:ListAssociations'),
      $metadata: { httpStatusCode: 400 },
    });
    expect(await failureOf(clients.sts.send(new sts.GetSessionTokenCommand({})))).toMatchObject({
      name: 'InvalidAction',
      message: words('sts:GetSessionToken'),
      $metadata: { httpStatusCode: 400 },
    });
    expect(await failureOf(clients.ec2.send(new ec2.DescribeVpcsCommand({})))).toMatchObject({
      name: 'InvalidAction',
      message: words('ec2:DescribeVpcs'),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('is still told to the owner as a call, to be counted', async () => {
    const wire = await startWire({});
    await failureOf(clientsOf(wire).eks.send(new eks.ListClustersCommand({})));
    expect(wire.calls).toMatchObject([{ service: 'eks', operation: 'ListClusters' }]);
  });
});

describe('a request that means nothing', () => {
  const post = async (headers: Record<string, string>, body: string, path = '/') => {
    const { url, calls } = await startWire({});
    const response = await fetch(url + path, { method: 'POST', headers, body });
    expect(calls).toEqual([]);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const json = { 'content-type': 'application/x-amz-json-1.1' };

  it('is refused when the action is unknown', async () => {
    const answer = await post({ ...signedFor('ec2'), ...form }, 'Action=DescribeUnicorns&Version=2016-11-15');
    expect(answer).toMatchObject({
      status: 400,
      text: expect.stringContaining(
        '<Code>InvalidAction</Code><Message>ec2 has no operation DescribeUnicorns</Message>',
      ),
    });
  });

  it('is refused when the target is unknown', async () => {
    const answer = await post({ ...signedFor('ssm'), ...json, 'x-amz-target': 'AmazonSSM.GetUnicorn' }, '{}');
    expect(answer).toMatchObject({
      status: 400,
      text: '{"__type":"UnknownOperationException","message":"ssm has no operation GetUnicorn"}',
    });
  });

  it('is refused when no path fits', async () => {
    const answer = await post(signedFor('eks'), '', '/unicorns');
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-amzn-errortype')).toBe('UnknownOperationException');
  });

  it('is refused when the service is unknown', async () => {
    const answer = await post(signedFor('unicorns'), '{}');
    expect(answer).toMatchObject({ status: 404, text: expect.stringContaining('no service that signs as unicorns') });
  });

  it('is refused when it is not signed', async () => {
    expect(await post({ ...json, 'x-amz-target': 'AmazonSSM.GetParameter' }, '{"Name":"a"}')).toMatchObject({
      status: 400,
      text: expect.stringContaining('MissingAuthenticationTokenException'),
    });
    expect(await post(form, 'Action=GetCallerIdentity')).toMatchObject({
      status: 403,
      text: expect.stringContaining('<Code>MissingAuthenticationToken</Code>'),
    });
    expect((await post({}, '', '/clusters')).headers.get('x-amzn-errortype')).toBe(
      'MissingAuthenticationTokenException',
    );
  });

  it.each([
    ['no JSON', '{', 'The request body is no JSON document'],
    ['a list', '[]', 'The request should be a structure, not a list'],
    ['a number for a string', '{"Name":3}', 'Name should be a string, not a number'],
    ['a string for a list element', '{"Name":"a","Tags":["b"]}', 'Tags[0] should be a structure, not a string'],
  ])('is refused when the body holds %s', async (_what, body, message) => {
    const answer = await post({ ...signedFor('ssm'), ...json, 'x-amz-target': 'AmazonSSM.PutParameter' }, body);
    expect(answer).toMatchObject({ status: 400, text: JSON.stringify({ __type: 'SerializationException', message }) });
  });

  it('is refused by EC2 when a parameter is unknown, and only there', async () => {
    const unknown = 'Version=1&Filter.1.Name=a&Filter.1.Unicorn=b';
    expect(await post({ ...signedFor('ec2'), ...form }, `Action=DescribeImages&${unknown}`)).toMatchObject({
      status: 400,
      text: expect.stringContaining(
        '<Code>UnknownParameter</Code><Message>The parameter Filter.1.Unicorn is not recognized</Message>',
      ),
    });
    const { url, calls } = await startWire({});
    await fetch(url, {
      method: 'POST',
      headers: { ...signedFor('sts'), ...form },
      body: `Action=GetCallerIdentity&${unknown}`,
    });
    expect(calls).toMatchObject([{ operation: 'GetCallerIdentity', input: {} }]);
  });
});

describe('a required member that is not sent', () => {
  it.each([
    [
      'EKS',
      (clients: Clients) => clients.eks.send(new eks.CreateClusterCommand({ name: 'x' } as never)),
      'ValidationException',
      "2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null; Value null at 'resourcesVpcConfig' failed to satisfy constraint: Member must not be null",
    ],
    [
      'Systems Manager, deep in a list',
      (clients: Clients) =>
        clients.ssm.send(
          new ssm.GetParametersByPathCommand({ Path: '/', ParameterFilters: [{ Key: 'a' }, {} as never] }),
        ),
      'ValidationException',
      "1 validation error detected: Value null at 'parameterFilters.2.member.key' failed to satisfy constraint: Member must not be null",
    ],
    [
      'Step Functions',
      (clients: Clients) => clients.sfn.send(new sfn.StartExecutionCommand({} as never)),
      'ValidationException',
      "1 validation error detected: Value null at 'stateMachineArn' failed to satisfy constraint: Member must not be null",
    ],
    [
      'Auto Scaling',
      (clients: Clients) => clients.autoScaling.send(new autoScaling.StartInstanceRefreshCommand({} as never)),
      'ValidationError',
      "1 validation error detected: Value null at 'autoScalingGroupName' failed to satisfy constraint: Member must not be null",
    ],
    [
      'EC2',
      (clients: Clients) =>
        clients.ec2.send(new ec2.CreateLaunchTemplateVersionCommand({ LaunchTemplateId: 'lt-1' } as never)),
      'MissingParameter',
      'The request must contain the parameter LaunchTemplateData',
    ],
  ])('%s', async (_service, call, name, message) => {
    const wire = await startWire({});
    expect(await failureOf(call(clientsOf(wire)))).toMatchObject({ name, message, $metadata: { httpStatusCode: 400 } });
    expect(wire.calls).toEqual([]);
  });
});

type Clients = ReturnType<typeof clientsOf>;

describe('an output AWS could not have given', () => {
  it.each([
    [
      'a member the model does not know',
      { clusters: [], colour: 'red' },
      'the output of eks:ListClusters has a member colour that ListClustersResponse does not know',
    ],
    ['a wrong type', { clusters: [3] }, 'the output of eks:ListClusters.clusters[0] should be a string, but is 3'],
    [
      'no structure',
      'clusters',
      'the output of eks:ListClusters should be the structure ListClustersResponse, but is "clusters"',
    ],
  ])('is a bug: %s', async (_what, output, message) => {
    const wire = await startWire(async () => output);
    const error = await failureOf(clientsOf(wire).eks.send(new eks.ListClustersCommand({})));
    expect(error).toMatchObject({
      name: 'InternalFailure',
      message: `The embedded AWS has a bug: ${message}`,
      $metadata: { httpStatusCode: 500 },
    });
    expect(wire.bugs).toMatchObject([{ name: 'Misplayed', message }]);
  });

  it('is a bug: a required member left out', async () => {
    const wire = await startWire(async () => ({ executionArn: 'arn:x' }));
    await failureOf(clientsOf(wire).sfn.send(new sfn.StartExecutionCommand({ stateMachineArn: 'arn:m' })));
    expect(wire.bugs).toMatchObject([
      { message: 'the output of states:StartExecution lacks startDate, which StartExecutionOutput requires' },
    ]);
  });

  it('is a bug: anything thrown that is no answer of AWS', async () => {
    const wire = await refusing(new TypeError('undefined is not a function'));
    const error = await failureOf(clientsOf(wire).ec2.send(new ec2.DescribeImagesCommand({})));
    expect(error).toMatchObject({ name: 'InternalError', $metadata: { httpStatusCode: 500 } });
    expect(wire.bugs).toMatchObject([{ name: 'TypeError' }]);
  });
});
