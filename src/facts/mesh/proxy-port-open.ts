import { judgeSupposedFlow, openingRules, type PolicyWorld, supposePod } from '../../calico/index.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { admitsAnyIdentity, containerPorts, type InboundAccess } from '../../linkerd/index.ts';
import { rememberQuestionsByOwner } from '../../memo/by-owner.ts';
import { pod } from '../workload/workload-pod.ts';

/** A pod and a port of its own. */
interface OwnPort {
  readonly pod: KubernetesObject;
  /** @see podIdentity */
  readonly identity: string;
  readonly port: number;
}

/**
 * Whether policies select a pod and let somebody, whoever it is, connect to a port of it: `by-number` where a rule
 * names that port, `with-all` where every port is open to them.
 */
export const opennessOf = rememberQuestionsByOwner(
  { name: 'openness of ports in a policy world', bound: { entries: 1000, keyLength: 2000 }, key: keyOf },
  (world: PolicyWorld, { pod: own, port }: OwnPort): Openness => {
    const flow = { pod: supposePod(world, own), direction: 'Ingress', protocol: 'TCP', port } as const;
    const peer = { pod: pod('', {}) };
    const { trail, verdict } = judgeSupposedFlow(world, { ...flow, peer, peerKnown: 'nothing' });
    if (verdict === 'deny' || trail.at(-1)?.kind === 'Profile') return 'closed';
    return openingRules(world, flow).some(({ rule }) => rule.destination.ports.length > 0)
      ? 'by-number'
      : 'with-all';
  },
);

/** `closed` also where no policy selects the pod at all. */
export type Openness = 'closed' | 'by-number' | 'with-all';

/** A port may be called by its name, which the pod gives it. */
function keyOf({ identity, pod: { spec }, port }: OwnPort): string {
  const ports = isRecord(spec) ? containerPorts(spec).map(({ name, port: number }) => [name, number]) : [];
  return `${port} ${JSON.stringify(ports)} ${identity}`;
}

/** Whether Linkerd tells the clients of a port apart: neither open to everybody nor to every identity of the mesh. */
export function isRestricted({ grants, policy, server }: InboundAccess): boolean {
  if (!server) return policy === 'deny';
  return !grants.some(({ clients, route }) => route === undefined && admitsAnyIdentity(clients));
}
