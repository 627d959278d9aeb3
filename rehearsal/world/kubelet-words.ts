/** What a kubelet says of what goes wrong, in its own words and containerd's. */
import type { Told } from './cluster-events.ts';
import { containerImage, type Pod } from './pods.ts';
import { usual } from './timing.ts';

export type Said = Omit<Told, 'component' | 'host'>;

const warning = (reason: string, message: string): Said => ({ type: 'Warning', reason, message });
const normal = (reason: string, message: string): Said => ({ type: 'Normal', reason, message });

/** It is tried again and again. */
const lasting = (said: Said, everySeconds = usual.kubeletRetrySeconds): Said => ({ ...said, everySeconds });

export const cannotCreate = 'failed to generate container spec: failed to create containerd container';
export const cannotStart = 'failed to create containerd task: failed to create shim task: OCI runtime create failed';
export const cannotPull = `failed to pull and unpack image "${containerImage}": failed to resolve reference "${containerImage}"`;
export const backsOffPulling = `Back-off pulling image "${containerImage}"`;

const nameOf = ({ name, workload, uid }: Pod): string => `${name}_${workload.namespace}(${uid})`;

export const backsOffRestarting = (pod: Pod, milliseconds: number): string =>
  `back-off ${duration(milliseconds)} restarting failed container=main pod=${nameOf(pod)}`;

/** As Go writes it: 10s, 2m40s, 5m0s. */
const duration = (milliseconds: number): string => {
  const all = Math.round(milliseconds / 1000);
  return all < 60 ? `${all}s` : `${Math.floor(all / 60)}m${all % 60}s`;
};

export const said = {
  started: normal('Started', 'Started container main'),
  stopping: normal('Killing', 'Stopping container main'),
  noSandbox: lasting(
    warning(
      'FailedCreatePodSandBox',
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "localhost/kubernetes/pause": failed to pull image',
    ),
  ),
  notCreated: lasting(warning('Failed', `Error: ${cannotCreate}`)),
  notStarted: warning('Failed', `Error: ${cannotStart}`),
  notPulled: warning('Failed', `Failed to pull image "${containerImage}": ${cannotPull}`),
  pullingBacksOff: normal('BackOff', backsOffPulling),
  restartingBacksOff: (pod: Pod): Said =>
    warning('BackOff', `Back-off restarting failed container main in pod ${nameOf(pod)}`),
  probeTimesOut: lasting(
    warning('Unhealthy', 'Readiness probe failed: Get "http://10.0.0.1:8080/healthz": context deadline exceeded'),
    usual.probePeriodSeconds,
  ),
  probeFindsNobody: lasting(
    warning(
      'Unhealthy',
      'Readiness probe failed: OCI runtime exec failed: exec failed: cannot exec in a stopped container',
    ),
    usual.probePeriodSeconds,
  ),
  notKilled: lasting(
    warning(
      'FailedKillPod',
      'error killing pod: failed to "KillContainer" for "main" with KillContainerError: "rpc error: code = DeadlineExceeded desc = context deadline exceeded"',
    ),
  ),
};
