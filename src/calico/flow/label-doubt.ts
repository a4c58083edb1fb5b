import { atomsByKey } from '../selector/atoms.ts';
import type { Selector } from '../selector/ast.ts';
import type { PodEndpoint } from '../state/endpoint.ts';
import { valueAt } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';

/** How much of a pod is right: everything but what no template tells; its labels, while it may have others; nothing. */
export type Known = 'template' | 'labels' | 'nothing';

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
  known: Known,
): (selector: Selector) => boolean {
  if (known === 'nothing') return () => true;
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
  return (selector) => [...atomsByKey(selector).keys()].some((key) => !isKnown(key));
}
