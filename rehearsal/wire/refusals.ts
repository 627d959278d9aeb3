/** From the error an operation throws to what stands on the wire: code, status, fault and members by the model. */

import { type AwsError, CommonError, type CommonErrorCodes, Misplayed } from './errors.ts';
import { assertFits, type Structure } from './fitting.ts';
import type { ServiceModel } from './service-models.ts';
import type { ErrorShape, Member } from './shapes.ts';

export interface Refusal {
  readonly code: string;
  /** With the namespace where the model knows the error: `com.amazonaws.sfn#ExecutionDoesNotExist`. */
  readonly id: string;
  readonly status: number;
  readonly fault: 'Sender' | 'Receiver';
  readonly message: string;
  /** The code and fault a query client of old expects from a service that has moved on to JSON or CBOR. */
  readonly queryError: string;
  /** What travels beside the message. The message itself is a member too, under the name the model gives it. */
  readonly messageName: string;
  readonly members: readonly Member[];
  readonly values: Structure;
}

/**
 * @param codes the common errors' codes in the protocol of the answer
 * @param isQuery whether the awsQueryError trait counts: in awsQuery and ec2Query only
 */
export const refusalOf = (
  error: AwsError,
  model: ServiceModel | undefined,
  codes: CommonErrorCodes,
  isQuery: boolean,
): Refusal => {
  const code = error instanceof CommonError ? codes[error.kind][0] : error.code;
  const modelled = model?.errors.get(code);
  if (modelled !== undefined) return modelledRefusal(error, modelled, isQuery, model?.service ?? '');

  const [stray] = Object.keys(error.members);
  if (stray !== undefined) throw new Misplayed(`${model?.service} models no error ${code} that could carry ${stray}`);
  const common = Object.values(codes).find(([commonCode]) => commonCode === code);
  const status = error.status ?? common?.[1] ?? 400;
  return inFull({ code, id: code, queryCode: code, status, isServersFault: status >= 500, message: error.message });
};

const modelledRefusal = (error: AwsError, modelled: ErrorShape, isQuery: boolean, service: string): Refusal => {
  const byFault = modelled.fault === 'server' ? 500 : 400;
  const messageMember = modelled.shape.members.find(({ name }) => name.toLowerCase() === 'message');
  const values = messageMember === undefined ? {} : { [messageMember.name]: error.message };
  assertFits(modelled.shape, { ...error.members, ...values }, `the error ${service}:${modelled.name}`);
  return {
    ...inFull({
      code: isQuery ? (modelled.query?.code ?? modelled.name) : modelled.name,
      id: modelled.id,
      queryCode: modelled.query?.code ?? modelled.name,
      status: (isQuery ? modelled.query?.status : undefined) ?? modelled.httpStatus ?? byFault,
      isServersFault: modelled.fault === 'server',
      message: error.message,
    }),
    messageName: messageMember?.name ?? 'message',
    members: modelled.shape.members.filter((member) => member !== messageMember),
    values: error.members,
  };
};

const inFull = (
  error: Pick<Refusal, 'code' | 'id' | 'status' | 'message'> & { queryCode: string; isServersFault: boolean },
): Refusal => {
  const { queryCode, isServersFault, ...rest } = error;
  const fault = isServersFault ? 'Receiver' : 'Sender';
  return { ...rest, fault, queryError: `${queryCode};${fault}`, messageName: 'message', members: [], values: {} };
};
