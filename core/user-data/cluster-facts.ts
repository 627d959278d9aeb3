/** The facts of the cluster that a NodeConfig must hold: from DescribeCluster, compared with what user data says. */
import type { BootstrapArguments, GivenOption } from './bootstrap-arguments.ts';
import { bootstrapOptions, type ClusterFact } from './bootstrap-options.ts';
import type { ClusterDetails } from './node-config.ts';
import { entry, type Place, type Remark, type ReportEntry } from './report.ts';
import { addressFamily } from './service-cidr.ts';
import { type Argument, bootstrapPath } from './shell/bootstrap-call.ts';

/** What is known of the cluster without its user data. */
export type KnownCluster = Partial<Pick<ClusterDetails, ClusterFact>>;

export const settleClusterFacts = (
  given: BootstrapArguments,
  known: KnownCluster,
  call: Place,
): { cluster: KnownCluster; report: ReportEntry[] } => {
  const cluster: KnownCluster = {};
  const report: ReportEntry[] = [];
  const settle = (fact: ClusterFact, value: Argument, place: Place, text: string, isHeeded = true): void => {
    const { fact: settled, remark } = compare(fact, value, known[fact], isHeeded);
    if (settled !== undefined) cluster[fact] = settled;
    report.push(entry(place, text, remark));
  };
  // What cannot be told may be the name.
  const isTold = !given.report.some(({ what }) => what === 'blocks');
  if (given.clusterName === null) report.push(...(isTold ? [entry(call, bootstrapPath, namesNoCluster)] : []));
  else settle('name', given.clusterName.value, given.clusterName.place, writtenOf(given.clusterName.value));
  const stated = bootstrapOptions.flatMap((each) => {
    const option = given.options.get(each.option);
    return 'states' in each && option !== undefined ? [{ fact: each.states, option }] : [];
  });
  for (const { fact, option } of stated) {
    const { value, place, text } = option;
    if (fact === 'cidr' && isOtherFamily(option, stated.length > 0 && given.options.has('--service-ipv6-cidr'))) {
      report.push(entry(place, text, otherFamily));
    } else if ('text' in value && !fits(option, value.text)) {
      report.push(entry(place, text, wrongFamily));
    } else {
      settle(fact, value, place, text, isHeeded(fact, given));
    }
  }
  for (const fact of facts) {
    if (cluster[fact] !== undefined || report.some((each) => each.what === 'blocks' && each.to === places[fact]))
      continue;
    const fromCluster = known[fact];
    if (fromCluster !== undefined) cluster[fact] = fromCluster;
    else if (fact !== 'name') report.push(entry(call, places[fact], isMissing(fact)));
  }
  return { cluster, report };
};

const facts = ['name', 'apiServerEndpoint', 'certificateAuthority', 'cidr'] as const;

const places: Readonly<Record<ClusterFact, string>> = {
  name: 'spec.cluster.name',
  apiServerEndpoint: 'spec.cluster.apiServerEndpoint',
  certificateAuthority: 'spec.cluster.certificateAuthority',
  cidr: 'spec.cluster.cidr',
};

const titles: Readonly<Record<ClusterFact, string>> = {
  name: 'name',
  apiServerEndpoint: 'endpoint',
  certificateAuthority: 'certificate authority',
  cidr: 'service CIDR',
};

const writtenOf = (value: Argument): string => ('text' in value ? value.text : value.written);

const compare = (
  fact: ClusterFact,
  value: Argument,
  known: string | undefined,
  isHeeded: boolean,
): { fact: string | undefined; remark: Remark } => {
  const to = places[fact];
  if ('unknown' in value) {
    if (known === undefined) {
      const whatToDo = `write the cluster's ${titles[fact]} on the line, or convert with the cluster described (--cluster NAME)`;
      return { fact: undefined, remark: { what: 'blocks', to, why: value.unknown, whatToDo } };
    }
    const why = `${value.unknown}; it is the cluster's own, from DescribeCluster`;
    return { fact: known, remark: { what: 'changed', to, why } };
  }
  if (known === undefined) return { fact: value.text, remark: { what: 'carried', to, why: 'the same value' } };
  if (isSame(fact, value.text, known)) {
    return { fact: known, remark: { what: 'carried', to, why: 'it is what DescribeCluster says' } };
  }
  if (!isHeeded) {
    const why =
      'bootstrap.sh heeds --apiserver-endpoint and --b64-cluster-ca only together, else it describes the cluster';
    return { fact: known, remark: { what: 'dropped', why } };
  }
  return {
    fact: undefined,
    remark: {
      what: 'blocks',
      to,
      why: `DescribeCluster says ${known}; one of the two is wrong`,
      whatToDo: `write the cluster's own ${titles[fact]}, or leave ${fact === 'name' ? 'the node group out' : 'the option out'}`,
    },
  };
};

const isSame = (fact: ClusterFact, one: string, other: string): boolean => {
  const bare = (text: string): string =>
    fact === 'apiServerEndpoint' ? text.toLowerCase().replace(/\/$/, '') : text.trim();
  return bare(one) === bare(other);
};

/** Given alone, neither counts. */
const isHeeded = (fact: ClusterFact, { options }: BootstrapArguments): boolean => {
  if (fact === 'apiServerEndpoint') return options.has('--b64-cluster-ca');
  if (fact === 'certificateAuthority') return options.has('--apiserver-endpoint');
  return true;
};

const isOtherFamily = ({ option }: GivenOption, isIpv6: boolean): boolean => option === '--service-ipv4-cidr' && isIpv6;

const fits = ({ option }: GivenOption, value: string): boolean =>
  option === '--service-ipv6-cidr'
    ? addressFamily(value) === 'ipv6'
    : option !== '--service-ipv4-cidr' || addressFamily(value) === 'ipv4';

const otherFamily: Remark = { what: 'dropped', why: 'with a service CIDR of IPv6 the nodes of the cluster use IPv6' };

const wrongFamily: Remark = {
  what: 'blocks',
  to: places.cidr,
  why: 'the CIDR is not of this family',
  whatToDo: 'write the service CIDR of the cluster',
};

const namesNoCluster: Remark = {
  what: 'blocks',
  to: places.name,
  why: 'bootstrap.sh is called without the name of a cluster, so it ends with an error',
  whatToDo: 'write the name of the cluster after bootstrap.sh',
};

const isMissing = (fact: ClusterFact): Remark => ({
  what: 'blocks',
  to: places[fact],
  why: `nodeadm demands the cluster's ${titles[fact]}, and the user data does not say it: bootstrap.sh asked DescribeCluster`,
  whatToDo: 'convert with the cluster described (--cluster NAME)',
});
