/**
 * The bytes, where a client and the wire could be wrong together: request bodies as botocore writes them and answers as
 * AWS documents them. And bindings none of the installed clients has, in a service made up here.
 */

import { cbor } from '@smithy/core/cbor';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../rehearsal/wire/errors.ts';
import { type ServiceModel, serviceModel, serviceModels } from '../../../rehearsal/wire/service-models.ts';
import { signedFor, startWire } from './wire-under-test.ts';

const at = new Date('2026-08-20T09:00:00Z');

const post = async (url: string, service: string, headers: Record<string, string>, body: string | Buffer) => {
  const response = await fetch(url, { method: 'POST', headers: { ...signedFor(service), ...headers }, body });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
};
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const rpc = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' };

describe('forms', () => {
  it('of EC2 have flat lists and spaces as plus signs', async () => {
    const wire = await startWire(async () => ({
      Images: [{ ImageId: 'ami-1', Tags: [{ Key: 'k', Value: '<' }], Public: false }],
    }));
    const body =
      'Action=DescribeImages&Version=2016-11-15&Owner.1=self&Filter.2.Name=b&Filter.1.Name=a+%26&Filter.1.Value.1=x%2By';
    const answer = await post(wire.url, 'ec2', form, body);
    expect(wire.calls[0]?.input).toEqual({
      Owners: ['self'],
      Filters: [{ Name: 'a &', Values: ['x+y'] }, { Name: 'b' }],
    });
    expect(answer.headers.get('content-type')).toBe('text/xml;charset=UTF-8');
    expect(answer.bytes.toString()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15"><requestId>request-1</requestId>' +
        '<imagesSet><item><tagSet><item><key>k</key><value>&#60;</value></item></tagSet>' +
        '<imageId>ami-1</imageId><isPublic>false</isPublic></item></imagesSet></DescribeImagesResponse>',
    );
  });

  it('of Auto Scaling have lists of members, and answers a result and metadata', async () => {
    const wire = await startWire(async () => ({ InstanceRefreshId: 'r-1' }));
    const body =
      'Action=StartInstanceRefresh&Version=2011-01-01&AutoScalingGroupName=web&Preferences.CheckpointPercentages.member.1=20&Preferences.CheckpointPercentages.member.2=100&Preferences.SkipMatching=true';
    const answer = await post(wire.url, 'autoscaling', form, body);
    expect(wire.calls[0]?.input).toEqual({
      AutoScalingGroupName: 'web',
      Preferences: { CheckpointPercentages: [20, 100], SkipMatching: true },
    });
    expect(answer.bytes.toString()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<StartInstanceRefreshResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">' +
        '<StartInstanceRefreshResult><InstanceRefreshId>r-1</InstanceRefreshId></StartInstanceRefreshResult>' +
        '<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></StartInstanceRefreshResponse>',
    );
  });
});

describe('errors', () => {
  const refusing = (error: Error) =>
    startWire(async () => {
      throw error;
    });

  it('of EC2 stand as its reference shows them', async () => {
    const { url } = await refusing(
      new AwsError('InvalidInstanceID.NotFound', "The instance ID 'i-1a2b3c4d' does not exist"),
    );
    const answer = await post(url, 'ec2', form, 'Action=DescribeInstances');
    expect(answer.bytes.toString()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code>' +
        '<Message>The instance ID &#39;i-1a2b3c4d&#39; does not exist</Message></Error></Errors><RequestID>request-1</RequestID></Response>',
    );
  });

  it('of Auto Scaling say whose fault they are', async () => {
    const { url } = await refusing(new AwsError('ResourceContentionFault', 'busy'));
    const answer = await post(url, 'autoscaling', form, 'Action=DescribeTags');
    expect(answer.status).toBe(500);
    expect(answer.bytes.toString()).toContain(
      '<Error><Type>Receiver</Type><Code>ResourceContention</Code><Message>busy</Message></Error><RequestId>request-1</RequestId>',
    );
  });

  it('name their namespace in JSON 1.0 and not in 1.1', async () => {
    const states = await refusing(new AwsError('ExecutionDoesNotExist', 'gone'));
    const old = await post(
      states.url,
      'states',
      { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AWSStepFunctions.DescribeExecution' },
      '{"executionArn":"x"}',
    );
    expect(JSON.parse(old.bytes.toString())).toEqual({
      __type: 'com.amazonaws.sfn#ExecutionDoesNotExist',
      message: 'gone',
    });
    expect(old.headers.get('content-type')).toBe('application/x-amz-json-1.0');
  });

  it('tell clients of a former query service the code they knew', async () => {
    const { url } = await refusing(new AwsError('ParameterNotFound', 'gone'));
    const ssm = {
      'x-amz-target': 'AmazonSSM.GetParameter',
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-query-mode': 'true',
    };
    const answer = await post(url, 'ssm', ssm, '{"Name":"x"}');
    expect(answer.headers.get('x-amzn-query-error')).toBe('ParameterNotFound;Sender');
  });
});

describe('JSON', () => {
  it('has timestamps in seconds, and not-numbers as strings', async () => {
    const wire = await startWire(async () => ({
      Parameters: [{ LastModifiedDate: new Date(1_500), Version: Number.NaN }],
    }));
    const ssm = { 'x-amz-target': 'AmazonSSM.GetParameters', 'content-type': 'application/x-amz-json-1.1' };
    const answer = await post(wire.url, 'ssm', ssm, '{"Names":["a",null],"WithDecryption":null,"Unicorn":1}');
    expect(answer.bytes.toString()).toBe('{"Parameters":[{"Version":"NaN","LastModifiedDate":1.5}]}');
    expect(wire.calls[0]?.input).toEqual({ Names: ['a'] });
  });
});

describe('CBOR', () => {
  it('is spoken to whoever speaks it, errors included', async () => {
    const wire = await startWire(async ({ operation }) => {
      if (operation === 'StopExecution') throw new AwsError('ExecutionDoesNotExist', 'gone');
      return { executionArn: 'arn:x', startDate: new Date(1_500) };
    });
    const path = (operation: string) => `${wire.url}/service/AWSStepFunctions/operation/${operation}`;
    const answer = await post(
      path('StartExecution'),
      'states',
      rpc,
      Buffer.from(cbor.serialize({ stateMachineArn: 'arn:m', name: null })),
    );
    expect(wire.calls[0]).toMatchObject({ operation: 'StartExecution', input: { stateMachineArn: 'arn:m' } });
    expect(answer.headers.get('smithy-protocol')).toBe('rpc-v2-cbor');
    expect(cbor.deserialize(answer.bytes)).toMatchObject({ executionArn: 'arn:x', startDate: { tag: 1, value: 1.5 } });

    const refused = await post(
      path('StopExecution'),
      'states',
      rpc,
      Buffer.from(cbor.serialize({ executionArn: 'arn:x' })),
    );
    expect(refused.status).toBe(400);
    expect(cbor.deserialize(refused.bytes)).toEqual({
      __type: 'com.amazonaws.sfn#ExecutionDoesNotExist',
      message: 'gone',
    });
    expect((await post(path('Unicorn'), 'states', rpc, '')).status).toBe(404);
    expect((await post(path('StopExecution'), 'states', rpc, 'no cbor')).status).toBe(400);
  });
});

describe('the models', () => {
  it('say protocol and XML namespace of each service', () => {
    const derived = serviceModels.map(({ service, protocol, xmlNamespace }) => [service, protocol, xmlNamespace]);
    expect(derived).toEqual([
      ['autoscaling', 'awsQuery', 'http://autoscaling.amazonaws.com/doc/2011-01-01/'],
      ['cloudwatch', 'awsJson1_0', expect.anything()],
      ['dynamodb', 'awsJson1_0', expect.anything()],
      ['ec2', 'ec2Query', 'http://ec2.amazonaws.com/doc/2016-11-15'],
      ['eks', 'restJson1', undefined],
      ['events', 'awsJson1_1', expect.anything()],
      ['lambda', 'restJson1', undefined],
      ['sns', 'awsQuery', 'http://sns.amazonaws.com/doc/2010-03-31/'],
      ['ssm', 'awsJson1_1', expect.anything()],
      ['states', 'awsJson1_0', expect.anything()],
      ['sts', 'awsQuery', 'https://sts.amazonaws.com/doc/2011-06-15/'],
    ]);
  });
});

/** A client module no one publishes, with the schemas a generated one would hold. */
const madeUp = (protocol: string): ServiceModel => {
  const [STRING, NUMBER, BLOB, TIMESTAMP, STRINGS, STRING_MAP, TIMESTAMPS] = [0, 1, 21, 4, 64, 128, 68];
  const http = { http: ['PUT', '/things/{path+}/at/{when}?kind=odd', 202] };
  const members: [name: string, schema: unknown][] = [
    ['path', [STRING, { httpLabel: 1 }]],
    ['when', [TIMESTAMP, { httpLabel: 1 }]],
    ['names', [STRINGS, { httpQuery: 'name' }]],
    ['rest', [STRING_MAP, { httpQueryParams: 1 }]],
    ['since', [TIMESTAMP, { httpHeader: 'X-Since' }]],
    ['words', [STRINGS, { httpHeader: 'X-Words' }]],
    ['days', [TIMESTAMPS, { httpHeader: 'X-Days' }]],
    ['meta', [STRING_MAP, { httpPrefixHeaders: 'x-meta-' }]],
    ['content', [BLOB, { httpPayload: 1 }]],
  ];
  const outputs: [name: string, schema: unknown][] = [...members.slice(4), ['code', [NUMBER, { httpResponseCode: 1 }]]];
  const structure = (kind: number, name: string, traits: unknown, of: [string, unknown][], required = 0) => [
    kind,
    'com.example',
    name,
    traits,
    of.map(([member]) => member),
    of.map(([, schema]) => schema),
    required,
  ];
  // The examples of https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#example-requests
  const renamedList = [1, 'com.example', 'ListWithXmlName', 0, [STRING, { xmlName: 'item' }]];
  const renamedMap = [2, 'com.example', 'MapWithXmlName', 0, [STRING, { xmlName: 'K' }], [STRING, { xmlName: 'V' }]];
  const form = structure(3, 'Form', 0, [
    ['ListArg', STRINGS],
    ['FlattenedListArg', [STRINGS, { xmlFlattened: 1 }]],
    ['ListArgWithXmlNameMember', renamedList],
    ['FlattenedListArgWithXmlName', [() => renamedList, { xmlFlattened: 1, xmlName: 'Hi' }]],
    ['MapArg', STRING_MAP],
    ['FlattenedMap', [() => renamedMap, { xmlFlattened: 1 }]],
  ]);
  const client = {
    PutThing$: [
      9,
      'com.example',
      'PutThing',
      http,
      () => structure(3, 'PutThingInput', 0, members, 2),
      () => structure(3, 'PutThingOutput', 0, outputs),
    ],
    GetThing$: [
      9,
      'com.example',
      'GetThing',
      { http: ['GET', '/things/{path}', 200] },
      () => structure(3, 'GetThingInput', 0, members.slice(0, 1)),
      () => 'unit',
    ],
    GetBest$: [
      9,
      'com.example',
      'GetBest',
      { http: ['GET', '/things/best', 200] },
      () => structure(3, 'GetBestInput', 0, []),
      () => 'unit',
    ],
    PutForm$: [9, 'com.example', 'PutForm', 0, () => form, () => form],
    Gone$: structure(-3, 'Gone', { error: 'client', httpError: 410, awsQueryError: ['Thing.Gone', 409] }, [
      ['Message', STRING],
      ['at', TIMESTAMP],
      ['what', BLOB],
    ]),
  };
  class Client {
    readonly config = { protocol: { getShapeId: () => protocol } };
  }
  return serviceModel('things', client, Client);
};

describe('a service of a made-up model', () => {
  it('binds labels, query, headers and payload', async () => {
    const output = {
      since: at,
      words: ['a', 'b, "c"'],
      days: [at, at],
      meta: { colour: 'red' },
      content: new Uint8Array([1, 2]),
      code: 206,
    };
    const wire = await startWire(async () => output, { models: [madeUp('aws.protocols#restJson1')] });
    const response = await fetch(
      `${wire.url}/things/a%2Fb/c/at/2026-08-20T09%3A00%3A00Z?kind=odd&name=x&name=y%20z&colour=red`,
      {
        method: 'PUT',
        headers: {
          ...signedFor('things'),
          'x-since': 'Thu, 20 Aug 2026 09:00:00 GMT',
          'x-words': 'a, "b, \\"c\\"" , d',
          'x-days': 'Thu, 20 Aug 2026 09:00:00 GMT, Thu, 20 Aug 2026 09:00:00 GMT',
          'X-Meta-Colour': 'blue',
        },
        body: Buffer.from([7, 8]),
      },
    );
    expect(wire.calls[0]?.input).toEqual({
      path: 'a/b/c',
      when: at,
      names: ['x', 'y z'],
      rest: { kind: 'odd', name: 'x', colour: 'red' },
      since: at,
      words: ['a', 'b, "c"', 'd'],
      days: [at, at],
      meta: { colour: 'blue' },
      content: new Uint8Array([7, 8]),
    });
    expect(response.status).toBe(206);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-since': 'Thu, 20 Aug 2026 09:00:00 GMT',
      'x-words': 'a, "b, \\"c\\""',
      'x-meta-colour': 'red',
      'content-type': 'application/octet-stream',
    });
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([1, 2]);
    expect(wire.bugs).toEqual([]);
  });

  it('answers with the status of the operation, and takes no path without its query', async () => {
    const wire = await startWire(async () => ({}), { models: [madeUp('aws.protocols#restJson1')] });
    const put = (query: string) =>
      fetch(`${wire.url}/things/a/at/2026-08-20T09:00:00Z${query}`, { method: 'PUT', headers: signedFor('things') });
    expect((await put('?kind=odd')).status).toBe(202);
    expect((await put('')).status).toBe(404);
  });

  it('prefers the path that is more literal, and refuses a label that is no text', async () => {
    const wire = await startWire(async () => ({}), { models: [madeUp('aws.protocols#restJson1')] });
    const get = (path: string) => fetch(`${wire.url}/things/${path}`, { headers: signedFor('things') });
    await get('best');
    await get('worst');
    expect(wire.calls.map(({ operation }) => operation)).toEqual(['GetBest', 'GetThing']);
    expect((await get('%E0%A4%A')).status).toBe(404);
  });

  it.each([
    ['aws.protocols#restJson1', { method: 'GET', path: '/things/a', headers: {} }, 410],
    ['aws.protocols#awsJson1_1', { method: 'POST', path: '/', headers: { 'x-amz-target': 'X.GetThing' } }, 410],
  ])('carries dates and bytes in errors: %s', async (protocol, { method, path, headers }, status) => {
    const serve = async () => {
      throw new AwsError('Gone', 'went', { at, what: new Uint8Array([1, 2]) });
    };
    const { url } = await startWire(serve, { models: [madeUp(protocol)] });
    const response = await fetch(url + path, { method, headers: { ...signedFor('things'), ...headers } });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ Message: 'went', at: 1_787_216_400, what: 'AQI=' });
  });

  it('names, flattens and renames lists and maps in forms', async () => {
    const value = {
      ListArg: ['foo', 'bar'],
      FlattenedListArg: ['A'],
      ListArgWithXmlNameMember: ['B'],
      FlattenedListArgWithXmlName: ['C', 'D'],
      MapArg: { foo: 'Foo' },
      FlattenedMap: { bar: 'Bar' },
    };
    const wire = await startWire(async () => value, { models: [madeUp('aws.protocols#awsQuery')] });
    const keys = [
      'ListArg.member.1=foo&ListArg.member.2=bar&FlattenedListArg.1=A&ListArgWithXmlNameMember.item.1=B&Hi.1=C&Hi.2=D',
      'MapArg.entry.1.key=foo&MapArg.entry.1.value=Foo&FlattenedMap.1.K=bar&FlattenedMap.1.V=Bar',
    ];
    const answer = await post(wire.url, 'things', form, `Action=PutForm&${keys.join('&')}`);
    expect(wire.calls[0]?.input).toEqual(value);
    expect(answer.bytes.toString()).toContain(
      '<PutFormResult><ListArg><member>foo</member><member>bar</member></ListArg><FlattenedListArg>A</FlattenedListArg>' +
        '<ListArgWithXmlNameMember><item>B</item></ListArgWithXmlNameMember><Hi>C</Hi><Hi>D</Hi>' +
        '<MapArg><entry><key>foo</key><value>Foo</value></entry></MapArg><FlattenedMap><K>bar</K><V>Bar</V></FlattenedMap></PutFormResult>',
    );
  });

  it('carries dates and bytes in errors: forms and CBOR', async () => {
    const serve = async () => {
      throw new AwsError('Gone', 'went', { at, what: new Uint8Array([1, 2]) });
    };
    const { url } = await startWire(serve, { models: [madeUp('aws.protocols#awsQuery')] });
    const query = await post(url, 'things', form, 'Action=GetThing');
    expect(query.status).toBe(409);
    expect(query.bytes.toString()).toContain(
      '<Code>Thing.Gone</Code><Message>went</Message><at>2026-08-20T09:00:00.000Z</at><what>AQI=</what>',
    );
    const binary = await post(`${url}/service/Things/operation/GetThing`, 'things', rpc, '');
    expect(cbor.deserialize(binary.bytes)).toMatchObject({
      __type: 'com.example#Gone',
      Message: 'went',
      at: { tag: 1, value: 1_787_216_400 },
      what: Buffer.from([1, 2]),
    });
  });

  it('refuses a header or a status that HTTP could not carry', async () => {
    for (const output of [{ words: ['naïve'] }, { code: 42 }]) {
      const wire = await startWire(async () => output, { models: [madeUp('aws.protocols#restJson1')] });
      const response = await fetch(`${wire.url}/things/a/at/2026-08-20T09:00:00Z?kind=odd`, {
        method: 'PUT',
        headers: signedFor('things'),
      });
      expect(response.status).toBe(500);
      expect(wire.bugs).toMatchObject([{ name: 'Misplayed' }]);
    }
  });
});
