/**
 * What the kubelets of a cluster do with the pods on their nodes: start containers, restart what ends, stop what is deleted,
 * each as far as the AMI of the node lets them (Kubernetes, pod lifecycle).
 */
import type { ClusterEvents } from './cluster-events.ts';
import {
  backsOffPulling,
  backsOffRestarting,
  cannotCreate,
  cannotPull,
  cannotStart,
  type Said,
  said,
} from './kubelet-words.ts';
import { PodCourse } from './pod-course.ts';
import { failureOf, type PodFailure } from './pod-failures.ts';
import type { Pod, Terminated } from './pods.ts';
import { kubernetes, usual } from './timing.ts';
import type { World } from './world.ts';

/** How a run of a container ends by itself. */
interface End {
  at: number;
  how: 'completes' | 'crashes' | 'hangs';
}

const seconds = (count: number): number => count * 1000;

export class Kubelet {
  readonly #world: World;
  readonly #events: ClusterEvents;
  /** The container of a Job's pod has ended well. */
  readonly #onCompleted: (pod: Pod, at: number) => void;
  readonly #courses = new WeakMap<Pod, PodCourse>();
  /** Nothing befell anything before the rehearsal began. */
  readonly #beganAt: number;

  constructor(world: World, events: ClusterEvents, onCompleted: (pod: Pod, at: number) => void) {
    this.#world = world;
    this.#events = events;
    this.#onCompleted = onCompleted;
    this.#beganAt = world.clock.now;
  }

  /** A pod was put on its node. If that was in the past, all that has happened since happens now. */
  admit(pod: Pod, at: number): void {
    pod.note(at);
    this.#limit(pod, at);
    this.#courseOf(pod).plan(at + seconds(usual.podStartSeconds), (begins) => this.#begin(pod, begins));
    this.#goOn(pod);
  }

  /** Their node is heard of again. */
  onNodeReady(pods: readonly Pod[]): void {
    const { now } = this.#world.clock;
    for (const pod of pods) {
      pod.isOnLostNode = false;
      pod.note(now);
      const course = this.#courseOf(pod);
      if (!course.isHeldUp || pod.isTerminating) continue;
      course.isHeldUp = false;
      this.#begin(pod, now);
      this.#goOn(pod);
    }
  }

  /** A container that has run ever since restarted so often in truth, the last time not long ago. */
  rememberRestarts(pod: Pod, often: number): void {
    const restarts = Math.floor(often);
    const { state } = pod.container;
    if (restarts === 0 || state.is !== 'running') return;
    const { now } = this.#world.clock;
    const once = (now - state.startedAt) / often;
    const finishedAt = Math.floor(now - once * this.#world.chanceOf('last restart', pod.uid));
    const startedAt = Math.floor(finishedAt - once);
    this.#courseOf(pod).starts = restarts;
    pod.container.lastState = { is: 'terminated', reason: 'Error', exitCode: 1, startedAt, finishedAt };
    this.#unready(pod, finishedAt);
    this.#run(pod, finishedAt);
    this.#goOn(pod);
  }

  /** Its container ends with an error. */
  crash(pod: Pod): void {
    const { state } = pod.container;
    if (state.is !== 'running') return;
    this.#end(pod, 'crashes', state.startedAt, this.#world.clock.now);
    this.#goOn(pod);
  }

  /** Ends its container, if it can be ended. */
  stop(pod: Pod, onStopped: () => void): void {
    const { clock } = this.#world;
    const course = this.#courseOf(pod);
    const isRunning = pod.container.state.is === 'running' || pod.othersRun;
    course.stop();
    this.#events.settle(pod, clock.now);
    pod.note(clock.now);
    if (isRunning) this.#tell(pod, clock.now, said.stopping);
    if (isRunning && this.#fails(pod, 'stop', clock.now) !== undefined) {
      // Its process may be dead by then; the runtime does not learn of it (awslabs/amazon-eks-ami, issue 563).
      course.plan(clock.now + seconds(kubernetes.gracePeriodSeconds), (at) => {
        this.#unready(pod, at);
        this.#tell(pod, at, said.notKilled);
      });
      this.#goOn(pod);
      return;
    }
    const after = course.isHung || pod.othersRun ? kubernetes.gracePeriodSeconds : usual.podTerminationSeconds;
    clock.after(seconds(after), onStopped);
  }

  /** Ends a pod that may run for so long only (Kubernetes, Jobs, activeDeadlineSeconds, which a Pod has as well). */
  #limit(pod: Pod, at: number): void {
    const { activeDeadlineSeconds } = pod.bare?.spec ?? {};
    if (activeDeadlineSeconds === undefined) return;
    this.#world.clock.at(at + seconds(activeDeadlineSeconds), () => {
      if (pod.isGone || pod.isTerminating || pod.hasEnded) return;
      this.stop(pod, () => {
        pod.othersRun = false;
        pod.isOverdue = true;
        pod.container.isReady = false;
        pod.note(this.#world.clock.now);
      });
    });
  }

  #courseOf(pod: Pod): PodCourse {
    const course = this.#courses.get(pod) ?? new PodCourse();
    this.#courses.set(pod, course);
    return course;
  }

  #goOn(pod: Pod): void {
    this.#courseOf(pod).goOn(this.#world.clock, () => pod.isGone);
  }

  #begin(pod: Pod, at: number): void {
    const course = this.#courseOf(pod);
    if (pod.node?.isReady !== true) {
      course.isHeldUp = true;
      return;
    }
    course.cannotStart = this.#fails(pod, 'start', at);
    this.#start(pod, at);
  }

  #start(pod: Pod, at: number): void {
    const how = this.#courseOf(pod).cannotStart;
    pod.hasSandbox = how !== 'FailedCreatePodSandBox';
    if (how === 'FailedCreatePodSandBox') this.#failSandbox(pod, at);
    else if (how === 'CreateContainerError') this.#failCreating(pod, at);
    else if (how === 'ImagePullBackOff') this.#failPulling(pod, at);
    else if (how === 'CrashLoopBackOff') this.#failStarting(pod, at);
    else this.#run(pod, at);
  }

  /** The pod stays as it is; only events tell (awslabs/amazon-eks-ami, issue 2061). */
  #failSandbox(pod: Pod, at: number): void {
    pod.note(at);
    this.#tell(pod, at, said.noSandbox);
  }

  #failCreating(pod: Pod, at: number): void {
    this.#wait(pod, 'CreateContainerError', cannotCreate, at);
    this.#tell(pod, at, said.notCreated);
  }

  /** Between tries the kubelet backs off as for crashes (Kubernetes, images, ImagePullBackOff). */
  #failPulling(pod: Pod, at: number): void {
    const course = this.#courseOf(pod);
    const atOnce = seconds(kubernetes.firstBackOffSeconds);
    this.#wait(pod, 'ErrImagePull', cannotPull, at);
    this.#tell(pod, at, said.notPulled);
    course.plan(at + atOnce, (from) => {
      this.#wait(pod, 'ImagePullBackOff', backsOffPulling, from);
      this.#tell(pod, from, said.pullingBacksOff);
      course.plan(from + Math.max(course.backOffAfter(0), atOnce), (again) => this.#failPulling(pod, again));
    });
  }

  /** The runtime creates the container and cannot start its process (awslabs/amazon-eks-ami, issue 2165). */
  #failStarting(pod: Pod, at: number): void {
    this.#countStart(pod);
    this.#tell(pod, at, said.notStarted);
    const ended = { reason: 'StartError', exitCode: 128, message: cannotStart, startedAt: 0, finishedAt: at };
    this.#restartAfter(pod, { is: 'terminated', ...ended });
  }

  #run(pod: Pod, at: number): void {
    this.#countStart(pod);
    const end = this.#endOf(pod, at);
    pod.container.state = { is: 'running', startedAt: at };
    pod.container.isReady = end === undefined || end.at - at >= seconds(usual.containerReadyAfterSeconds);
    pod.note(at);
    this.#tell(pod, at, said.started);
    this.#runOthers(pod, at);
    if (end !== undefined) this.#courseOf(pod).plan(end.at, (ends) => this.#end(pod, end.how, at, ends));
  }

  #runOthers(pod: Pod, at: number): void {
    const { othersRunSeconds } = pod.bare ?? {};
    if (othersRunSeconds === undefined) return;
    pod.othersRun = true;
    if (!Number.isFinite(othersRunSeconds)) return;
    this.#world.clock.at(at + seconds(othersRunSeconds), () => {
      if (pod.isGone || pod.isTerminating) return;
      pod.othersRun = false;
      pod.note(this.#world.clock.now);
    });
  }

  /** What first ends a run that starts at some moment. */
  #endOf(pod: Pod, startedAt: number): End | undefined {
    const { runSeconds } = pod.workload;
    const course = this.#courseOf(pod);
    const ends: End[] = [];
    const soon = startedAt + seconds(usual.podCrashesSeconds);
    if (course.cannotStart === 'Hung') ends.push({ at: soon, how: 'hangs' });
    if (pod.sickness === 'crashing') ends.push({ at: soon, how: 'crashes' });
    const failure = this.#failure(pod, 'run');
    if (failure !== undefined) {
      const first = Math.max(startedAt, this.#beganAt) + seconds(usual.podFailsSeconds);
      const at = Math.max(course.starts === 1 ? first : soon, failure.from);
      ends.push({ at, how: failure.how === 'Hung' ? 'hangs' : 'crashes' });
    }
    if (runSeconds !== undefined) ends.push({ at: startedAt + seconds(runSeconds), how: 'completes' });
    return ends.sort((a, b) => a.at - b.at)[0];
  }

  #end(pod: Pod, how: End['how'], startedAt: number, at: number): void {
    const course = this.#courseOf(pod);
    if (how === 'hangs') {
      course.isHung = true;
      this.#unready(pod, at);
      this.#tell(pod, at, said.probeTimesOut);
    } else if (this.#fails(pod, 'exit', at) !== undefined) {
      // containerd takes it for running (awslabs/amazon-eks-ami, issue 1933). Pods of Jobs are usually not probed.
      course.stop();
      if (pod.job !== undefined || pod.bare !== undefined) return;
      this.#unready(pod, at);
      this.#tell(pod, at, said.probeFindsNobody);
    } else if (how === 'crashes') {
      const failure = this.#fails(pod, 'run', at);
      // It cannot be made again.
      if (failure === 'ImagePullBackOff' || failure === 'CreateContainerError') course.cannotStart = failure;
      this.#restartAfter(pod, { is: 'terminated', reason: 'Error', exitCode: 1, startedAt, finishedAt: at });
    } else {
      this.#complete(pod, { is: 'terminated', reason: 'Completed', exitCode: 0, startedAt, finishedAt: at });
    }
  }

  #complete(pod: Pod, ended: Terminated): void {
    this.#events.settle(pod, ended.finishedAt);
    pod.container.state = ended;
    this.#unready(pod, ended.finishedAt);
    this.#onCompleted(pod, ended.finishedAt);
  }

  #unready(pod: Pod, at: number): void {
    pod.container.isReady = false;
    pod.note(at);
  }

  #restartAfter(pod: Pod, ended: Terminated): void {
    const { finishedAt, startedAt } = ended;
    if (pod.bare?.spec.restartPolicy === 'Never') {
      this.#complete(pod, ended);
      return;
    }
    const course = this.#courseOf(pod);
    const delay = course.backOffAfter(startedAt === 0 ? 0 : finishedAt - startedAt);
    pod.container.lastState = ended;
    this.#unready(pod, finishedAt);
    if (delay > 0) {
      this.#wait(pod, 'CrashLoopBackOff', backsOffRestarting(pod, delay), finishedAt);
      this.#tell(pod, finishedAt, said.restartingBacksOff(pod));
    }
    course.plan(finishedAt + delay, (at) => this.#start(pod, at));
  }

  #countStart(pod: Pod): void {
    const course = this.#courseOf(pod);
    pod.container.restartCount = course.starts;
    course.starts += 1;
  }

  #wait(pod: Pod, reason: string, message: string, at: number): void {
    pod.container.state = { is: 'waiting', reason, message };
    this.#unready(pod, at);
  }

  #tell(pod: Pod, at: number, what: Said): void {
    this.#events.settle(pod, at);
    this.#events.tell(pod.asInvolved, { ...what, component: 'kubelet', host: pod.node?.name }, at);
  }

  /** What befalls a pod at some moment; undefined: nothing, or nothing yet. */
  #fails(pod: Pod, fail: PodFailure['fail'], at: number): PodFailure['how'] | undefined {
    const failure = this.#failure(pod, fail);
    return failure !== undefined && failure.from <= at ? failure.how : undefined;
  }

  #failure(pod: Pod, fail: PodFailure['fail']): { how: PodFailure['how']; from: number } | undefined {
    const { node } = pod;
    if (node === undefined) return undefined;
    const { imageId } = node.instance.image;
    const chanceOf = (nth: number) => this.#world.chanceOf('pod failure', imageId, String(nth), pod.uid);
    const failure = failureOf(pod, node, fail, chanceOf);
    return failure && { ...failure, from: Math.max(failure.from, this.#beganAt) };
  }
}
