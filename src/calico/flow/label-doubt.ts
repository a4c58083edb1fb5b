import { isDroppedFromPods } from '../labels/inherited-labels.ts';
import type { Selector } from '../selector/ast.ts';
import { atomsByKey } from '../selector/atoms.ts';
import { evaluateSelector } from '../selector/evaluate.ts';
import { resolveSelector } from '../selector/resolve.ts';
import { netsLabels, podLabels } from '../state/endpoint-labels.ts';
import type { PodEndpoint } from '../state/endpoint.ts';
import { valueAt, valuesOf } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';

/**
 * How much of a peer Pod is right: everything but what no template tells; its labels, while it may have others; or
 * nothing, because all that is known is what it is there for. A `host` is no pod but the node it is on, or the pod of
 * the tunnel by which nodes are reached: a rule for the pods of any other namespace does not find it.
 */
export type PeerKnown = 'template' | 'labels' | 'nothing' | 'host';

const names = new Set([
  'projectcalico.org/namespace',
  'projectcalico.org/orchestrator',
  'pcns.kubernetes.io/metadata.name',
  'pcns.projectcalico.org/name',
]);

/**
 * Whether a selector asks for labels of a pod that are not known: those of a namespace or service account that the world
 * does not hold, and what nobody has written down.
 */
export function labelDoubt(
  world: PolicyWorld,
  there: PodEndpoint,
  known: PeerKnown,
): (selector: Selector) => boolean {
  if (known === 'nothing') return () => true;
  if (known === 'host') return (selector) => mayFindHost(world, there, selector);
  const knowsNamespace = valueAt(world.namespaces, there.namespace) !== undefined;
  const knowsAccount =
    known === 'template' &&
    valueAt(world.serviceAccounts, there.namespace)?.has(there.serviceAccount) === true;
  const isKnown = (key: string) => {
    if (names.has(key)) return true;
    if (key.startsWith('pcns.')) return knowsNamespace;
    if (key.startsWith('pcsa.')) return knowsAccount || key === 'pcsa.projectcalico.org/name';
    return known === 'template' || Object.hasOwn(there.labels, key);
  };
  const labelOf = podLabels(world, there);
  return (selector) => {
    const keys = [...atomsByKey(selector).keys()];
    if (keys.every(isKnown)) return false;
    // What is known can be enough: a pod of another namespace, whatever else it is labelled.
    const known = keys.filter(isKnown).map((key) => [key, labelOf(key)] as const);
    return typeof resolveSelector(selector, new Map(known)) !== 'boolean';
  };
}

/**
 * Whether a selector may find a node, by its host endpoint or a network set around it, or a pod of the namespace in which
 * the tunnel of the API server ends (konnectivity). Nodes have none of the labels that pods have of their namespace.
 */
function mayFindHost(world: PolicyWorld, there: PodEndpoint, selector: Selector): boolean {
  const keys = [...atomsByKey(selector).keys()];
  const derived = keys.filter((key) => names.has(key) || isDroppedFromPods(key));
  const onHost = new Map(derived.map((key) => [key, undefined] as const));
  if (resolveSelector(selector, onHost) !== false) return true;
  const labelOf = podLabels(world, there);
  const knowsNamespace = valueAt(world.namespaces, there.namespace) !== undefined;
  const isKnown = (key: string) => names.has(key) || (knowsNamespace && key.startsWith('pcns.'));
  const inTunnel = new Map(keys.filter(isKnown).map((key) => [key, labelOf(key)] as const));
  if (resolveSelector(selector, inTunnel) !== false) return true;
  return Array.from(valuesOf(world.labelledNets)).some((set) =>
    evaluateSelector(selector, netsLabels(world, set)),
  );
}
