/** The call of bootstrap.sh alone: the NodeConfig it becomes, and what became of everything that stood in it. */
import { type BootstrapArguments, readBootstrapArguments } from './bootstrap-arguments.ts';
import { bootstrapOptions, type Decision, type OptionContext } from './bootstrap-options.ts';
import { type KnownCluster, settleClusterFacts } from './cluster-facts.ts';
import { convertContainerdFile } from './containerd-file.ts';
import { carryEnvironment, isProxyVariable } from './environment.ts';
import { convertKubeletArguments, type KubeletSettings, namesOfFlags } from './kubelet-arguments.ts';
import { merge } from './merge.ts';
import { checkNodeConfig, type NodeConfig } from './node-config.ts';
import { entry, type Place, type ReportEntry } from './report.ts';
import type { BootstrapCall, ScriptReading } from './shell/bootstrap-call.ts';
import { splitLikeSystemd } from './systemd-words.ts';

/** The NodeConfig is null where something blocks it, which the report says. */
export const convertCall = (
  reading: ScriptReading,
  call: BootstrapCall,
  known: KnownCluster,
  place: (at: number) => Place,
): { nodeConfig: NodeConfig | null; report: ReportEntry[] } => {
  const callPlace = place(call.command.pos);
  const given = readBootstrapArguments(call, place);
  const report = [
    entry(callPlace, call.runBy.join(' '), replaced),
    ...given.report,
    ...lostWithTheCall(reading, call, place),
  ];

  const { cluster, report: ofCluster } = settleClusterFacts(given, known, callPlace);
  report.push(...ofCluster);
  const kubelet = convertKubelet(given);
  report.push(...kubelet.report);
  const doubtedAt = call.known.doubtedAt;
  if (doubtedAt !== null) {
    const [line = ''] = reading.source.slice(doubtedAt).split('\n');
    report.push(entry(place(doubtedAt), line, maySetMore));
  }
  const environment = carryEnvironment(call, place);
  report.push(...environment.report);

  const options = convertOptions(given, { cluster, kubeletFlags: kubelet.flagNames }, (path) =>
    convertContainerdFile(path, reading, call),
  );
  report.push(...options.report);
  const spec = [
    options.spec,
    specOfKubelet(kubelet.settings),
    Object.keys(environment.variables).length > 0
      ? { instance: { environment: { default: environment.variables } } }
      : {},
  ].reduce<Record<string, unknown>>(merge, { cluster });
  // What is missing has been said in its own words.
  if (report.some(({ what }) => what === 'blocks')) return { nodeConfig: null, report };
  const checked = checkNodeConfig({ apiVersion: 'node.eks.aws/v1alpha1', kind: 'NodeConfig', spec });
  if ('nodeConfig' in checked) return { nodeConfig: checked.nodeConfig, report };
  for (const mistake of checked.mistakes) {
    report.push(entry(callPlace, mistake, { ...refusedByNodeadm, to: mistake.split(': ')[0] ?? '' }));
  }
  return { nodeConfig: null, report };
};

/** What neither states a fact of the cluster nor holds kubelet arguments. */
const convertOptions = (
  given: BootstrapArguments,
  context: OptionContext,
  convertFile: (path: string) => Decision,
): { spec: Record<string, unknown>; report: ReportEntry[] } => {
  const report: ReportEntry[] = [];
  let spec: Record<string, unknown> = {};
  for (const option of bootstrapOptions) {
    const found = given.options.get(option.option);
    if (found === undefined || 'states' in option) continue;
    if ('holds' in option && option.holds === 'kubelet arguments') continue;
    const { value, text, place } = found;
    if ('unknown' in value) {
      report.push(entry(place, text, { ...unknownValue, why: value.unknown }));
      continue;
    }
    const decision = 'decide' in option ? option.decide(value.text, context) : convertFile(value.text);
    report.push(entry(place, text, decision));
    spec = merge(spec, decision.spec ?? {});
  }
  return { spec, report };
};

const unknownValue = { what: 'blocks', whatToDo: 'write the value itself on the line' } as const;

const specOfKubelet = ({ config, flags }: KubeletSettings): Record<string, unknown> => {
  const kubelet = {
    ...(Object.keys(config).length > 0 ? { config } : {}),
    ...(flags.length > 0 ? { flags } : {}),
  };
  return Object.keys(kubelet).length > 0 ? { kubelet } : {};
};

const convertKubelet = (
  given: BootstrapArguments,
): { settings: KubeletSettings; flagNames: Set<string>; report: ReportEntry[] } => {
  const nothing = { settings: { config: {}, flags: [] }, flagNames: new Set<string>() };
  const found = given.options.get('--kubelet-extra-args');
  if (found === undefined) return { ...nothing, report: [] };
  const { value, text, place, valuePlace } = found;
  if ('unknown' in value) {
    return {
      ...nothing,
      report: [entry(place, text, { what: 'blocks', why: value.unknown, whatToDo: onlyOnTheNode })],
    };
  }
  const split = splitLikeSystemd(value.text);
  if ('unknown' in split) {
    const { unknown, whatToDo } = split;
    return { ...nothing, report: [entry(place, text, { what: 'blocks', why: unknown, whatToDo })] };
  }
  const { settings, report } = convertKubeletArguments(split.words, valuePlace);
  const own = entry(place, text.slice(0, -value.text.length).trim(), {
    what: 'carried',
    why: 'flag by flag, as follows',
  });
  return { settings, flagNames: namesOfFlags(split.words), report: [own, ...report] };
};

const onlyOnTheNode =
  'write the value itself, if it is the same on every node; what only the node knows can be written by a script into a NodeConfig in /etc/eks/nodeadm.d, which nodeadm-run of newer AMI releases reads';

/** What hung on the call: what it was piped or chained to, where its output went, what else it was given. */
const lostWithTheCall = (reading: ScriptReading, call: BootstrapCall, place: (at: number) => Place): ReportEntry[] => {
  const text = ({ pos, end }: { pos: number; end: number }): string => reading.source.slice(pos, end);
  const report: ReportEntry[] = [];
  for (const each of call.onFailure) report.push(entry(place(each.pos), text(each), ranOnFailure));
  for (const each of call.listeners) report.push(entry(place(each.pos), text(each), writesToJournal));
  for (const each of call.command.redirects) {
    const remark = each.type === 'Redirect' && each.operator.includes('>') ? writesToJournal : readsInput;
    report.push(entry(place(each.pos), text(each), remark));
  }
  const variables = new Set(bootstrapOptions.map(({ variable }) => variable));
  for (const each of call.command.prefix) {
    if (each.type !== 'Assignment' || variables.has(each.name) || isProxyVariable(each.name)) continue;
    report.push(entry(place(each.pos), text(each), onlyForBootstrap));
  }
  return report;
};

const replaced = { what: 'carried', to: 'spec', why: 'nodeadm does its work, by the NodeConfig' } as const;

const ranOnFailure = {
  what: 'dropped',
  why: 'it ran only where bootstrap.sh failed; nodeadm runs after the script has ended, so its failing is not seen here',
  whatToDo: 'let something else watch that nodes join, such as the gate nodes-ready',
} as const;

const writesToJournal = {
  what: 'dropped',
  why: 'nodeadm writes to the journal (journalctl -u nodeadm-config -u nodeadm-run)',
} as const;

const maySetMore = {
  what: 'changed',
  why: 'it runs code that is not looked at; bootstrap.sh also heeds variables such as KUBELET_EXTRA_ARGS and USE_MAX_PODS',
  whatToDo: 'if it exports one of them, give that to bootstrap.sh as an option, and convert again',
} as const;

const readsInput = {
  what: 'blocks',
  why: 'bootstrap.sh is given something to read, which it does not',
  whatToDo: 'take it out',
} as const;

const onlyForBootstrap = {
  what: 'dropped',
  why: 'only bootstrap.sh was given it, and nodeadm has no use for it',
} as const;

const refusedByNodeadm = {
  what: 'blocks',
  why: 'nodeadm would not take the NodeConfig',
  whatToDo: 'mend it on the line, or convert with the cluster described (--cluster NAME)',
} as const;
