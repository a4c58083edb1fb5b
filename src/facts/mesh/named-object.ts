import type { Inventory } from '../../inventory/inventory.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { record, text } from '../../kubernetes/read.ts';
import { aThirdWrong, nearestWord, oneSlipInName } from '../../text/nearest-word.ts';
import type { RuleContext } from '../subject.ts';
import { mayMakeService } from '../workload/operator-made.ts';
import { isWhole } from './mesh-policies.ts';

/** An object that another one refers to: there, known to be missing, or unknown. */
export type NamedObject =
  | { readonly is: 'there'; readonly object: KubernetesObject }
  | { readonly is: 'missing'; readonly meant?: string }
  | { readonly is: 'unknown' };

interface Reference {
  readonly kind: 'Service' | 'EgressNetwork';
  readonly namespace: string;
  readonly name: string;
}

/**
 * Looks for a Service or an EgressNetwork. A cluster is seen whole; of files it is only known what they do not hold of
 * a namespace where they hold its like at all, and what an operator or Linkerd's service mirror may make is not missing.
 */
export function namedObject(reference: Reference, { inventory, point }: RuleContext): NamedObject {
  const { kind, name, namespace } = reference;
  const known: string[] = [];
  for (const object of likesOf(kind, namespace, inventory)) {
    if (object.metadata.name === name) return { is: 'there', object };
    known.push(object.metadata.name ?? '');
  }
  if (!isWhole(inventory) || mayBeElsewhere(reference, known, inventory, point === 'ci'))
    return { is: 'unknown' };
  const meant = nearestWord(name, known, oneSlipInName) ?? nearestWord(name, known, aThirdWrong);
  return { is: 'missing', ...(meant === undefined ? {} : { meant }) };
}

function* likesOf(
  kind: Reference['kind'],
  namespace: string,
  inventory: Inventory,
): Iterable<KubernetesObject> {
  if (kind === 'Service') yield* inventory.services(namespace);
  else for (const policy of inventory.meshPolicies(namespace)) if (policy.kind === kind) yield policy;
}

function mayBeElsewhere(
  { kind, name, namespace }: Reference,
  known: readonly string[],
  inventory: Inventory,
  isFiles: boolean,
): boolean {
  if (!isFiles) return false;
  if (known.length === 0) return true;
  return kind === 'Service' && (mayBeMirrored(name, inventory) || mayMakeService(name, namespace, inventory));
}

/**
 * The service mirror makes `name-federated`, and `name-cluster` for each Link.
 * Source: Linkerd multicluster/service-mirror/cluster_watcher.go, federatedServiceName and mirrorServiceName.
 */
function mayBeMirrored(name: string, { others }: Inventory): boolean {
  if (name.endsWith('-federated')) return true;
  for (const { kind, spec } of others('linkerd-multicluster')) {
    const cluster = text(record(spec).targetClusterName);
    if (kind === 'Link' && cluster !== '' && name.endsWith(`-${cluster}`)) return true;
  }
  return false;
}
