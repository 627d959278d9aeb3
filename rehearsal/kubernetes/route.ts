/** One thing that can be asked of the Kubernetes API. */
import type { Cluster } from '../world/clusters.ts';
import type { Access, Attributes } from './access.ts';
import type { KubernetesAnswer } from './answers.ts';

export interface Asked {
  url: URL;
  /** The groups of the route's path, decoded. */
  names: readonly (string | undefined)[];
  /** Empty where none was sent. */
  body: Readonly<Record<string, unknown>>;
  /** What the caller may do. */
  access: Access;
}

export interface Route {
  method: string;
  path: RegExp;
  /** How scenarios and reports call it. */
  operation: string;
  /** Left out: everybody who is let in may. */
  attributes?: Attributes;
  play(cluster: Cluster, asked: Asked): KubernetesAnswer;
}
