import {
  type Direction,
  eachAtom,
  literalsOf,
  type Policy,
  type PolicyWorld,
  type Selector,
} from '../../calico/index.ts';
import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { nameOf } from '../object-name.ts';

/**
 * Where no policy selects a namespace and one of the cluster names it in its namespaceSelector: which one, the
 * condition that fails, and what to write. `name == "shop"` is the usual one, by a label that nothing sets.
 * Source: calico#2199; Kubernetes pkg/apis/core/v1/defaults.go, SetDefaults_Namespace.
 */
export function policyMeant(
  world: PolicyWorld,
  { name, labels }: NamespaceIdentity,
  direction: Direction,
): string | undefined {
  for (const policy of world.policies) {
    const written = policy.written.namespaceSelector;
    if (policy.namespace !== undefined || policy.staged || !written.includes(name)) continue;
    if (policy.problems.length > 0 || !policy.types.includes(direction) || !policy.selector) continue;
    const key = failingKey(policy, name, labels);
    if (key === undefined) continue;
    const there = labels[key];
    const found =
      there === undefined ? `has no label "${key}"` : `has the label "${key}" with value "${there}"`;
    const instead = written.replaceAll(key, 'kubernetes.io/metadata.name');
    return `${nameOf(policy.reference)} with namespaceSelector: ${instead} (namespace "${name}" ${found})`;
  }
  return undefined;
}

/** The label that a policy compares with the namespace's name, and that does not have this value. */
function failingKey(
  { selector }: Policy,
  name: string,
  labels: NamespaceIdentity['labels'],
): string | undefined {
  let found: string | undefined;
  eachAtom(selector as Selector, (atom) => {
    const isPositive = atom.kind === 'equals' || atom.kind === 'in';
    const values = isPositive ? literalsOf(atom) : [];
    const key = atom.key.replace(/^pcns\./, '');
    if (key === atom.key || !values.includes(name) || labels[key] === name) return;
    if (key !== 'projectcalico.org/name') found ??= key;
  });
  return found;
}
