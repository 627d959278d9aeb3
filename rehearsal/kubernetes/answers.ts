/** An answer of a Kubernetes API: a JSON body with its status. */
export interface KubernetesAnswer {
  status: number;
  body: unknown;
}

/** A Status that says what is wrong (Kubernetes API reference, meta/v1 Status). */
export const failure = (code: number, reason: string, message: string, details?: unknown): KubernetesAnswer => ({
  status: code,
  body: {
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  },
});
