/** What the errors of an update by EKS mean for the node group (EKS API reference, ErrorDetail). */

/**
 * `ami`: its nodes did not join; the release is to blame. `passing`: it may be over in a few minutes, so it is tried again.
 * `pods`: pods would not leave in time. `mend`: somebody must mend something before any update can work.
 */
export type UpdateErrorMeaning = 'ami' | 'passing' | 'pods' | 'mend';

/** By error code; what to do is said where it is not plain from EKS's own message. */
export const updateErrors: Readonly<Record<string, { means: UpdateErrorMeaning; fix?: string }>> = {
  NodeCreationFailure: { means: 'ami' },
  PodEvictionFailure: {
    means: 'pods',
    fix: 'loosen the disruption budget of the pods that stay, or delete them by hand',
  },
  InsufficientNumberOfReplicas: { means: 'pods', fix: 'give the workload more replicas' },
  ClusterUnreachable: { means: 'passing' },
  Unknown: { means: 'passing' },
  EniLimitReached: { means: 'passing', fix: 'ask for a higher quota of network interfaces' },
  IpNotAvailable: { means: 'passing', fix: 'free addresses in its subnets, or give it larger ones' },
  InsufficientFreeAddresses: { means: 'passing', fix: 'free addresses in its subnets, or give it larger ones' },
  AccessDenied: { means: 'mend', fix: 'look at the access entry of its node role, and at the role of the cluster' },
  OperationNotPermitted: { means: 'mend', fix: 'look at the service-linked role of EKS node groups' },
  SubnetNotFound: { means: 'mend', fix: 'a node group cannot change its subnets: make another one' },
  SecurityGroupNotFound: { means: 'mend', fix: 'name a security group that exists in its launch template' },
  VpcIdNotFound: { means: 'mend' },
  ConfigurationConflict: { means: 'mend' },
  AdmissionRequestDenied: { means: 'mend', fix: 'look at the admission webhooks of the cluster' },
  UnsupportedAddonModification: { means: 'mend' },
  K8sResourceNotFound: { means: 'mend' },
};

/** Of several errors the gravest decides; what EKS says in a code that is not known is nobody's known fault. */
export const meaningOf = (codes: readonly string[]): UpdateErrorMeaning => {
  const meanings = codes.map((code) => updateErrors[code]?.means ?? 'mend');
  return (
    (['ami', 'mend', 'pods'] as const).find((each) => meanings.includes(each)) ??
    (codes.length === 0 ? 'mend' : 'passing')
  );
};

/** What a person can do about it, once for each error that says so. */
export const fixesFor = (codes: readonly string[]): string[] => [
  ...new Set(codes.flatMap((code) => updateErrors[code]?.fix ?? [])),
];
