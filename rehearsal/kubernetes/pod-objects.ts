/** Pods, as the Kubernetes API shows them (Kubernetes API reference, core/v1 Pod). */
import { digest } from '../digest.ts';
import type { BarePod } from '../world/bare-pods.ts';
import { type Container, containerImage as image, type Pod, templateHashOf } from '../world/pods.ts';
import { kubernetes } from '../world/timing.ts';
import { iso, type KubernetesObject } from './objects.ts';
import { ownerOf, resourcesOf } from './workload-objects.ts';

export const podObject = (pod: Pod): KubernetesObject => {
  const { node, workload, job, deletedAt, bare } = pod;
  if (bare !== undefined) return barePodObject(pod, bare);
  return {
    metadata: {
      name: pod.name,
      namespace: workload.namespace,
      uid: pod.uid,
      creationTimestamp: iso(pod.createdAt),
      // When its grace period is over, not when it was deleted.
      ...(deletedAt === undefined
        ? {}
        : {
            deletionTimestamp: iso(deletedAt + kubernetes.gracePeriodSeconds * 1000),
            deletionGracePeriodSeconds: kubernetes.gracePeriodSeconds,
          }),
      labels: labelsOf(pod),
      ...(Object.keys(workload.annotations).length === 0 ? {} : { annotations: { ...workload.annotations } }),
      ...(workload.isBare ? {} : { ownerReferences: [ownerOf(workload, job)] }),
    },
    spec: {
      ...(node === undefined ? {} : { nodeName: node.name }),
      containers: [{ name: 'main', image, resources: resourcesOf(workload) }],
      ...(workload.toleratesAll ? { tolerations: [{ operator: 'Exists' }] } : {}),
      restartPolicy: job === undefined ? 'Always' : 'OnFailure',
      terminationGracePeriodSeconds: kubernetes.gracePeriodSeconds,
    },
    status: {
      phase: pod.phase,
      conditions: conditionsOf(pod),
      ...(node === undefined ? {} : onNode(pod)),
    },
  };
};

const conditionsOf = (pod: Pod): Record<string, unknown>[] =>
  [...pod.conditions].map(([type, { isTrue, since, reason, message }]) => ({
    type,
    status: isTrue ? 'True' : 'False',
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    lastTransitionTime: iso(since),
  }));

/** As it was put there, with what became of it. */
const barePodObject = (pod: Pod, bare: BarePod): KubernetesObject => {
  const { node, workload, deletedAt } = pod;
  const { terminationGracePeriodSeconds = kubernetes.gracePeriodSeconds } = bare.spec as {
    terminationGracePeriodSeconds?: number;
  };
  return {
    metadata: {
      name: pod.name,
      namespace: workload.namespace,
      uid: pod.uid,
      creationTimestamp: iso(pod.createdAt),
      ...(deletedAt === undefined
        ? {}
        : {
            deletionTimestamp: iso(deletedAt + terminationGracePeriodSeconds * 1000),
            deletionGracePeriodSeconds: terminationGracePeriodSeconds,
          }),
      labels: { ...bare.labels },
      annotations: { ...bare.annotations },
    },
    spec: { restartPolicy: 'Always', ...bare.spec, ...(node === undefined ? {} : { nodeName: node.name }) },
    status: {
      phase: pod.phase,
      ...(pod.isOverdue
        ? { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
        : {}),
      conditions: conditionsOf(pod),
      ...(node === undefined ? {} : { ...onNode(pod), containerStatuses: bareStatuses(pod, bare) }),
    },
  };
};

/** What goes wrong when a pod starts befalls all its containers; the others run beside the first. */
const bareStatuses = (pod: Pod, { spec }: BarePod): Record<string, unknown>[] =>
  spec.containers.map((each, index) => {
    const { state } = pod.container;
    const startedAt = state.is === 'waiting' ? pod.createdAt : state.startedAt;
    const ended: Container['state'] = {
      is: 'terminated',
      reason: 'Completed',
      exitCode: 0,
      startedAt,
      finishedAt: startedAt,
    };
    const ofOther: Container['state'] = pod.othersRun ? { is: 'running', startedAt } : ended;
    const shown = index === 0 || state.is === 'waiting' ? state : ofOther;
    const told = JSON.stringify(stateOf(shown)).replaceAll(image, each.image);
    return {
      ...containerStatus(pod),
      name: each.name,
      image: each.image,
      state: JSON.parse(told),
      started: shown.is === 'running',
      ready: shown.is === 'running',
    };
  });

const labelsOf = ({ workload, job }: Pod): Record<string, string> => {
  const hash = templateHashOf(workload);
  const app = { app: workload.name };
  if (workload.isBare) return app;
  if (job !== undefined) return { ...app, 'batch.kubernetes.io/job-name': job.name, 'job-name': job.name };
  return { ...app, [workload.isDaemonSet ? 'controller-revision-hash' : 'pod-template-hash']: hash };
};

/** What its kubelet reports. */
const onNode = (pod: Pod): Record<string, unknown> => {
  const scheduled = pod.conditions.get('PodScheduled')?.since ?? pod.createdAt;
  const octets = digest('pod-address', pod.uid).hex.match(/../g) ?? [];
  const address = ['10', ...octets.slice(0, 3).map((hex) => String(Number.parseInt(hex, 16)))].join('.');
  return {
    hostIP: pod.node?.address,
    ...(pod.hasSandbox ? { podIP: address, podIPs: [{ ip: address }] } : {}),
    startTime: iso(scheduled),
    containerStatuses: [containerStatus(pod)],
  };
};

const containerStatus = ({ container, uid }: Pod): Record<string, unknown> => {
  const { state, lastState, restartCount, isReady } = container;
  return {
    name: 'main',
    image,
    imageID: '',
    state: stateOf(state),
    lastState: lastState === undefined ? {} : stateOf(lastState),
    ready: isReady,
    started: state.is === 'running',
    restartCount,
    ...(state.is === 'running' || lastState !== undefined
      ? { containerID: `containerd://${digest('container', uid, String(restartCount)).hex}` }
      : {}),
  };
};

const stateOf = (state: Container['state']): Record<string, unknown> => {
  if (state.is === 'waiting') {
    const { reason, message } = state;
    return { waiting: { reason, ...(message === undefined ? {} : { message }) } };
  }
  if (state.is === 'running') return { running: { startedAt: iso(state.startedAt) } };
  const { exitCode, reason, message, startedAt, finishedAt } = state;
  return {
    terminated: {
      exitCode,
      reason,
      ...(message === undefined ? {} : { message }),
      startedAt: iso(startedAt),
      finishedAt: iso(finishedAt),
    },
  };
};
