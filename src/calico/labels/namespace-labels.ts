import type { StringMap } from '../../kubernetes/object.ts';
import type { KnownLabels } from '../selector/resolve.ts';
import { inherited } from './inherited-labels.ts';

/** The namespace that is judged: an incoming one need not be in the world yet. */
export interface NamespaceLike {
  readonly name: string;
  readonly labels: StringMap;
  /** Keys of labels that none of its pods has, where something sees to that; none by default. */
  readonly absent?: readonly string[];
}

/** What a namespace decides of its pods' labels, for some keys, and what is known to be absent. */
export function namespaceLabels(namespace: NamespaceLike, keys: Iterable<string>): KnownLabels {
  const known = new Map<string, string | undefined>([['projectcalico.org/orchestrator', 'k8s']]);
  for (const key of keys) known.set(key, namespaceLabel(namespace, key));
  for (const key of namespace.absent ?? []) if (!known.has(key)) known.set(key, undefined);
  return known;
}

export function namespaceLabel({ name, labels }: NamespaceLike, key: string): string | undefined {
  return key === 'projectcalico.org/namespace' ? name : inherited(labels, 'pcns.', name, key);
}

/** Whether a label of a pod is decided by its namespace. */
export function isNamespaceKey(key: string): boolean {
  return key.startsWith('pcns.') || key === 'projectcalico.org/namespace';
}
