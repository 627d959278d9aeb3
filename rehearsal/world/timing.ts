/**
 * The numbers the world plays by. Those that AWS documents carry the page; the others are usual values, so that a
 * rollout takes about as long as people report.
 */

/** EKS user guide, managed node group update behavior. */
export const documented = {
  /** A node has this long to boot and join, from when the group was made larger. */
  joinLimitSeconds: 15 * 60,
  /** Pods have this long to leave a node, unless the update is forced. */
  evictionLimitSeconds: 15 * 60,
  /** Between the cordon of a drained node and its termination. */
  afterCordonSeconds: 60,
  /** EC2 user guide, spot-instance-termination-notices. */
  spotNoticeSeconds: 120,
  /** Both forms of maxUnavailable are capped. */
  mostUnavailable: 100,

  /** An instance refresh that cannot go on tries for so long (EC2 Auto Scaling user guide, instance-refresh-overview). */
  refreshProgressLimitSeconds: 3600,
  /** It replaces instances for no longer than this (the same page, limitations). */
  refreshLimitSeconds: 14 * 24 * 3600,
  /** A lifecycle hook holds an instance for no longer than the smaller of these (lifecycle-hooks, considerations). */
  longestWaitSeconds: 48 * 3600,
  mostHeartbeats: 100,
};

/** Defaults of Kubernetes. */
export const kubernetes = {
  /**
   * A container that failed is restarted at once, then after this long, then after twice as long each time, up to the
   * longest; a run of the last length makes all good (Kubernetes, pod lifecycle, how pods handle problems with containers).
   */
  firstBackOffSeconds: 10,
  longestBackOffSeconds: 300,
  backOffResetSeconds: 600,
  /** A container that does not end by itself is killed after this long (pod lifecycle, termination of pods). */
  gracePeriodSeconds: 30,
  /** kube-apiserver, --event-ttl. */
  eventLifeSeconds: 3600,
  /** CronJob, successfulJobsHistoryLimit. */
  finishedJobsKept: 3,
};

export const usual = {
  /** Cluster Autoscaler, --scale-down-unneeded-time: a node is not taken before. */
  unneededSeconds: 600,
  /** Systems Manager says yes, and looks at the image afterwards. */
  imageValidationSeconds: 10,
  /** EKS copies the launch template and points the Auto Scaling group to it. */
  updateSetUpSeconds: 60,
  /** How often EKS looks at what it waits for. */
  eksPollSeconds: 15,
  /** How often Auto Scaling looks at what an instance refresh waits for. */
  refreshPollSeconds: 15,
  instanceRunningSeconds: 15,
  /** Auto Scaling gives EC2 some minutes to make an instance pass its status checks again. */
  impairedUntilReplacedSeconds: 300,
  /** From launch to Ready, where a release does not say otherwise. */
  nodeReadySeconds: 90,
  /** A node is known to the cluster this long before it is Ready. */
  nodeJoinsBeforeReadySeconds: 20,
  /** From the request to terminate until the instance and its node are gone. */
  instanceTerminationSeconds: 45,
  evictionRetrySeconds: 5,
  podTerminationSeconds: 15,
  podStartSeconds: 20,
  /** A container that is to fail while it runs runs for so long first. */
  podFailsSeconds: 30,
  /** A container that crashes whenever it starts runs for so long. */
  podCrashesSeconds: 5,
  /** A container that will end sooner is never ready. */
  containerReadyAfterSeconds: 10,
  /** A pod of a Job runs for so long, where a scenario does not say otherwise. */
  podRunSeconds: 300,
  /** A container of a pod without a controller runs for so long, if its command does not say. */
  barePodRunSeconds: 45,
  /** How often a kubelet tries what it could not do, unless it backs off. */
  kubeletRetrySeconds: 14,
  /** Probes, by default of Kubernetes. */
  probePeriodSeconds: 10,
  /** A pod that fits nowhere is looked at again. */
  schedulingRetrySeconds: 300,
  /** From a change of a parameter, or an execution's end, until its event is delivered. */
  eventDeliverySeconds: 1,
  nodeGroupDeletionSeconds: 180,
};
