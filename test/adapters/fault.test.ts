/** What an SDK throws, told apart by what can be done about it: real clients, real protocols, every service we call. */
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { AccessDenied, calling, callingUnless, TransientFault } from '../../adapters/fault.ts';
import { AwsError, type CommonErrorKind, commonError, Disconnect } from '../../rehearsal/wire/errors.ts';
import { clientSettings, clientsOf, startWire } from '../rehearsal/wire/wire-under-test.ts';

type Clients = ReturnType<typeof clientsOf>;

/** One call of each service. */
const calls: Record<string, (clients: Clients) => Promise<unknown>> = {
  autoscaling: ({ autoScaling }) => autoScaling.send(new DescribeAutoScalingGroupsCommand({})),
  dynamodb: ({ dynamodb }) => dynamodb.send(new GetItemCommand({ TableName: 't', Key: { pk: { S: 'a' } } })),
  ec2: ({ ec2 }) => ec2.send(new DescribeImagesCommand({})),
  eks: ({ eks }) => eks.send(new DescribeClusterCommand({ name: 'prod' })),
  ssm: ({ ssm }) => ssm.send(new GetParameterCommand({ Name: '/a' })),
  states: ({ sfn }) => sfn.send(new DescribeExecutionCommand({ executionArn: 'arn:e' })),
  sts: ({ sts }) => sts.send(new GetCallerIdentityCommand({})),
};
const services = Object.keys(calls);

/** What a call throws when AWS answers so. */
const thrownBy = async (service: string, refusal: Error): Promise<unknown> => {
  const clients = clientsOf(await startWire(() => Promise.reject(refusal)));
  return calling(`${service}:Call`, () => calls[service]?.(clients) ?? Promise.resolve()).then(
    () => expect.fail('was answered'),
    (error: unknown) => error,
  );
};

describe.each(services)('%s', (service) => {
  test.each<CommonErrorKind>(['throttled', 'internal-failure', 'service-unavailable'])('%s passes', async (kind) => {
    expect(await thrownBy(service, commonError(kind))).toBeInstanceOf(TransientFault);
  });

  test('an answer that never came passes', async () => {
    expect(await thrownBy(service, new Disconnect())).toBeInstanceOf(TransientFault);
  });

  test('a denial stays, and tells the call and the words of AWS', async () => {
    const thrown = await thrownBy(service, commonError('access-denied', 'User: x is not authorized'));
    expect(thrown).toBeInstanceOf(AccessDenied);
    expect((thrown as Error).message).toMatch(new RegExp(`^${service}:Call: \\w+: User: x is not authorized$`));
  });

  test('what else AWS refuses is neither', async () => {
    const thrown = await thrownBy(service, commonError('missing-member', 'that is not valid'));
    expect(thrown).toBeInstanceOf(Error);
    expect(thrown).not.toBeInstanceOf(TransientFault);
    expect(thrown).not.toBeInstanceOf(AccessDenied);
  });
});

test.each([
  // The services' own words for a fault of theirs, or for too many requests.
  ['eks', new AwsError('ServerException', 'try again')],
  ['dynamodb', new AwsError('ProvisionedThroughputExceededException', 'slower')],
  ['ec2', new AwsError('Unavailable', 'overloaded', {}, { status: 503 })],
  ['ssm', new AwsError('InternalServerError', 'oops')],
])('%s: %s passes', async (service, refusal) => {
  expect(await thrownBy(service, refusal)).toBeInstanceOf(TransientFault);
});

test('where nobody listens, the fault passes', async () => {
  const { url, close } = await startWire({});
  await close();
  const client = new EKSClient(clientSettings(url));
  await expect(calling('eks:Call', () => client.send(new DescribeClusterCommand({ name: 'prod' })))).rejects.toThrow(
    TransientFault,
  );
});

describe('an error that is an answer', () => {
  const answered = async (refusal: Error) => {
    const { eks } = clientsOf(await startWire(() => Promise.reject(refusal)));
    return callingUnless('eks:Call', () => eks.send(new DescribeClusterCommand({ name: 'prod' })), {
      ResourceNotFoundException: ({ message }) => `none: ${message}`,
    });
  };

  test('is given to whoever named it', async () => {
    expect(await answered(new AwsError('ResourceNotFoundException', 'No cluster'))).toBe('none: No cluster');
  });

  test('leaves every other error the fault it is', async () => {
    await expect(answered(commonError('throttled'))).rejects.toThrow(TransientFault);
    await expect(answered(commonError('access-denied'))).rejects.toThrow(AccessDenied);
    await expect(answered(new AwsError('InvalidParameterException', 'no'))).rejects.toThrow('no');
  });
});

test('a mistake of our own is not taken for a fault of AWS', async () => {
  const mistake = new TypeError('undefined is not a function');
  await expect(calling('eks:Call', () => Promise.reject(mistake))).rejects.toBe(mistake);
});
