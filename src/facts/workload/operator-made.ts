import type { Inventory } from '../../inventory/inventory.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { aThirdWrong, nearestWord, oneSlipInName } from '../../text/nearest-word.ts';
import { customWorkloadOf } from '../../workloads/custom/find-custom.ts';

/**
 * Whether an operator may make a service account: a custom resource of the namespace is there, and the name is not a
 * misspelt one of an account that is known.
 */
export function mayMakeAccount(name: string, namespace: string, inventory: Inventory): boolean {
  return mayBeMade(
    name,
    namespace,
    inventory,
    (resource) => accountsOf(resource),
    () => Array.from(inventory.serviceAccounts(namespace), ({ metadata }) => metadata.name ?? ''),
  );
}

/** Whether an operator may make a Service: as for service accounts, and no custom resource is known to say its name. */
export function mayMakeService(name: string, namespace: string, inventory: Inventory): boolean {
  return mayBeMade(
    name,
    namespace,
    inventory,
    () => [],
    () => Array.from(inventory.services(namespace), ({ metadata }) => metadata.name ?? ''),
  );
}

/** Whether an operator may make pods with a label of this value, where workloads have others. */
export function mayLabelPods(
  { key, known, value }: { readonly key: string; readonly value: string; readonly known: readonly string[] },
  namespace: string,
  inventory: Inventory,
): boolean {
  return mayBeMade(
    value,
    namespace,
    inventory,
    (resource) => labelOf(resource, key),
    () => known,
  );
}

/** Whether a word is so near to a known one that it is a misspelt one rather than somebody else's. */
export function isSlip(word: string, known: readonly string[]): boolean {
  return (
    nearestWord(word, known, oneSlipInName) !== undefined ||
    (word.length > 4 && nearestWord(word, known, aThirdWrong) !== undefined)
  );
}

function mayBeMade(
  word: string,
  namespace: string,
  { others }: Inventory,
  makes: (resource: KubernetesObject) => readonly string[],
  known: () => readonly string[],
): boolean {
  const made: string[] = [];
  let isAny = false;
  for (const resource of others(namespace)) {
    if (resource.kind === 'LimitRange') continue;
    isAny = true;
    made.push(...makes(resource));
  }
  return isAny && (made.includes(word) || !isSlip(word, [...made, ...known()]));
}

function accountsOf(resource: KubernetesObject): readonly string[] {
  return (customWorkloadOf(resource)?.accounts ?? []).map((pattern) => named(pattern, resource));
}

function labelOf(resource: KubernetesObject, key: string): readonly string[] {
  const labels = customWorkloadOf(resource)?.labels ?? {};
  const patterns = Object.hasOwn(labels, key) ? [labels[key] ?? []].flat() : [];
  return patterns.map((pattern) => named(pattern, resource));
}

function named(pattern: string, { metadata }: KubernetesObject): string {
  return pattern.replace('{name}', () => metadata.name ?? '');
}
