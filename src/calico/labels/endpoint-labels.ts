import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { StringMap } from '../../kubernetes/object.ts';
import type { LabelLookup } from '../selector/evaluate.ts';
import type { LabelledNets, PodEndpoint } from '../state/endpoint.ts';
import { valueAt } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';

/** A service account of this many characters or more gives its pods no label of its name. */
export const accountNameLimit = 63;

/**
 * Whether a label is one of those that Calico drops from pods, so that none passes itself off as a pod of another
 * namespace or service account. Network sets and host endpoints keep theirs, and there they shadow inherited ones.
 * Source: Calico libcalico-go/lib/backend/syncersv1/updateprocessors, workloadendpointprocessor.go
 * (convertWorkloadEndpointV2ToV1Value) against networksetprocessor.go, globalnetworksetprocessor.go and
 * hostendpointprocessor.go, which copy all labels.
 */
export function isDroppedFromPods(key: string): boolean {
  return key.startsWith('pcns.') || key.startsWith('pcsa.');
}

/**
 * The labels of a pod as selectors see them: its own, those that Calico sets, and those inherited from its namespace
 * (`pcns.`) and service account (`pcsa.`).
 * Source: Calico libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go;
 * felix/labelindex/label_inheritance_index.go.
 */
export function podLabels(
  world: PolicyWorld,
  pod: Pick<PodEndpoint, 'namespace' | 'labels' | 'serviceAccount' | 'inherited'>,
): LabelLookup {
  const namespaceLabels = namespaceLabelsOf(world, pod.namespace);
  const accountLabels = valueAt(world.serviceAccounts, pod.namespace)?.get(pod.serviceAccount) ?? {};
  return (key) => {
    switch (key) {
      case 'projectcalico.org/namespace':
        return pod.namespace;
      case 'projectcalico.org/orchestrator':
        return 'k8s';
      case 'projectcalico.org/serviceaccount':
        return pod.serviceAccount.length < accountNameLimit ? pod.serviceAccount : undefined;
      default:
        if (!isDroppedFromPods(key)) return ownLabel(pod.labels, key);
        return (
          inherited(namespaceLabels, 'pcns.', pod.namespace, key) ??
          inherited(accountLabels, 'pcsa.', pod.serviceAccount, key) ??
          ownLabel(pod.inherited ?? {}, key)
        );
    }
  };
}

/** The labels of a network set or host endpoint as selectors see them. */
export function netsLabels(world: PolicyWorld, { namespace, labels }: LabelledNets): LabelLookup {
  if (namespace === undefined) return (key) => ownLabel(labels, key);
  const namespaceLabels = namespaceLabelsOf(world, namespace);
  return (key) => {
    if (key === 'projectcalico.org/namespace') return namespace;
    return ownLabel(labels, key) ?? inherited(namespaceLabels, 'pcns.', namespace, key);
  };
}

function namespaceLabelsOf(world: PolicyWorld, namespace: string): StringMap {
  return valueAt(world.namespaces, namespace) ?? namespaceIdentity(namespace).labels;
}

export function ownLabel(labels: StringMap, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** What an endpoint inherits from a parent; the parent's name is a label too and hides a real label of that key. */
export function inherited(
  labels: StringMap,
  prefix: string,
  parent: string,
  key: string,
): string | undefined {
  if (!key.startsWith(prefix)) return undefined;
  const own = key.slice(prefix.length);
  return own === 'projectcalico.org/name' ? parent : ownLabel(labels, own);
}
