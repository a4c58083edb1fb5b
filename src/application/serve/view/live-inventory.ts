import type { Logger } from 'pino';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import { createClusterView, type ClusterView } from '../../../cluster/view/cluster-view.ts';
import type { CalicoStatement } from '../../../inventory/calico-in-force.ts';
import type { InventoryStore } from '../../../inventory/inventory-store.ts';
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { calicoRemarks, followCalico } from './calico.ts';
import type { LinkerdInForce } from '../conventions/linkerd-in-force.ts';

/** Keeps the store in step with a live cluster. */
export function createLiveInventory(
  store: InventoryStore,
  {
    connection,
    schedule,
    stated,
    linkerd,
    onChange,
    onGone,
  }: {
    readonly connection: ApiConnection;
    readonly schedule: Schedule;
    /** What the conventions say of Calico. */
    readonly stated: () => CalicoStatement;
    readonly linkerd: LinkerdInForce;
    readonly onChange: () => void;
    readonly onGone: (object: KubernetesObject) => void;
  },
  log: Logger,
): ClusterView {
  return createClusterView({
    connection,
    schedule,
    linkerdNamespaces: linkerd.namespaces,
    statedMode: () => stated().mode,
    onChange: (change) => {
      for (const object of store.apply(change)) onGone(object);
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
