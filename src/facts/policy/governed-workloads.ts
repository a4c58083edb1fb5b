import { evaluateSelector, podLabels, type Direction, type Policy } from '../../calico/index.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { isTerminating, namespaceIdentity } from '../../kubernetes/namespace.ts';
import { type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { policyOf } from './policy-of.ts';
import { isClusterScoped } from '../../kinds.ts';

/** Workloads that are looked at for one change of a policy. */
const maximumWorkloads = 40;
/** Namespaces that are searched for them. */
const maximumNamespaces = 200;

/**
 * The workloads of governed namespaces that a policy selects in a direction, as it was or as it will be; only so many
 * of them, and of each namespace none any more once `isEnough` says so.
 */
export function* governedWorkloads(
  subject: Subject,
  context: RuleContext,
  direction: Direction,
  isEnough: (namespace: string) => boolean = () => false,
): Iterable<KubernetesObject> {
  const { inventory } = context;
  const governing = policiesOf(subject, context).filter(({ types }) => types.includes(direction));
  let left = maximumWorkloads;
  for (const namespace of governing.length === 0 ? [] : reachOf(subject.object, context)) {
    const { name = '' } = namespace.metadata;
    for (const workload of inventory.workloads(name)) {
      if (left === 0) return;
      if (isEnough(name)) break;
      if (!governing.some((policy) => selectsWorkload(policy, workload, inventory))) continue;
      left--;
      yield workload;
    }
  }
}

/** A policy as it will be and as it was, as far as there is one. */
export function policiesOf(subject: Subject, context: RuleContext): readonly Policy[] {
  const [after, before] = [context, { ...context, inventory: context.before }].map((then) =>
    policyOf(subject, then),
  );
  return [after, before].filter((policy) => policy !== undefined);
}

/** Whether a policy selects the pods of a workload. */
export function selectsWorkload(
  { selector }: Policy,
  workload: KubernetesObject,
  { policyWorld }: Inventory,
): boolean {
  const template = podTemplateOf(workload);
  if (!selector || !template) return false;
  const { serviceAccountName } = template.spec;
  const labels = podLabels(policyWorld, {
    namespace: workload.metadata.namespace ?? '',
    labels: template.labels,
    serviceAccount: typeof serviceAccountName === 'string' ? serviceAccountName : 'default',
  });
  return evaluateSelector(selector, labels);
}

/** The governed namespaces that a policy can reach. */
function reachOf(
  { kind, metadata }: KubernetesObject,
  { inventory, conventions }: RuleContext,
): readonly KubernetesObject[] {
  const found: KubernetesObject[] = [];
  for (const namespace of isClusterScoped(kind)
    ? inventory.namespaces()
    : ownNamespace(metadata, inventory)) {
    if (found.length === maximumNamespaces) break;
    const isGoverned = conventions.governing(namespaceIdentity(namespace.metadata.name ?? '', namespace));
    if (isGoverned && !isTerminating(namespace)) found.push(namespace);
  }
  return found;
}

function ownNamespace(metadata: KubernetesObject['metadata'], inventory: Inventory): KubernetesObject[] {
  const namespace = metadata.namespace === undefined ? undefined : inventory.namespace(metadata.namespace);
  return namespace ? [namespace] : [];
}
