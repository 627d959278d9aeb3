/** What nodeadm reads from the service CIDR (amazon-eks-ami, nodeadm/internal/api/net.go). */

export const addressFamily = (cidr: string): 'ipv4' | 'ipv6' => (cidr.includes(':') ? 'ipv6' : 'ipv4');

/** The address of the cluster's DNS that nodeadm derives: `172.20.0.0/16` gives `172.20.0.10`, `fd00::/108` `fd00::a`. */
export const dnsAddress = (cidr: string): string =>
  addressFamily(cidr) === 'ipv4' ? `${cidr.slice(0, cidr.lastIndexOf('.'))}.10` : `${cidr.split('/')[0]}a`;
