import { kubernetesNodes } from '../adapters/kubernetes/cluster-nodes.ts';
import type { ClusterNodes } from '../core/ports.ts';
import { environment } from './environment.ts';

/** The nodes of clusters, as the role of the stack that clusters let in. */
export const kubernetesNodesFromEnvironment = (): ClusterNodes => {
  const { AWS_REGION, KUBERNETES_ROLE_ARN } = environment('AWS_REGION', 'KUBERNETES_ROLE_ARN');
  return kubernetesNodes({ region: AWS_REGION, roleArn: KUBERNETES_ROLE_ARN });
};
