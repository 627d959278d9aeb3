/**
 * Judges what the roles of the stack do, by the policies of the template and what SAM adds to them. It remembers which
 * rights were used, and what was denied.
 */
import { folderOf } from '../../scripts/bundle.mjs';
import type { DeployedFunction, DeployedRule, Stack } from '../deployment/stack.ts';
import { TemplateError } from '../deployment/template.ts';
import type { Call } from '../wire/call.ts';
import { AwsError, commonError } from '../wire/errors.ts';
import type { World } from '../world/world.ts';
import { type Dependent, launchBehind, launchRights, serviceRights } from './dependents.ts';
import { needsOf } from './needs.ts';
import { type AccessRequest, type Decision, decide, readPolicy, type Statement } from './policy.ts';
import { type Role, rolesOf } from './roles.ts';

export type NamedCall = Pick<Call, 'service' | 'operation' | 'input'>;

/** Somebody may not do something. */
export interface Denial {
  /** Whose role it is, as `Role.owner` says it. */
  owner: string;
  action: string;
  resource: string;
  /** For a right that no call shows: behind what it is needed. */
  behind?: string;
}

/** A right that was used. */
export interface UsedRight {
  owner: string;
  action: string;
  statement: Statement;
  /** The resource of the statement that matched. */
  pattern: string;
  dependent: Dependent | undefined;
}

/** A right that a role is to do without, to see what for it is needed. */
export interface TakenRight {
  owner: string;
  action: string;
}

/** The stack cannot be deployed: a service refuses a resource because of the role it was given. */
export class DeployRefused extends Error {
  override readonly name = 'DeployRefused';
}

export class Authority {
  readonly roles: readonly Role[];
  readonly denials: Denial[] = [];
  readonly #byArn: ReadonlyMap<string, Role>;
  readonly #stack: Stack;
  readonly #taken: readonly TakenRight[];
  readonly #used = new Map<string, UsedRight>();

  constructor(stack: Stack, taken: readonly TakenRight[] = []) {
    this.#stack = stack;
    this.#taken = taken;
    this.roles = rolesOf(stack);
    this.#byArn = new Map(this.roles.map((role) => [role.arn, role]));
  }

  get used(): UsedRight[] {
    return [...this.#used.values()];
  }

  /**
   * A call over the wire by a session of one of the stack's roles.
   * @throws AwsError in the service's own form when it is not allowed
   */
  authorize(call: NamedCall, { roleArn, sessionArn }: { roleArn: string; sessionArn: string }, world: World): void {
    const role = this.#byArn.get(roleArn);
    if (role === undefined) return;
    // Only code of a function makes calls over the wire with its role (Lambda developer guide, permissions-source-function-arn).
    const ofCode = role.functionArn === undefined ? {} : { 'lambda:SourceFunctionArn': role.functionArn };
    for (const need of needsOf(call, world)) {
      const decision = this.#decide(role, { ...need, context: { ...need.context, ...ofCode } });
      if (!decision.isAllowed) throw refusal(call, sessionArn, need, decision);
    }
    if (call.service === 'sts' && call.operation === 'AssumeRole') this.#checkTrust(call, role, sessionArn);
    const launch = launchBehind(call, world);
    if (launch === undefined) return;
    for (const right of launchRights) {
      if (!right.behind.includes(`${call.service}:${call.operation}`)) continue;
      for (const on of right.on(launch)) {
        const decision = this.#decide(role, { action: right.action, ...on }, right);
        if (!decision.isAllowed)
          throw launchRefusal(call, sessionArn, { action: right.action, ...on }, launch.template.id);
      }
    }
  }

  /** Something a service does with a role by itself. Undefined: it is allowed; else the words of the refusal. */
  mayBy(roleArn: string, action: string, resource: string, dependent?: Dependent): string | undefined {
    const role = this.#byArn.get(roleArn);
    // Of a state machine that somebody made here, with a role that is none of the stack's.
    if (role === undefined) return undefined;
    const request = { action, resource, context: {} };
    const decision = this.#decide(role, request, dependent);
    return decision.isAllowed
      ? undefined
      : words(`${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/session`, request, decision);
  }

  /** May a rule send to a queue, by the queue's own policy? */
  maySend({ arn, name }: DeployedRule, queueArn: string): boolean {
    const statements = this.#stack.queuePolicies
      .filter(({ queues }) => queues.includes(queueArn))
      .flatMap(({ name: policy, document }) => statementsFor({ Service: 'events.amazonaws.com' }, document, policy));
    const request = { action: 'sqs:SendMessage', resource: queueArn, context: { 'aws:SourceArn': arn } };
    const { isAllowed } = decide(statements, request);
    if (!isAllowed) this.denials.push({ owner: `the rule ${name}`, action: request.action, resource: queueArn });
    return isAllowed;
  }

  /** Logs and traces of an invocation. What is not allowed is lost, and the function runs all the same. */
  onInvoked({ logicalId, roleArn, isTraced }: DeployedFunction, logGroup: string): void {
    for (const right of serviceRights.functionLogs) {
      this.mayBy(roleArn, right.action, `${logGroup}:log-stream:${folderOf(logicalId)}`, right);
    }
    if (isTraced) for (const right of serviceRights.functionTraces) this.mayBy(roleArn, right.action, '*', right);
  }

  /**
   * What services look at when the stack is deployed.
   * @throws DeployRefused
   */
  checkDeployment(): void {
    const { functions, stateMachines, queues, schedules } = this.#stack;
    const check = (what: string, roleArn: string, rights: readonly Dependent[], resource: string): void => {
      for (const right of rights) {
        const why = this.mayBy(roleArn, right.action, resource, right);
        if (why !== undefined) throw new DeployRefused(`${what}: ${why} (${right.page})`);
      }
    };
    for (const { logicalId, roleArn, isInVpc, deadLetterQueue } of functions) {
      if (isInVpc) check(logicalId, roleArn, serviceRights.functionInVpc, '*');
      if (deadLetterQueue !== undefined) check(logicalId, roleArn, serviceRights.deadLetters, deadLetterQueue);
      for (const queue of queues.filter(({ functionId }) => functionId === logicalId)) {
        check(queue.logicalId, roleArn, serviceRights.queueReader, queue.arn);
      }
    }
    for (const { logicalId, roleArn, arn, isTraced, isLogged, substitutions } of stateMachines) {
      if (isLogged) check(logicalId, roleArn, serviceRights.machineLogs, '*');
      if (isTraced) check(logicalId, roleArn, serviceRights.machineTraces, '*');
      if (!Object.values(substitutions).some((used) => used.includes(':stateMachine:'))) continue;
      const rule = `${arn.split(':stateMachine:')[0]?.replace(':states:', ':events:')}:rule/${managedRule}`;
      check(logicalId, roleArn, serviceRights.childRule, rule);
    }
    for (const { roleArn, deadLetterQueue, functionId } of schedules) {
      if (deadLetterQueue === undefined) continue;
      check(`the schedule of ${functionId}`, roleArn, serviceRights.scheduleDeadLetters, deadLetterQueue);
    }
  }

  /** The role itself must let the caller in, too (IAM user guide, id_roles_create_for-user: trust policy). */
  #checkTrust(call: NamedCall, { arn, owner }: Role, sessionArn: string): void {
    const { RoleArn } = call.input as { RoleArn: string };
    const asked = this.#stack.roles.find((each) => each.arn === RoleArn);
    if (asked === undefined) return;
    const account = RoleArn.split(':')[4] ?? '';
    const statements = statementsFor({ AWS: `arn:aws:iam::${account}:root` }, asked.trust, asked.logicalId);
    const request = { action: 'sts:AssumeRole', resource: RoleArn, context: { 'aws:PrincipalArn': arn } };
    const decision = decide(statements, request);
    if (decision.isAllowed) return;
    this.denials.push({
      owner,
      action: request.action,
      resource: RoleArn,
      behind: `the trust policy of ${asked.logicalId}`,
    });
    throw refusal(call, sessionArn, request, decision);
  }

  #decide(role: Role, request: AccessRequest, dependent?: Dependent): Decision {
    const { owner } = role;
    const { action, resource } = request;
    const isTaken = this.#taken.some((each) => each.owner === owner && each.action === action);
    const decision: Decision = isTaken ? { isAllowed: false, by: undefined } : decide(role.statements, request);
    if (decision.isAllowed) {
      const { by: statement, pattern } = decision;
      const key = [owner, action, statement.sid, pattern, dependent?.behind ?? 'call'].join(' ');
      if (!this.#used.has(key)) this.#used.set(key, { owner, action, statement, pattern, dependent });
    } else {
      const [behind] = dependent?.behind ?? [];
      this.denials.push({ owner, action, resource, ...(behind === undefined ? {} : { behind }) });
    }
    return decision;
  }
}

const managedRule = 'StepFunctionsGetEventsForStepFunctionsExecutionRule';

/** Statements of a policy of a resource; of all principals only the one that is played may stand there. */
const statementsFor = (principal: Record<string, string>, document: unknown, name: string): Statement[] => {
  for (const { Principal } of [(document as { Statement: { Principal?: unknown }[] }).Statement].flat()) {
    if (JSON.stringify(Principal) !== JSON.stringify(principal)) {
      throw new TemplateError(`the policy ${name}: the principal ${JSON.stringify(Principal)} is not evaluated`);
    }
  }
  return readPolicy(document, name);
};

/** IAM user guide, troubleshoot_access-denied. */
const words = (sessionArn: string, { action, resource }: AccessRequest, decision: Decision): string => {
  const on = resource === '*' ? '' : ` on resource: ${resource}`;
  const why =
    decision.by === undefined
      ? `because no identity-based policy allows the ${action} action`
      : 'with an explicit deny in an identity-based policy';
  return `User: ${sessionArn} is not authorized to perform: ${action}${on} ${why}`;
};

const refusal = (call: NamedCall, sessionArn: string, request: AccessRequest, decision: Decision): Error => {
  const said = words(sessionArn, request, decision);
  const isEc2 = call.service === 'ec2';
  return commonError('access-denied', isEc2 ? `You are not authorized to perform this operation. ${said}` : said);
};

/** As EKS and Auto Scaling pass on what EC2 says of the trial. */
const launchRefusal = (call: NamedCall, sessionArn: string, request: AccessRequest, templateId: string): Error => {
  if (call.service === 'eks') {
    const { clusterName, nodegroupName } = call.input as Record<string, string>;
    const message = 'You are not authorized to launch instances with this launch template.';
    return new AwsError('InvalidRequestException', `${message} Encoded authorization failure message: rehearsal`, {
      clusterName,
      nodegroupName,
    });
  }
  if (request.action === 'iam:PassRole') {
    return commonError('access-denied', words(sessionArn, request, { isAllowed: false, by: undefined }));
  }
  return commonError('access-denied', `You are not authorized to use launch template: ${templateId}`);
};
