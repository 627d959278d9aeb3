/**
 * Proxy variables that the script exports. nodeadm and the daemons are not started by the script, so they need them in the
 * NodeConfig: `spec.instance.environment.default` is given to every systemd unit and to nodeadm itself (nodeadm, HTTP proxy;
 * AMI releases from October 2025 on know it).
 */
import { entry, type Place, type Remark, type ReportEntry } from './report.ts';
import type { BootstrapCall } from './shell/bootstrap-call.ts';

export const isProxyVariable = (name: string): boolean => /^(?:https?|no|all)_proxy$/i.test(name);

export const carryEnvironment = (
  call: BootstrapCall,
  place: (at: number) => Place,
): { variables: Record<string, string>; report: ReportEntry[] } => {
  const variables: Record<string, string> = {};
  const report: ReportEntry[] = [];
  for (const [name, value] of call.variables) {
    if (!isProxyVariable(name)) continue;
    const to = `spec.instance.environment.default.${name}`;
    if ('text' in value) {
      variables[name] = value.text;
      report.push(entry(place(value.at), `${name}=${value.text}`, { ...carried, to }));
    } else {
      report.push(
        entry(place(value.at), name, {
          ...uncertain,
          to,
          why: `${value.unknown}; nodeadm runs before the script and needs it`,
        }),
      );
    }
  }
  const isProxied = Object.keys(variables).some((name) => /^https?_proxy$/i.test(name));
  const exempt = variables.NO_PROXY ?? variables.no_proxy ?? '';
  if (isProxied && !exempt.includes(metadataAddress)) {
    report.push(entry(place(call.command.pos), 'NO_PROXY', withoutExemption));
  }
  return { variables, report };
};

const metadataAddress = '169.254.169.254';

/** On AL2 only the script went by the proxy; here every unit does. */
const withoutExemption: Remark = {
  what: 'changed',
  why: `the kubelet and containerd are given the proxy, too, and NO_PROXY does not exempt ${metadataAddress}, by which nodes read who they are`,
  whatToDo: `export NO_PROXY in the script, with ${metadataAddress}, localhost, the service CIDR and .eks.amazonaws.com, and convert again`,
};

const carried: Remark = {
  what: 'carried',
  why: 'every systemd unit is given it, and nodeadm itself',
  whatToDo: 'take an AMI release of October 2025 or newer, which knows spec.instance.environment',
};

const uncertain = { what: 'blocks', whatToDo: 'write the value itself' } as const;
