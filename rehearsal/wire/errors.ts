/** What an operation may throw, and what the wire itself refuses requests with. */

/** The members an error carries beside its message, e.g. `clusterName` of EKS's ResourceNotFoundException. */
export type ErrorMembers = Readonly<Record<string, unknown>>;

/**
 * The AWS answer "no". `code` is the name of an error in the service's model (its HTTP status, wire code and fault are
 * looked up there) or, for EC2 and the like which model none, the code itself: `InvalidLaunchTemplateId.NotFound`.
 */
export class AwsError extends Error {
  readonly code: string;
  readonly members: ErrorMembers;
  /** Only for errors the model does not know and whose status is neither 400 nor in the table of common errors. */
  readonly status: number | undefined;

  constructor(code: string, message: string, members: ErrorMembers = {}, options: { status?: number } = {}) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.members = members;
    this.status = options.status;
  }
}

/** Thrown by an operation, it closes the connection without an answer: how a timeout or a broken network looks. */
export class Disconnect extends Error {
  override readonly name = 'Disconnect';
}

/** The embedded AWS itself is wrong: an operation returned what its service could not. Never an answer of AWS. */
export class Misplayed extends Error {
  override readonly name = 'Misplayed';
}

/** What can go wrong with any call to any service. Each protocol has its own codes and statuses for them. */
export type CommonErrorKind =
  | 'access-denied'
  | 'throttled'
  | 'internal-failure'
  | 'service-unavailable'
  | 'unknown-operation'
  | 'missing-authentication'
  | 'malformed'
  | 'missing-member';

/** An error every service has under its own name: `throw commonError('throttled')` fits all of them. */
export class CommonError extends AwsError {
  readonly kind: CommonErrorKind;

  constructor(kind: CommonErrorKind, message: string) {
    super(kind, message);
    this.name = 'CommonError';
    this.kind = kind;
  }
}

const usualMessages: Readonly<Record<CommonErrorKind, string>> = {
  'access-denied': 'You are not authorized to perform this operation.',
  throttled: 'Rate exceeded',
  'internal-failure': 'The request processing has failed because of an unknown error, exception or failure.',
  'service-unavailable': 'The request has failed due to a temporary failure of the server.',
  'unknown-operation': 'The action or operation requested is invalid.',
  'missing-authentication': 'Missing Authentication Token',
  malformed: 'The request could not be read.',
  'missing-member': 'A required parameter for the specified action is not supplied.',
};

/** An error any service may answer, with AWS's usual words unless others are given. */
export const commonError = (kind: CommonErrorKind, message: string = usualMessages[kind]): CommonError =>
  new CommonError(kind, message);

/** The service's model knows the operation, this world does not play it. Said loudly: silence would be taken for AWS. */
export const notPlayed = (call: { readonly service: string; readonly operation: string }): CommonError =>
  commonError(
    'unknown-operation',
    `${call.service}:${call.operation} is not played by the embedded AWS; see docs/rehearsal.md`,
  );

type Code = readonly [code: string, status: number];

/**
 * Sources: "Common Error Types" in each service's API reference; for EC2 "Error codes for the Amazon EC2 API"
 * (RequestLimitExceeded and Unavailable are 503s, UnauthorizedOperation a 403).
 */
export type CommonErrorCodes = Readonly<Record<CommonErrorKind, Code>>;

const jsonCodes: CommonErrorCodes = {
  'access-denied': ['AccessDeniedException', 400],
  throttled: ['ThrottlingException', 400],
  'internal-failure': ['InternalFailure', 500],
  'service-unavailable': ['ServiceUnavailableException', 503],
  'unknown-operation': ['UnknownOperationException', 400],
  'missing-authentication': ['MissingAuthenticationTokenException', 400],
  malformed: ['SerializationException', 400],
  'missing-member': ['ValidationException', 400],
};

/** The codes of the common errors in each protocol. */
export const commonErrorCodes = {
  json: jsonCodes,
  rest: {
    ...jsonCodes,
    'access-denied': ['AccessDeniedException', 403],
    throttled: ['ThrottlingException', 429],
    'unknown-operation': ['UnknownOperationException', 404],
    'missing-authentication': ['MissingAuthenticationTokenException', 403],
  },
  /** Smithy RPC v2 answers an unknown operation with 404: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
  cbor: { ...jsonCodes, 'unknown-operation': ['UnknownOperationException', 404] },
  query: {
    'access-denied': ['AccessDenied', 403],
    throttled: ['Throttling', 400],
    'internal-failure': ['InternalFailure', 500],
    'service-unavailable': ['ServiceUnavailable', 503],
    'unknown-operation': ['InvalidAction', 400],
    'missing-authentication': ['MissingAuthenticationToken', 403],
    malformed: ['MalformedInput', 400],
    'missing-member': ['ValidationError', 400],
  },
  ec2: {
    'access-denied': ['UnauthorizedOperation', 403],
    throttled: ['RequestLimitExceeded', 503],
    'internal-failure': ['InternalError', 500],
    'service-unavailable': ['Unavailable', 503],
    'unknown-operation': ['InvalidAction', 400],
    'missing-authentication': ['MissingAuthenticationToken', 403],
    malformed: ['InvalidParameterValue', 400],
    'missing-member': ['MissingParameter', 400],
  },
} as const satisfies Record<string, CommonErrorCodes>;
