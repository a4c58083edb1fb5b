import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { nameLabel } from '../../kubernetes/namespace.ts';
import { systemNamespaces } from './compile-convention.ts';
import type { Convention } from './convention.ts';
import { compileNameGlobs } from '../document/name-glob.ts';
import { jointlySelected } from './selector-overlap.ts';

/** Two conventions of the same priority, and a namespace that both would govern. */
export interface Ambiguity {
  readonly first: Convention;
  readonly second: Convention;
  readonly namespace: NamespaceIdentity;
}

/** Every pair of conventions of which nobody could say which one governs a namespace that both select. */
export function findAmbiguities(conventions: readonly Convention[]): Ambiguity[] {
  const byPriority = Map.groupBy(conventions, ({ priority }) => priority);
  return [...byPriority.values()].flatMap((peers) =>
    peers.flatMap((second, index) =>
      peers.slice(0, index).flatMap((first) => {
        const excluded = compileNameGlobs([
          ...systemNamespaces,
          ...first.namespaces.exclude,
          ...second.namespaces.exclude,
        ]);
        const selectors = [first.namespaces.selector, second.namespaces.selector];
        const namespace = jointlySelected(selectors, (name) => !excluded(name));
        return namespace ? [{ first, second, namespace }] : [];
      }),
    ),
  );
}

/** A namespace in words: its name where the labels do not matter, else the labels. */
export function namespaceInWords({ name, labels }: NamespaceIdentity): string {
  const entries = Object.entries(labels).filter(([key]) => key !== nameLabel);
  if (entries.length === 0) return `a namespace such as "${name}"`;
  return `a namespace with the labels ${entries.map(([key, value]) => `${key}=${value}`).join(', ')}`;
}
