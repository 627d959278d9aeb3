/** From a request to its answer: which service, which protocol, which operation; then the owner plays it. */

import type { RequestListener } from 'node:http';
import type { Call, Serve } from './call.ts';
import { type Caller, type Signature, signatureOf } from './caller.ts';
import { AwsError, commonError, Disconnect } from './errors.ts';
import { assertFits, missingMembers } from './fitting.ts';
import { parseJson } from './json.ts';
import type { RawResponse, WireRequest } from './messages.ts';
import { Forwarded, forwardTo } from './pass-through.ts';
import { protocolOf } from './protocols/choose.ts';
import { type Answered, type Protocol, requestIdHeaders } from './protocols/protocol.ts';
import { type Refusal, refusalOf } from './refusals.ts';
import type { ServiceModel } from './service-models.ts';
import type { Operation } from './shapes.ts';

export interface ExchangeOptions {
  readonly models: readonly ServiceModel[];
  readonly serve: Serve;
  /** The id of a request, from its content or a count, never from chance: asked once for each request. */
  readonly requestId: (call: Omit<Call, 'requestId' | 'forward'>) => string;
  /** Told when the embedded AWS itself is wrong. The caller sees an internal failure, which SDKs try again. */
  readonly onBug: (bug: unknown, call: Call) => void;
  /** Services that another listener plays, by service name: `{ dynamodb: dynalite's listener }`. */
  readonly passThrough?: Readonly<Record<string, RequestListener>>;
}

const nobody: Caller = { accessKeyId: undefined, sessionToken: undefined, region: '' };

/** The answer to a request. Throws Disconnect when there is to be none. */
export const answer = async (request: WireRequest, options: ExchangeOptions): Promise<RawResponse> => {
  const signature = signatureOf(request);
  const model = options.models.find(({ signingNames }) => signingNames.includes(signature?.signingName ?? ''));
  const protocol = protocolOf(request, model);
  const service = model?.service ?? signature?.signingName ?? 'unknown';
  const listener = options.passThrough?.[service];

  const understood = understand(request, protocol, signature, model, listener === undefined);
  const asked = {
    service,
    operation: protocol.asks(request),
    input: undefined,
    caller: signature?.caller ?? nobody,
    headers: request.headers,
    ...('input' in understood ? { operation: understood.operation.name, input: understood.input } : {}),
  };
  const requestId = options.requestId(asked);
  const call: Call = {
    ...asked,
    requestId,
    ...(listener === undefined ? {} : { forward: () => forwardTo(listener, request) }),
  };
  const answered: Answered = { request, requestId, model };

  try {
    if ('refused' in understood) throw understood.refused;
    // An operation without output may return nothing.
    const output = (await options.serve(call)) ?? {};
    if (output instanceof Forwarded && call.forward !== undefined) return withRequestId(output, requestId);
    assertFits(understood.operation.output, output, `the output of ${service}:${call.operation}`);
    return protocol.answer(understood.operation, output, answered);
  } catch (error) {
    if (error instanceof Disconnect) throw error;
    return protocol.refuse(refusal(error, protocol, call, model, options), answered);
  }
};

type Understood = { readonly operation: Operation; readonly input: unknown } | { readonly refused: unknown };

/** The operation and its input, or why AWS would not even begin. */
const understand = (
  request: WireRequest,
  protocol: Protocol,
  signature: Signature | undefined,
  model: ServiceModel | undefined,
  isChecked: boolean,
): Understood => {
  try {
    if (signature === undefined) throw commonError('missing-authentication');
    if (model === undefined) {
      throw commonError('unknown-operation', `The embedded AWS has no service that signs as ${signature.signingName}`);
    }
    const found = protocol.find(request, model);
    if (found === undefined) {
      const asked = protocol.asks(request);
      throw commonError('unknown-operation', `${model.service} has no operation ${asked === '' ? '(none)' : asked}`);
    }
    const { operation } = found;
    if (!isChecked) return { operation, input: parseJson(request.body) };
    const input = found.read();
    const missing = missingMembers(operation.input, input);
    if (missing.length > 0) throw commonError('missing-member', protocol.phraseMissing(missing));
    return { operation, input };
  } catch (refused) {
    return { refused };
  }
};

/** What to refuse with. A bug is told to the owner and looks to the caller as AWS looks when it is broken. */
const refusal = (
  error: unknown,
  protocol: Protocol,
  call: Call,
  model: ServiceModel | undefined,
  options: ExchangeOptions,
): Refusal => {
  let bug = error;
  if (error instanceof AwsError) {
    try {
      return refusalOf(error, model, protocol.commonErrors, protocol.isQuery);
    } catch (misplayed) {
      bug = misplayed;
    }
  }
  options.onBug(bug, call);
  const said = bug instanceof Error ? bug.message : String(bug);
  const failure = commonError('internal-failure', `The embedded AWS has a bug: ${said}`);
  return refusalOf(failure, undefined, protocol.commonErrors, protocol.isQuery);
};

/** A forwarded answer is passed on as it is, but for its request id: dynalite draws lots for that. */
const withRequestId = ({ status, headers, body }: Forwarded, requestId: string): RawResponse => ({
  status,
  headers: {
    ...Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'x-amzn-requestid')),
    ...requestIdHeaders(requestId),
  },
  body,
});
