import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { StringMap } from '../../kubernetes/object.ts';
import { accountNameLimit } from '../labels/account-labels.ts';
import { inherited, isDroppedFromPods, ownLabel } from '../labels/inherited-labels.ts';
import type { LabelLookup } from '../selector/evaluate.ts';
import type { LabelledNets, PodEndpoint } from './endpoint.ts';
import { valueAt } from './layered-map.ts';
import type { LabelParents } from './world-parts.ts';

/**
 * The labels of a pod as selectors see them: its own, those that Calico sets, and those inherited from its namespace
 * (`pcns.`) and service account (`pcsa.`).
 * Source: Calico libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go;
 * felix/labelindex/label_inheritance_index.go.
 * @param world the labels of namespaces and service accounts, which the pod inherits
 * @returns the value of a label by its name
 * @example
 * const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { env: 'prod' } } };
 * const world = createPolicyWorld([namespace], { mode: 'v3crd' });
 * const labelOf = podLabels(world, { namespace: 'shop', labels: {}, serviceAccount: 'default' });
 * labelOf('pcns.env'); // 'prod'
 * labelOf('projectcalico.org/serviceaccount'); // 'default'
 */
export function podLabels(
  world: LabelParents,
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
export function netsLabels(
  world: Pick<LabelParents, 'namespaces'>,
  { namespace, labels }: LabelledNets,
): LabelLookup {
  if (namespace === undefined) return (key) => ownLabel(labels, key);
  const namespaceLabels = namespaceLabelsOf(world, namespace);
  return (key) => {
    if (key === 'projectcalico.org/namespace') return namespace;
    return ownLabel(labels, key) ?? inherited(namespaceLabels, 'pcns.', namespace, key);
  };
}

function namespaceLabelsOf(world: Pick<LabelParents, 'namespaces'>, namespace: string): StringMap {
  return valueAt(world.namespaces, namespace) ?? namespaceIdentity(namespace).labels;
}
