/** A few operations of each service, played by hand, asked for by unmodified clients. */

import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as ec2 from '@aws-sdk/client-ec2';
import * as eks from '@aws-sdk/client-eks';
import * as sfn from '@aws-sdk/client-sfn';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import type { Operations } from '../../../rehearsal/wire/operations.ts';
import { clientsOf, startWire } from './wire-under-test.ts';

const createdAt = new Date('2026-08-20T09:00:00.123Z');

describe('EKS', () => {
  const nodegroup: eks.Nodegroup = {
    nodegroupName: 'web',
    createdAt,
    labels: { 'example.com/tier': 'web & <más>', empty: '' },
    taints: [],
    scalingConfig: { minSize: 0, desiredSize: 3, maxSize: 10 },
    nodeRepairConfig: { enabled: false },
    health: { issues: [{ code: 'AccessDenied', message: 'no', resourceIds: ['i-1', 'i-2'] }] },
    launchTemplate: { id: 'lt-0abc', version: '3' },
  };
  const operations: Operations<typeof eks> = {
    DescribeNodegroup: ({ nodegroupName }) => ({ nodegroup: { ...nodegroup, nodegroupName } }),
    ListNodegroups: ({ nextToken }) =>
      nextToken === undefined ? { nodegroups: ['a', 'b'], nextToken: 'more/+=' } : { nodegroups: ['c'] },
    UpdateNodegroupVersion: ({ launchTemplate, force }) => ({
      update: {
        id: 'u-1',
        params: [{ type: 'LaunchTemplateVersion', value: launchTemplate?.version }],
        errors: [],
        type: force === true ? 'VersionUpdate' : 'ConfigUpdate',
      },
    }),
    ListUpdates: (input) => ({ updateIds: [JSON.stringify(input)] }),
    UntagResource: () => undefined,
  };

  it('describes a node group with every kind of member', async () => {
    const wire = await startWire({ eks: operations });
    const { eks: client } = clientsOf(wire);
    const answer = await client.send(new eks.DescribeNodegroupCommand({ clusterName: 'prod', nodegroupName: 'web' }));
    expect(answer.nodegroup).toEqual(nodegroup);
  });

  it('reads labels of the path that need escaping', async () => {
    const wire = await startWire({ eks: operations });
    const { eks: client } = clientsOf(wire);
    const nodegroupName = 'a/b c?d=é%2F';
    const answer = await client.send(new eks.DescribeNodegroupCommand({ clusterName: 'prod', nodegroupName }));
    expect(answer.nodegroup?.nodegroupName).toBe(nodegroupName);
  });

  it('pages through a list', async () => {
    const wire = await startWire({ eks: operations });
    const { eks: client } = clientsOf(wire);
    const names: string[] = [];
    for await (const page of eks.paginateListNodegroups({ client }, { clusterName: 'prod' }))
      names.push(...(page.nodegroups ?? []));
    expect(names).toEqual(['a', 'b', 'c']);
    expect(wire.calls.map(({ input }) => input)).toEqual([
      { clusterName: 'prod' },
      { clusterName: 'prod', nextToken: 'more/+=' },
    ]);
  });

  it('reads a body and the query string', async () => {
    const wire = await startWire({ eks: operations });
    const { eks: client } = clientsOf(wire);
    const sent = {
      clusterName: 'prod',
      nodegroupName: 'web',
      force: true,
      launchTemplate: { id: 'lt-0abc', version: '4' },
      clientRequestToken: 'token',
    };
    const { update } = await client.send(new eks.UpdateNodegroupVersionCommand(sent));
    expect(update).toMatchObject({ id: 'u-1', type: 'VersionUpdate', params: [{ value: '4' }], errors: [] });
    expect(wire.calls[0]?.input).toEqual(sent);

    const query = { name: 'prod', nodegroupName: 'web', maxResults: 7 };
    const { updateIds } = await client.send(new eks.ListUpdatesCommand(query));
    expect(JSON.parse(updateIds?.[0] ?? '')).toEqual(query);
  });

  it('answers an operation without output', async () => {
    const wire = await startWire({ eks: operations });
    const { eks: client } = clientsOf(wire);
    await client.send(
      new eks.UntagResourceCommand({
        resourceArn: 'arn:aws:eks:us-east-1:111122223333:cluster/prod',
        tagKeys: ['a', 'b'],
      }),
    );
    expect(wire.calls[0]?.input).toEqual({
      resourceArn: 'arn:aws:eks:us-east-1:111122223333:cluster/prod',
      tagKeys: ['a', 'b'],
    });
  });
});

describe('EC2', () => {
  const data: ec2.ResponseLaunchTemplateData = {
    ImageId: 'ami-0abc',
    UserData: 'IyEvYmluL2Jhc2g=',
    EbsOptimized: false,
    SecurityGroupIds: ['sg-1', 'sg-2'],
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, Encrypted: true } }],
    TagSpecifications: [
      {
        ResourceType: 'instance',
        Tags: [
          { Key: 'a&b', Value: '<"ü">\n' },
          { Key: 'empty', Value: '' },
        ],
      },
    ],
    NetworkInterfaces: [],
  };
  const operations: Operations<typeof ec2> = {
    DescribeImages: ({ ImageIds = [] }) => ({
      Images: ImageIds.map((ImageId) => ({ ImageId, CreationDate: createdAt.toISOString(), Tags: [] })),
    }),
    DescribeLaunchTemplateVersions: ({ LaunchTemplateId, Versions = [] }) => ({
      LaunchTemplateVersions: Versions.map((version) => ({
        LaunchTemplateId,
        VersionNumber: Number(version),
        DefaultVersion: false,
        CreateTime: createdAt,
        LaunchTemplateData: data,
      })),
    }),
    CreateLaunchTemplateVersion: ({ VersionDescription, LaunchTemplateData }) => ({
      LaunchTemplateVersion: {
        VersionNumber: 4,
        VersionDescription,
        LaunchTemplateData: { ImageId: LaunchTemplateData.ImageId },
      },
    }),
    ModifyInstanceAttribute: () => undefined,
  };

  it('describes images by filters', async () => {
    const wire = await startWire({ ec2: operations });
    const { ec2: client } = clientsOf(wire);
    const sent = {
      ImageIds: ['ami-1', 'ami-2'],
      Owners: ['amazon', 'self'],
      IncludeDeprecated: true,
      Filters: [
        { Name: 'name', Values: ['amazon-eks-node-*', 'a+b c&d'] },
        { Name: 'state', Values: ['available'] },
      ],
    };
    const { Images } = await client.send(new ec2.DescribeImagesCommand(sent));
    expect(Images).toEqual(
      ['ami-1', 'ami-2'].map((ImageId) => ({ ImageId, CreationDate: '2026-08-20T09:00:00.123Z', Tags: [] })),
    );
    expect(wire.calls[0]?.input).toEqual(sent);
  });

  it('keeps more than nine list elements in their order', async () => {
    const wire = await startWire({ ec2: operations });
    const { ec2: client } = clientsOf(wire);
    const ImageIds = Array.from({ length: 12 }, (_, index) => `ami-${index}`);
    const { Images } = await client.send(new ec2.DescribeImagesCommand({ ImageIds }));
    expect(Images?.map(({ ImageId }) => ImageId)).toEqual(ImageIds);
  });

  it('describes launch template versions with nested lists', async () => {
    const wire = await startWire({ ec2: operations });
    const { ec2: client } = clientsOf(wire);
    const { LaunchTemplateVersions } = await client.send(
      new ec2.DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: 'lt-0abc', Versions: ['3'] }),
    );
    expect(LaunchTemplateVersions).toEqual([
      {
        LaunchTemplateId: 'lt-0abc',
        VersionNumber: 3,
        DefaultVersion: false,
        CreateTime: createdAt,
        LaunchTemplateData: data,
      },
    ]);
  });

  it('creates a launch template version', async () => {
    const wire = await startWire({ ec2: operations });
    const { ec2: client } = clientsOf(wire);
    const sent = {
      LaunchTemplateName: 'web',
      SourceVersion: '3',
      VersionDescription: 'AL2023 – 20260818 & more',
      ClientToken: 'token',
      LaunchTemplateData: {
        ImageId: 'ami-2',
        UserData: 'IyE=',
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 30, DeleteOnTermination: true } }],
        TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [{ Key: 'k', Value: 'v' }] }],
      },
    };
    const { LaunchTemplateVersion } = await client.send(new ec2.CreateLaunchTemplateVersionCommand(sent));
    expect(LaunchTemplateVersion).toEqual({
      VersionNumber: 4,
      VersionDescription: sent.VersionDescription,
      LaunchTemplateData: { ImageId: 'ami-2' },
    });
    expect(wire.calls[0]?.input).toEqual(sent);
  });

  it('answers an operation without output', async () => {
    const wire = await startWire({ ec2: operations });
    const { ec2: client } = clientsOf(wire);
    await client.send(
      new ec2.ModifyInstanceAttributeCommand({ InstanceId: 'i-1', DisableApiTermination: { Value: false } }),
    );
    expect(wire.calls[0]?.input).toEqual({ InstanceId: 'i-1', DisableApiTermination: { Value: false } });
  });
});

describe('Auto Scaling', () => {
  it('describes groups, also when asked with an empty list', async () => {
    const group = {
      AutoScalingGroupName: 'web',
      MinSize: 0,
      MaxSize: 9,
      DesiredCapacity: 3,
      DefaultCooldown: 300,
      AvailabilityZones: ['us-east-1a'],
      HealthCheckType: 'EC2',
      CreatedTime: createdAt,
      Instances: [],
      Tags: [{ Key: 'k', Value: '', PropagateAtLaunch: true }],
    };
    const operations: Operations<typeof autoScaling> = {
      DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [group] }),
    };
    const wire = await startWire({ autoscaling: operations });
    const { autoScaling: client } = clientsOf(wire);
    const sent = { AutoScalingGroupNames: [], Filters: [{ Name: 'tag:a', Values: ['b', 'c'] }], MaxRecords: 5 };
    const { AutoScalingGroups } = await client.send(new autoScaling.DescribeAutoScalingGroupsCommand(sent));
    expect(AutoScalingGroups).toEqual([group]);
    expect(wire.calls[0]?.input).toEqual(sent);
  });

  it('takes a desired configuration of an instance refresh', async () => {
    const operations: Operations<typeof autoScaling> = { StartInstanceRefresh: () => ({ InstanceRefreshId: 'r-1' }) };
    const wire = await startWire({ autoscaling: operations });
    const { autoScaling: client } = clientsOf(wire);
    const sent = {
      AutoScalingGroupName: 'web',
      DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: 'lt-0abc', Version: '4' } },
      Preferences: {
        MinHealthyPercentage: 90,
        SkipMatching: true,
        CheckpointPercentages: [20, 100],
        AlarmSpecification: { Alarms: ['5xx'] },
      },
    };
    expect(await client.send(new autoScaling.StartInstanceRefreshCommand(sent))).toMatchObject({
      InstanceRefreshId: 'r-1',
    });
    expect(wire.calls[0]?.input).toEqual(sent);
  });
});

describe('Systems Manager', () => {
  it('pages through parameters by path', async () => {
    const operations: Operations<typeof ssm> = {
      GetParametersByPath: ({ Path, NextToken = '1' }) => ({
        Parameters: [
          {
            Name: `${Path}/${NextToken}`,
            Type: 'String',
            Value: '{"image_id":"ami-é"}',
            Version: 7,
            LastModifiedDate: createdAt,
          },
        ],
        ...(NextToken === '3' ? {} : { NextToken: String(Number(NextToken) + 1) }),
      }),
    };
    const wire = await startWire({ ssm: operations });
    const { ssm: client } = clientsOf(wire);
    const parameters: ssm.Parameter[] = [];
    for await (const page of ssm.paginateGetParametersByPath({ client }, { Path: '/aws/service/eks', Recursive: true }))
      parameters.push(...(page.Parameters ?? []));
    expect(parameters.map(({ Name }) => Name)).toEqual([
      '/aws/service/eks/1',
      '/aws/service/eks/2',
      '/aws/service/eks/3',
    ]);
    expect(parameters[0]).toEqual({
      Name: '/aws/service/eks/1',
      Type: 'String',
      Value: '{"image_id":"ami-é"}',
      Version: 7,
      LastModifiedDate: createdAt,
    });
  });

  it('carries bytes', async () => {
    let seen: unknown;
    const wire = await startWire(async (call) => {
      seen = call.input;
      return { WindowTaskId: 'task' };
    });
    const { ssm: client } = clientsOf(wire);
    const Payload = new Uint8Array([0, 1, 254, 255]);
    await client.send(
      new ssm.RegisterTaskWithMaintenanceWindowCommand({
        WindowId: 'mw-1',
        TaskArn: 'arn',
        TaskType: 'LAMBDA',
        ClientToken: 't',
        TaskInvocationParameters: { Lambda: { Payload } },
      }),
    );
    expect(seen).toMatchObject({ TaskInvocationParameters: { Lambda: { Payload } } });
  });
});

describe('Step Functions', () => {
  it('starts and describes an execution', async () => {
    const operations: Operations<typeof sfn> = {
      StartExecution: ({ stateMachineArn, name }) => ({
        executionArn: `${stateMachineArn}:${name}`,
        startDate: createdAt,
      }),
      DescribeExecution: ({ executionArn }) => ({
        executionArn,
        stateMachineArn: 'arn:m',
        status: 'RUNNING',
        startDate: createdAt,
        input: '{"clusterName":"prod"}',
      }),
    };
    const wire = await startWire({ states: operations });
    const { sfn: client } = clientsOf(wire);
    const started = await client.send(
      new sfn.StartExecutionCommand({ stateMachineArn: 'arn:m', name: 'once', input: '{"clusterName":"prod"}' }),
    );
    expect(started.startDate).toEqual(createdAt);
    const { executionArn } = started;
    expect(await client.send(new sfn.DescribeExecutionCommand({ executionArn }))).toMatchObject({
      executionArn: 'arn:m:once',
      status: 'RUNNING',
      input: '{"clusterName":"prod"}',
    });
  });
});

describe('STS', () => {
  it('says who calls, by the credentials of the request', async () => {
    const operations: Operations<typeof sts> = {
      GetCallerIdentity: (_input, { caller }) => ({
        Account: '111122223333',
        Arn: `arn:aws:iam::111122223333:user/${caller.accessKeyId}`,
        UserId: caller.region,
      }),
    };
    const wire = await startWire({ sts: operations });
    const { sts: client } = clientsOf(wire);
    expect(await client.send(new sts.GetCallerIdentityCommand({}))).toMatchObject({
      Account: '111122223333',
      Arn: 'arn:aws:iam::111122223333:user/AKIDEXAMPLE',
      UserId: 'us-east-1',
    });
  });
});
