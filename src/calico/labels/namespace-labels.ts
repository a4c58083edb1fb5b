import type { StringMap } from '../../kubernetes/object.ts';
import type { KnownLabels } from '../selector/resolve.ts';
import { inherited } from './inherited-labels.ts';

/** The namespace that is judged: an incoming one need not be in the world yet. */
export interface NamespaceLike {
  readonly name: string;
  readonly labels: StringMap;
}

/** What a namespace decides of its pods' labels, for some keys. */
export function namespaceLabels(namespace: NamespaceLike, keys: Iterable<string>): KnownLabels {
  const known = new Map<string, string | undefined>([['projectcalico.org/orchestrator', 'k8s']]);
  for (const key of keys) known.set(key, namespaceLabel(namespace, key));
  return known;
}

export function namespaceLabel({ name, labels }: NamespaceLike, key: string): string | undefined {
  return key === 'projectcalico.org/namespace' ? name : inherited(labels, 'pcns.', name, key);
}

/** Whether a label of a pod is decided by its namespace. */
export function isNamespaceKey(key: string): boolean {
  return key.startsWith('pcns.') || key === 'projectcalico.org/namespace';
}
