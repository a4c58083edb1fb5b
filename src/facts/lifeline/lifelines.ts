import type { ConventionSet } from '../../conventions/convention-set.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { StringMap } from '../../kubernetes/object.ts';
import { isTerminating } from '../../kubernetes/namespace.ts';
import { type FlowPeer, kubeDns, type NameServer, type ProxyFlow } from '../../linkerd/index.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';
import { controlPlaneOf } from '../mesh/control-plane-pods.ts';
import { nameServersOf } from '../policy/name-servers.ts';
import { podWithLabels } from '../workload/pod-with-labels.ts';
import { backends } from './backends.ts';
import { fromApiServer, fromNodes, fromPods, type Lifeline, toApiServer, type Way } from './lifeline.ts';

/**
 * What the cluster lives on, in the namespaces that are asked for, whether a convention governs them or not: only what
 * exists, so that nothing is said of what other files may hold.
 * @param isAsked whether anything of a namespace is wanted
 */
export function* lifelines(
  inventory: Inventory,
  { conventions }: Pick<ConventionSet, 'conventions'>,
  isAsked: (namespace: string) => boolean,
): Iterable<Lifeline> {
  const isWanted = (name: string) => {
    const namespace = inventory.namespace(name);
    return isAsked(name) && !(namespace && isTerminating(namespace));
  };
  for (const server of nameServers(conventions))
    if (isWanted(server.namespace)) yield* nameServerLine(server, inventory);
  const told = new Set<string>();
  for (const line of backends(inventory, isWanted)) {
    told.add(keyOf(line));
    yield line;
  }
  for (const line of [...controlPlanes(inventory, conventions, isWanted), ...components(inventory, isWanted)])
    if (!told.has(keyOf(line))) yield line;
}

/** A component may be told of by the API that it serves. */
function keyOf({ namespace, pod }: Lifeline): string {
  return `${namespace}/${pod.metadata.name ?? ''}`;
}

type Conventions = ConventionSet['conventions'];

/** By the conventions in force, of which there may be a hundred that mostly say the same; never stale. */
const nameServers = rememberByOwner(
  { name: 'name servers of all conventions' },
  (conventions: Conventions): readonly NameServer[] => {
    const stated = conventions.map(({ nameServer }) => nameServer);
    const all = stated.length > 0 ? stated : [kubeDns];
    return [...new Map(all.map((server) => [JSON.stringify(server), server])).values()];
  },
);

function nameServerLine(server: NameServer, inventory: Inventory): readonly Lifeline[] {
  const { namespace, podLabels, port } = server;
  const pod = podWithLabels(namespace, podLabels, inventory);
  if (!pod) return [];
  // Where a cache answers on every node, that one asks.
  const from = nameServersOf(server, inventory).caches.length > 0 ? fromNodes : fromPods;
  return [
    {
      what: 'the name server',
      pod,
      namespace,
      ways: [from('UDP', port), { ...from('TCP', port), minor: true }, toApiServer],
      whatBreaks: 'no pod of the cluster can look up names',
      vital: true,
    },
  ];
}

/** What every proxy asks of Linkerd's control plane, at the gate of that. */
function* controlPlanes(
  inventory: Inventory,
  conventions: Conventions,
  isWanted: (namespace: string) => boolean,
): Iterable<Lifeline> {
  for (const { asked, peer } of askedOfControlPlanes(conventions)) {
    const { description, namespace = '', podLabels = {} } = peer;
    const pod = isWanted(namespace) ? podWithLabels(namespace, podLabels, inventory) : undefined;
    if (!pod) continue;
    const ways = asked.map(({ port = 0, protocol }) => fromPods(protocol, port));
    const [first] = asked;
    const whatBreaks = first?.whatBreaks ?? '';
    yield { what: description, pod, namespace, ways: [...ways, toApiServer], whatBreaks, vital: false };
  }
}

/** Each part of each control plane once, as the first convention that names it has it; never stale. */
const askedOfControlPlanes = rememberByOwner(
  { name: 'control planes of all conventions' },
  (conventions: Conventions) => {
    const found = new Map<string, { readonly peer: FlowPeer; readonly asked: readonly ProxyFlow[] }>();
    for (const convention of conventions) {
      const flows = (controlPlaneOf(convention)?.flows ?? []).filter(({ id }) => id !== 'E1');
      for (const [peer, asked] of Map.groupBy(flows, (flow) => flow.peer)) {
        const key = `${peer.namespace ?? ''} ${peer.description}`;
        if (!found.has(key)) found.set(key, { peer, asked });
      }
    }
    return [...found.values()];
  },
);

interface Component extends Pick<Lifeline, 'what' | 'whatBreaks'> {
  readonly namespaces: readonly string[];
  readonly labels: StringMap;
  readonly ways: readonly Way[];
}

/**
 * What has no webhook and may have no APIService among the objects.
 * Sources: tigera/operator pkg/render/typha.go and apiserver.go, Calico manifests/calico-typha.yaml; metrics-server
 * manifests/base.
 */
const known: readonly Component[] = [
  {
    what: 'Typha',
    namespaces: ['calico-system', 'kube-system'],
    labels: { 'k8s-app': 'calico-typha' },
    ways: [fromNodes('TCP', 5473), toApiServer],
    whatBreaks: 'no node hears of changed policies and pods',
  },
  {
    what: "Calico's API server",
    namespaces: ['calico-apiserver', 'calico-system'],
    labels: { 'k8s-app': 'calico-apiserver' },
    ways: [fromApiServer(5443), toApiServer],
    whatBreaks: 'nobody can read or change policies of projectcalico.org',
  },
  {
    what: 'metrics-server',
    namespaces: ['kube-system'],
    labels: { 'k8s-app': 'metrics-server' },
    ways: [fromApiServer(10_250, 4443)],
    whatBreaks: 'nothing is scaled by its load',
  },
];

function* components(inventory: Inventory, isWanted: (namespace: string) => boolean): Iterable<Lifeline> {
  for (const { labels, namespaces, ...component } of known) {
    for (const namespace of namespaces.filter(isWanted)) {
      const pod = podWithLabels(namespace, labels, inventory);
      if (pod) yield { ...component, pod, namespace, vital: false };
    }
  }
}
