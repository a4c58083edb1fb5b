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
}

export interface SteadyLoad {
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
  const report = { enforced: 0, unenforced: 0, failed: [] as string[] };
  const ending = new AbortController();
  const createNamespace = async () => {
    const { status, body } = await api.call('POST', '/api/v1/namespaces?dryRun=All', namespace('uncovered'));
    if (status === 403 && body.message?.includes('gate/default-deny-missing')) report.enforced++;
    else if (status === 201) report.unenforced++;
    else report.failed.push(`${status}: ${body.message}`);
  };
  const createDeployment = async () => {
    const path = '/apis/apps/v1/namespaces/harbour/deployments?dryRun=All';
    const { status, body } = await api.call('POST', path, workload('Deployment', 'harbour', 'ship'));
    const { template } = (body['spec'] ?? {}) as { template?: { metadata: { annotations?: object } } };
    const isMeshed = Object.hasOwn(template?.metadata.annotations ?? {}, 'linkerd.io/inject');
    if (status === 201 && isMeshed) report.enforced++;
    else if (status === 201) report.unenforced++;
    else report.failed.push(`${status}: ${body.message}`);
  };
  const client = async (write: () => Promise<void>) => {
    while (!ending.signal.aborted) await write();
  };
  const ended = Promise.all(
    Array.from({ length: clients }, (_, index) =>
      client(index % 2 === 0 ? createNamespace : createDeployment),
    ),
  );
  const answered = () => report.enforced + report.unenforced + report.failed.length;
  return {
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
