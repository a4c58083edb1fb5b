import { evaluateSelector, maySelectIn, type Direction, type Policy } from '../../calico/index.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { isTerminating, namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { limits, lookAt, type Look } from '../limits.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { policyOf } from './policy-of.ts';
import { labelsOfPods } from './workloads-found.ts';
import { isClusterScoped } from '../../kinds.ts';

/** How far the workloads that a policy governs are looked at. */
export interface GovernedLooks {
  readonly workloads: Look;
  readonly namespaces: Look;
}

export function lookAtGoverned(context: RuleContext): GovernedLooks {
  return {
    workloads: lookAt(limits.workloadsOfChange, context),
    namespaces: lookAt(limits.namespacesOfChange, context),
  };
}

/**
 * The workloads of governed namespaces that a policy selects in a direction, as it was or as it will be; as many as may
 * be looked at, and of each namespace none any more once `isEnough` says so.
 */
export function* governedWorkloads(
  subject: Subject,
  context: RuleContext,
  direction: Direction,
  { namespaces, workloads }: GovernedLooks,
  isEnough: (namespace: string) => boolean = () => false,
): Iterable<KubernetesObject> {
  const { inventory } = context;
  const governing = policiesOf(subject, context).filter(({ types }) => types.includes(direction));
  for (const namespace of governing.length === 0 ? [] : namespacesOf(subject.object, governing, context)) {
    const { name = '' } = namespace.metadata;
    if (!namespaces.more(name)) return;
    for (const workload of inventory.workloads(name)) {
      if (isEnough(name)) break;
      if (!governing.some((policy) => selectsWorkload(policy, workload, inventory))) continue;
      if (!workloads.more(name)) return;
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
  inventory: Inventory,
): boolean {
  const template = podTemplateOf(workload);
  if (!selector || !template) return false;
  return evaluateSelector(selector, labelsOfPods(template, workload.metadata.namespace ?? '', inventory));
}

/** The governed namespaces of which policies can select pods. */
function* namespacesOf(
  { kind, metadata }: KubernetesObject,
  policies: readonly Policy[],
  { inventory, conventions }: RuleContext,
): Iterable<KubernetesObject> {
  const tests = policies.map((policy) => maySelectIn(policy));
  for (const namespace of isClusterScoped(kind)
    ? inventory.namespaces()
    : ownNamespace(metadata, inventory)) {
    const identity = namespaceIdentity(namespace.metadata.name ?? '', namespace);
    if (isTerminating(namespace) || !tests.some((reaches) => reaches(identity))) continue;
    if (conventions.governing(identity)) yield namespace;
  }
}

function ownNamespace(metadata: KubernetesObject['metadata'], inventory: Inventory): KubernetesObject[] {
  const namespace = metadata.namespace === undefined ? undefined : inventory.namespace(metadata.namespace);
  return namespace ? [namespace] : [];
}
