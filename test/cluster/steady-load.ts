import type { ControlPlane } from './control-plane.ts';
import { until } from './until.ts';
import { denyAll, named, namespace, workload } from './objects.ts';

/** What became of the writes of a while, each of which the gate must have seen. */
export interface LoadReport {
  /** Refused, or changed, as the gate should. */
  readonly enforced: number;
  /** Accepted as if there were no gate. */
  readonly unenforced: number;
  /** Neither: the message of each, such as that nobody answers. */
  readonly failed: readonly string[];
  /** Of those that failed: when they were answered, in milliseconds since the load began, and after how long. */
  readonly failures: readonly Failure[];
  /** The longest wait for an answer of those that did not fail, in milliseconds. */
  readonly slowest: number;
}

interface Failure {
  readonly at: number;
  readonly took: number;
}

type Write = () => Promise<'enforced' | 'unenforced' | { readonly failed: string }>;

export interface SteadyLoad {
  /** Milliseconds since it began. */
  elapsed(): number;
  /** Resolves when so many more writes have been answered. */
  writes(count: number): Promise<void>;
  /** Ends the load; resolves with what became of it. */
  stop(): Promise<LoadReport>;
}

/** Makes what the load writes to: a namespace that is covered. */
export const loadTarget: readonly object[] = [denyAll('harbour', named('harbour')), namespace('harbour')];

/**
 * Writes without a pause, as dry runs over several connections: namespaces that nobody covers, which must be refused,
 * and Deployments without an annotation, which must get one.
 */
export function startSteadyLoad({ api }: ControlPlane, clients = 2): SteadyLoad {
  const report = {
    enforced: 0,
    unenforced: 0,
    failed: [] as string[],
    failures: [] as Failure[],
    slowest: 0,
  };
  const begun = performance.now();
  const ending = new AbortController();
  const createNamespace: Write = async () => {
    const { status, body } = await api.call('POST', '/api/v1/namespaces?dryRun=All', namespace('uncovered'));
    if (status === 403 && body.message?.includes('gate/default-deny-missing')) return 'enforced';
    return status === 201 ? 'unenforced' : { failed: `${status}: ${body.message}` };
  };
  const createDeployment: Write = async () => {
    const path = '/apis/apps/v1/namespaces/harbour/deployments?dryRun=All';
    const { status, body } = await api.call('POST', path, workload('Deployment', 'harbour', 'ship'));
    const { template } = (body['spec'] ?? {}) as { template?: { metadata: { annotations?: object } } };
    const isMeshed = Object.hasOwn(template?.metadata.annotations ?? {}, 'linkerd.io/inject');
    if (status === 201) return isMeshed ? 'enforced' : 'unenforced';
    return { failed: `${status}: ${body.message}` };
  };
  const client = async (write: Write) => {
    while (!ending.signal.aborted) {
      const asked = performance.now();
      const outcome = await write();
      const took = Math.round(performance.now() - asked);
      if (typeof outcome === 'object') {
        report.failed.push(outcome.failed);
        report.failures.push({ at: Math.round(performance.now() - begun), took });
      } else {
        report[outcome]++;
        report.slowest = Math.max(report.slowest, took);
      }
    }
  };
  const ended = Promise.all(
    Array.from({ length: clients }, (_, index) =>
      client(index % 2 === 0 ? createNamespace : createDeployment),
    ),
  );
  const answered = () => report.enforced + report.unenforced + report.failed.length;
  return {
    elapsed: () => Math.round(performance.now() - begun),
    writes: async (count) => {
      const end = answered() + count;
      await until(`${count} writes`, () => answered() >= end);
    },
    stop: async () => {
      ending.abort();
      await ended;
      return report;
    },
  };
}
