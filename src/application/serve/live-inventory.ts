import type { Logger } from 'pino';
import type { ApiConnection } from '../../cluster/connection/api-connection.ts';
import { connectFromPod } from '../../cluster/connection/pod-connection.ts';
import type { Schedule } from '../../cluster/pace/schedule.ts';
import { createClusterView, type ClusterView } from '../../cluster/view.ts';
import type { CalicoStatement } from '../../inventory/calico-in-force.ts';
import type { InventoryStore } from '../../inventory/inventory-store.ts';
import type { Environment } from '../../settings.ts';
import { calicoRemarks, followCalico } from './calico.ts';
import type { LinkerdInForce } from './linkerd.ts';

/** Keeps the store in step with a live cluster. */
export function createLiveInventory(
  store: InventoryStore,
  {
    connection,
    schedule,
    stated,
    linkerd,
    onChange,
  }: {
    readonly connection: ApiConnection;
    readonly schedule: Schedule;
    /** What the conventions say of Calico. */
    readonly stated: () => CalicoStatement;
    readonly linkerd: LinkerdInForce;
    readonly onChange: () => void;
  },
  log: Logger,
): ClusterView {
  return createClusterView({
    connection,
    schedule,
    linkerdNamespaces: linkerd.namespaces,
    statedMode: () => stated().mode,
    onChange: (change) => {
      store.apply(change);
      linkerd.apply(change);
      onChange();
    },
    onCalico: (decision) => {
      const calico = followCalico(decision, stated);
      log.info({ api: decision.api, ...calico() }, 'Calico is served as');
      for (const remark of calicoRemarks(decision, stated())) log.warn(remark);
      store.setCalico(calico);
      onChange();
    },
    onGaps: (gaps) => {
      store.setGaps(gaps);
      for (const gap of gaps) log.warn(gap, 'a part of the picture is missing');
      onChange();
    },
  });
}

/** The cluster of a kubeconfig file, or of the pod. Only who names a file loads the library that reads it. */
export async function connectTo(
  kubeconfig: string | undefined,
  environment: Environment,
): Promise<ApiConnection> {
  const userAgent = 'tollgate';
  if (kubeconfig !== undefined) {
    const { connect } = await import('../../cluster/connection.ts');
    return connect({ kubeconfig, userAgent });
  }
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  return connectFromPod({ host, port, userAgent, now: () => performance.now() });
}
