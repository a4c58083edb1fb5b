import { judgeSupposedFlow } from '../../calico/index.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { admitsAnyIdentity, type InboundAccess } from '../../linkerd/index.ts';
import { oncePerWorld } from '../once.ts';
import { pod } from '../workload-pod.ts';

/** A pod and a port of its own. */
interface OwnPort {
  readonly pod: KubernetesObject;
  readonly port: number;
}

/** Whether policies select a pod and let somebody, whoever it is, connect to a port of it. */
export const isOpenToPeers = oncePerWorld(
  ({ pod: { metadata, spec }, port }: OwnPort) => {
    const { containers, serviceAccount, serviceAccountName } = isRecord(spec) ? spec : {};
    const ports = Array.isArray(containers)
      ? containers.map((item) => (isRecord(item) ? item.ports : null))
      : [];
    return JSON.stringify([
      metadata.namespace,
      serviceAccountName,
      serviceAccount,
      metadata.labels,
      port,
      ports,
    ]);
  },
  (world, { pod: own, port }) => {
    const { trail, verdict } = judgeSupposedFlow(world, {
      pod: own,
      direction: 'Ingress',
      peer: { pod: pod('', {}) },
      peerKnown: 'nothing',
      protocol: 'TCP',
      port,
    });
    return verdict !== 'deny' && trail.at(-1)?.kind !== 'Profile';
  },
);

/** Whether Linkerd tells the clients of a port apart: neither open to everybody nor to every identity of the mesh. */
export function isRestricted({ grants, policy, server }: InboundAccess): boolean {
  if (!server) return policy === 'deny';
  return !grants.some(({ clients, route }) => route === undefined && admitsAnyIdentity(clients));
}
