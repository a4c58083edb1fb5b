import { parseAddress, type Address } from '../../kubernetes/net/address.ts';
import { containsAddress } from '../../kubernetes/net/net.ts';
import { labelsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { record, text } from '../../kubernetes/read.ts';
import { judgeSupposedFlow, openingRules, type SupposedVerdict } from '../flow/supposed-flow.ts';
import { isSupposed, type SupposedPod } from '../flow/supposed-pod.ts';
import { namespaceLabel, isNamespaceKey } from '../labels/namespace-labels.ts';
import type { Peer } from '../policy/policy-rule.ts';
import type { Selector } from '../selector/ast.ts';
import { atomsByKey } from '../selector/atoms.ts';
import { evaluateSelector } from '../selector/evaluate.ts';
import { resolveSelector, type KnownLabels } from '../selector/resolve.ts';
import { podLabels } from '../state/endpoint-labels.ts';
import { readPod } from '../state/endpoint.ts';
import { valueAt } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';

/** Who answers when a pod looks up a name, as far as that is known. */
export interface NameServers {
  /** A pod of the cluster's name server: one that exists, or one with its labels. */
  readonly pod: KubernetesObject;
  /** How much of that pod is right. @see SupposedFlow */
  readonly podKnown: 'template' | 'labels';
  readonly port: number;
  /** Addresses of a cache on every node: where there are any, pods ask it and not the name server. */
  readonly caches: readonly string[];
  /**
   * Addresses of the name server's Services. Policy comes after they are translated, so no pod is ever seen there.
   * Source: Calico felix/rules/static.go: workload chains hang in the filter table's FORWARD, behind kube-proxy's DNAT.
   */
  readonly serviceAddresses: readonly string[];
  /** Other pods of a namespace that say they take look-ups: somebody may ask them instead. */
  readonly others: (namespace: string) => readonly KubernetesObject[];
}

/** The usual port, and that of name servers that may not use it. */
const usualPort = 53;
const namePorts = [usualPort, 5353];

/**
 * Whether a pod can ask the cluster's name server. `unknown` where that is not known, and where a rule opens the port
 * to somebody who may be another name server: then somebody has thought of it. A rule that can only mean this one and
 * misses it, by the namespace, the labels or the address of its Service, opens nothing.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param asking a Pod, which need not be in the world
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const world = createPolicyWorld([{ ...head, metadata, spec: { types: ['Egress'] } }], { mode: 'v3crd' });
 * const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'car', namespace: 'shop' }, spec: {} };
 * const dns = { ...pod, metadata: { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } } };
 * const none = { caches: [], serviceAddresses: [], others: () => [] };
 * judgeNameLookup(world, pod, { pod: dns, podKnown: 'labels', port: 53, ...none }, 'UDP').verdict; // 'deny'
 */
export function judgeNameLookup(
  world: PolicyWorld,
  asking: KubernetesObject | SupposedPod,
  servers: NameServers,
  protocol: 'TCP' | 'UDP',
): SupposedVerdict {
  const flow = { pod: asking, direction: 'Egress', protocol } as const;
  if (servers.caches.length > 0) {
    const verdicts = servers.caches.map((ip) =>
      judgeSupposedFlow(world, { ...flow, peer: { ip }, port: usualPort }),
    );
    const [first] = verdicts;
    return verdicts.find(({ verdict }) => verdict !== 'deny') ?? first ?? { verdict: 'unknown', trail: [] };
  }
  const notAt = servers.serviceAddresses.flatMap((ip) => parseAddress(ip) ?? []);
  const found = judgeSupposedFlow(world, {
    ...flow,
    peer: { pod: servers.pod },
    peerKnown: servers.podKnown,
    peerNotAt: notAt,
    port: servers.port,
  });
  if (found.verdict !== 'deny') return found;
  const isThoughtOf = rulesForNames(world, asking, servers, protocol).some((peer) =>
    mayMeanAnother(peer, world, asking, servers, notAt),
  );
  return isThoughtOf ? { ...found, verdict: 'unknown' } : found;
}

/**
 * Whether any rule lets a pod out to the port of names, whoever answers there.
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const world = createPolicyWorld([{ ...head, metadata, spec: { types: ['Egress'] } }], { mode: 'v3crd' });
 * const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'car', namespace: 'shop' }, spec: {} };
 * opensNames(world, pod, { port: 53 }, 'TCP'); // false
 */
export function opensNames(
  world: PolicyWorld,
  asking: KubernetesObject | SupposedPod,
  servers: Pick<NameServers, 'port'>,
  protocol: 'TCP' | 'UDP',
): boolean {
  return rulesForNames(world, asking, servers, protocol).length > 0;
}

/** Whom the rules mean that open a port of names to a pod. */
function rulesForNames(
  world: PolicyWorld,
  pod: KubernetesObject | SupposedPod,
  { port }: Pick<NameServers, 'port'>,
  protocol: 'TCP' | 'UDP',
): readonly Peer[] {
  return [...new Set([port, ...namePorts])].flatMap((one) =>
    openingRules(world, { pod, direction: 'Egress', protocol, port: one })
      .map(({ rule }) => rule.destination)
      .filter(({ ports }) => ports.length > 0),
  );
}

/** Whether a rule may open the port to another name server than the one that it does not find. */
function mayMeanAnother(
  { nets, selector, service }: Peer,
  world: PolicyWorld,
  asking: KubernetesObject | SupposedPod,
  { others, pod, port }: NameServers,
  notAt: readonly Address[],
): boolean {
  const isTranslated = nets.every((net) => notAt.some((address) => containsAddress(net, address)));
  if (nets.length > 0 && isTranslated) return false;
  if (service) return true;
  // Everybody at the usual port is not enough where the pods have another; at another port it may be another's.
  if (!selector) return nets.length > 0 || port === usualPort;
  const own = isSupposed(asking) ? asking.endpoint.namespace : text(asking.metadata.namespace);
  const home = text(pod.metadata.namespace);
  const isFound = (other: KubernetesObject) => evaluateSelector(selector, podLabels(world, readPod(other)));
  // It means this one, and not the port that its pods have behind the Service.
  if (isFound(pod)) return false;
  if ([own, home].some((namespace) => others(namespace).some(isFound))) return true;
  const isElsewhere = canBeIn(elsewhere, selector, world);
  // It names a namespace: that of the name server with other labels, its own, or another with the very labels.
  if (!isElsewhere && (canBeIn(home, selector, world) || canBeIn(own, selector, world))) return false;
  return !asksForLabelsOf(pod, selector);
}

/** No namespace has this name, so a selector that finds pods in it finds them in any. */
const elsewhere = '';

/** Whether a selector can find pods of a namespace, by all that is known of its labels. */
function canBeIn(namespace: string, selector: Selector, world: PolicyWorld): boolean {
  const labels = valueAt(world.namespaces, namespace);
  const known = new Map<string, string | undefined>([['projectcalico.org/orchestrator', 'k8s']]);
  for (const key of atomsByKey(selector).keys()) {
    if (!isNamespaceKey(key) || (!labels && !derivedOfName.has(key))) continue;
    known.set(key, namespaceLabel({ name: namespace, labels: labels ?? named(namespace) }, key));
  }
  return resolveSelector(selector, known) !== false;
}

const derivedOfName: ReadonlySet<string> = new Set([
  'projectcalico.org/namespace',
  'pcns.projectcalico.org/name',
  'pcns.kubernetes.io/metadata.name',
]);

function named(name: string): Readonly<Record<string, string>> {
  return { 'kubernetes.io/metadata.name': name };
}

/** Whether a selector finds no pod but one with the labels of the name server. */
function asksForLabelsOf(pod: KubernetesObject, selector: Selector): boolean {
  return Object.keys(labelsOf(pod)).some((key) => {
    const absent: KnownLabels = new Map([[key, undefined]]);
    const present: KnownLabels = new Map([[key, labelsOf(pod)[key]]]);
    return resolveSelector(selector, absent) === false && resolveSelector(selector, present) !== false;
  });
}

/**
 * Whether a pod asks the cluster's name server: not on its node's network, and not with servers of its own.
 * @example
 * asksForNames({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { dnsPolicy: 'None' } }); // false
 */
export function asksForNames({ spec }: KubernetesObject): boolean {
  const { hostNetwork, dnsPolicy = 'ClusterFirst' } = record(spec);
  return hostNetwork !== true && dnsPolicy === 'ClusterFirst';
}
