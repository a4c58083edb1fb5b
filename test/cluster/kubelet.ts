import { setTimeout as pause } from 'node:timers/promises';
import type { ApiClient, ApiObject } from './api-client.ts';

/** What runs in the place of a pod's containers. */
export interface PodProcess {
  /** Whether its readiness probe would succeed now. */
  ready(): Promise<boolean>;
  /** Whether it has ended by itself, so that it is to be started again. */
  ended(): boolean;
  /** SIGTERM, then SIGKILL after the grace period; resolves when it has ended. */
  stop(graceSeconds: number): Promise<unknown>;
}

export interface KubeletOptions {
  readonly api: ApiClient;
  /** Its pods are run, no others. */
  readonly namespace: string;
  /** Addresses for pods; a pod waits while all are taken. */
  readonly addresses: readonly string[];
  /** Starts a pod's process, which listens on the address. */
  run(pod: Pod, address: string): Promise<PodProcess>;
}

export interface Kubelet {
  /** Ends every process, without telling the API server, and resolves when they have ended. */
  stop(): Promise<void>;
  /** Calls and processes that failed, oldest first; a restart of the API server shows here too. */
  readonly errors: readonly unknown[];
}

/** What is read of a Pod. */
export interface Pod extends ApiObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly terminationGracePeriodSeconds?: number;
    readonly containers: readonly {
      readonly name: string;
      readonly image: string;
      readonly args?: readonly string[];
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
    }[];
  };
}

interface RunningPod {
  readonly address: string;
  readonly startTime: string;
  process?: PodProcess;
  restarts: number;
  ready: boolean;
  ending: boolean;
}

/**
 * Scheduler and kubelet for one namespace, as far as a Service and a roll-out need them: binds pods to a node, runs a
 * process for each, starts it again when it ends by itself, reports readiness, and deletes a terminating pod when its
 * process has ended. Endpoints stay empty
 * for a pod that is not bound to a node that exists, and a bound pod stays until somebody deletes it with grace 0.
 */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { api, namespace, addresses } = options;
  const errors: unknown[] = [];
  const pods = new Map<string, RunningPod>();
  const pathOf = (pod: Pod): string => `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}`;

  const bind = (pod: Pod) => {
    const target = { apiVersion: 'v1', kind: 'Node', name: 'local' };
    const metadata = { name: pod.metadata.name };
    return api.call('POST', `${pathOf(pod)}/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata,
      target,
    });
  };
  const remove = (pod: Pod) =>
    api.call('DELETE', pathOf(pod), {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      preconditions: { uid: pod.metadata.uid },
    });
  const report = (pod: Pod, own: RunningPod) => {
    const type = 'application/strategic-merge-patch+json';
    return api.call('PATCH', `${pathOf(pod)}/status`, { status: statusOf(pod, own) }, type);
  };
  const start = async (pod: Pod): Promise<void> => {
    const address = addresses.find((one) => ![...pods.values()].some((own) => own.address === one));
    if (address === undefined) return;
    const startTime = new Date().toISOString();
    const own: RunningPod = { address, startTime, restarts: 0, ready: false, ending: false };
    pods.set(pod.metadata.uid, own);
    own.process = await options.run(pod, address);
    await report(pod, own);
  };
  const end = async (pod: Pod, own: RunningPod): Promise<void> => {
    own.ending = true;
    await own.process?.stop(pod.spec.terminationGracePeriodSeconds ?? 30);
    pods.delete(pod.metadata.uid);
    await remove(pod);
  };
  const restart = async (pod: Pod, own: RunningPod): Promise<void> => {
    delete own.process;
    own.ready = false;
    own.restarts++;
    await report(pod, own);
    // Not awaited: the other pods are not to wait for it.
    options
      .run(pod, own.address)
      .then((process) => {
        own.process = process;
      })
      .catch((error: unknown) => errors.push(error));
  };
  const probe = async (pod: Pod, own: RunningPod): Promise<void> => {
    const ready = (await own.process?.ready()) ?? false;
    if (ready === own.ready) return;
    own.ready = ready;
    await report(pod, own);
  };
  const see = async (pod: Pod): Promise<unknown> => {
    const own = pods.get(pod.metadata.uid);
    const terminating = pod.metadata.deletionTimestamp !== undefined;
    if (pod.spec.nodeName === undefined) return terminating ? undefined : bind(pod);
    if (!own) return terminating ? remove(pod) : start(pod);
    if (!terminating) return own.process?.ended() ? restart(pod, own) : probe(pod, own);
    // Not awaited: a process may take its grace period, and the other pods are not to wait for it.
    if (!own.ending) end(pod, own).catch((error: unknown) => errors.push(error));
    return undefined;
  };

  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'local' } };
  await api.call('POST', '/api/v1/nodes', node);
  const stopping = new AbortController();
  const rounds = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const found = (await api.list(`/api/v1/namespaces/${namespace}/pods`)) as readonly Pod[];
        for (const pod of found) await see(pod);
      } catch (error) {
        errors.push(error);
      }
      await pause(50, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    errors,
    stop: async () => {
      stopping.abort();
      await rounds;
      await Promise.all([...pods.values()].map(async (own) => own.process?.stop(2)));
    },
  };
}

function statusOf(pod: Pod, { address, ready, restarts, startTime }: RunningPod): object {
  const condition = (type: string, holds: boolean) => ({ type, status: holds ? 'True' : 'False' });
  return {
    phase: 'Running',
    podIP: address,
    podIPs: [{ ip: address }],
    hostIP: '10.77.0.1',
    startTime,
    conditions: [
      condition('PodScheduled', true),
      condition('Initialized', true),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ],
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: image,
      ready,
      started: true,
      restartCount: restarts,
      state: { running: { startedAt: startTime } },
    })),
  };
}
