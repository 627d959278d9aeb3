import { kubernetesNodes } from '../adapters/kubernetes/cluster-nodes.ts';
import { clusterConnections, type WithApi } from '../adapters/kubernetes/connections.ts';
import type { ClusterNodes } from '../core/ports.ts';
import { environment } from './environment.ts';

/** The APIs of clusters, as the role of the stack that clusters let in. */
export const connectionsFromEnvironment = (): WithApi => {
  const { AWS_REGION, KUBERNETES_ROLE_ARN } = environment('AWS_REGION', 'KUBERNETES_ROLE_ARN');
  return clusterConnections({ region: AWS_REGION, roleArn: KUBERNETES_ROLE_ARN });
};

export const kubernetesNodesFromEnvironment = (): ClusterNodes => kubernetesNodes(connectionsFromEnvironment());
