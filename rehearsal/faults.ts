/** Faults a scenario plays on the calls of the product. */
import type { Call } from './wire/call.ts';
import { AwsError, commonError, Disconnect } from './wire/errors.ts';

export const faultKinds = {
  calls: ['throttled', 'error', 'access-denied', 'not-found', 'timeout-before', 'timeout-after', 'stale'],
  functions: ['dies-before', 'dies-after'],
} as const;

export type CallFault = (typeof faultKinds.calls)[number];
export type FunctionFault = (typeof faultKinds.functions)[number];

export type Fault =
  | { call: string; nth: number; times: number; fault: CallFault }
  | { function: string; call?: string | undefined; nth: number; times: number; fault: FunctionFault };

/** A call of the product, whatever protocol it came by. */
export interface FaultyCall {
  /** `eks:DescribeCluster`, `kubernetes:ListNodes` */
  call: string;
  /** The folder of the function that made it. */
  function: string;
}

export class Faults {
  readonly #faults: { fault: Fault; seen: number }[];

  constructor(faults: readonly Fault[]) {
    this.#faults = faults.map((fault) => ({ fault, seen: 0 }));
  }

  get playsStale(): boolean {
    return this.#faults.some(({ fault }) => fault.fault === 'stale');
  }

  /** Counts the call, and says which fault befalls it. */
  befalls(call: FaultyCall): CallFault | FunctionFault | undefined {
    let befallen: CallFault | FunctionFault | undefined;
    for (const entry of this.#faults) {
      const { fault } = entry;
      if ('function' in fault && fault.function !== call.function) continue;
      if (fault.call !== undefined && fault.call !== call.call) continue;
      entry.seen += 1;
      const isDue = entry.seen >= fault.nth && entry.seen < fault.nth + fault.times;
      if (isDue) befallen ??= fault.fault;
    }
    return befallen;
  }
}

const notFoundCodes: Readonly<Record<string, string>> = {
  eks: 'ResourceNotFoundException',
  ec2: 'InvalidLaunchTemplateId.NotFound',
  ssm: 'ParameterNotFound',
  states: 'ExecutionDoesNotExist',
  dynamodb: 'ResourceNotFoundException',
  autoscaling: 'ValidationError',
  sts: 'NoSuchEntity',
};

/** The answer of a service on which the fault fell, before any effect. */
export const refuseBy = (
  fault: CallFault | FunctionFault,
  { service, operation }: Pick<Call, 'service' | 'operation'>,
): Error => {
  switch (fault) {
    case 'throttled':
      return commonError('throttled');
    case 'error':
      return commonError('internal-failure');
    case 'access-denied':
      return commonError(
        'access-denied',
        `not authorized to perform: ${service}:${operation} (a fault of the scenario)`,
      );
    case 'not-found':
      return new AwsError(notFoundCodes[service] ?? 'ResourceNotFoundException', 'not found (a fault of the scenario)');
    default:
      return new Disconnect();
  }
};
