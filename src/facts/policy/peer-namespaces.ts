import type { Peer, Selector } from '../../calico/index.ts';

/** Where the pods of a peer can be: anywhere and outside of the cluster too, in these namespaces, or nobody can tell. */
export type PeerPlace = 'anywhere' | 'unknown' | readonly string[];

/** Where the pods are that a rule names as its peer, as far as it calls their namespaces by name. */
export function placeOf(peer: Peer): PeerPlace {
  const { nets, notNets, notSelector, selector, service } = peer;
  if (service || notSelector) return 'unknown';
  if (selector) return namesOfNamespaces(selector) ?? 'unknown';
  return nets.length === 0 && notNets.length === 0 ? 'anywhere' : 'unknown';
}

const nameKeys = new Set([
  'projectcalico.org/namespace',
  'pcns.kubernetes.io/metadata.name',
  'pcns.projectcalico.org/name',
]);

/** The namespaces that a selector calls by name, where it finds endpoints of no others; undefined where it names none. */
export function namesOfNamespaces(selector: Selector): readonly string[] | undefined {
  if (selector.kind === 'equals') return nameKeys.has(selector.key) ? [selector.value] : undefined;
  if (selector.kind === 'in') return nameKeys.has(selector.key) ? selector.values : undefined;
  if (selector.kind !== 'and') return undefined;
  for (const operand of selector.operands) {
    const names = namesOfNamespaces(operand);
    if (names) return names;
  }
  return undefined;
}
