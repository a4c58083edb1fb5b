import type { LabelConvention } from '../../conventions/convention/convention.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { selectsLabels } from '../../kubernetes/label-selector.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { customWorkloadOf } from '../../workloads/custom/find-custom.ts';
import { foreignOwnerOf, isForeignAccount } from '../../workloads/generated.ts';
import { isFromJudgedTemplate } from '../../facts/workload/template-owner.ts';
import { deriveLabelValue, describeLabelSource, valueObstacle } from '../../facts/label/label-value.ts';
import { ownSelector } from '../../facts/workload/own-selector.ts';

/** A pod template lacks a label that the convention wants there, because policies select on it. */
export const requiredMissing = defineRule({
  id: 'label/required-missing',
  title: 'A pod template lacks a label that the convention wants on every workload',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  mutates: 'templates',
  readsInventory: true,
  check: (subject, context) => {
    const { object } = subject;
    const template = podTemplateOf(object);
    if (!template || !context.convention || isFromJudgedTemplate(subject, context)) return [];
    if (isAnOperatorsOwn(subject)) return [];
    const labels = template.labels;
    return context.convention.labels
      .filter(({ key }) => !Object.hasOwn(labels, key) || labels[key] === '')
      .flatMap((wanted) => remarkOn(wanted, object, template, context) ?? []);
  },
});

/**
 * Whether nobody but an operator can set the labels of the template: one compares them, and makes the pods anew for
 * each that is added. Anybody may write such an owner, so it counts only where a kind that is known to make pods owns
 * the object, and where an account of another namespace sends it, as operators do.
 * Source: postgres-operator pkg/cluster/cluster.go, compareStatefulSetWith.
 */
function isAnOperatorsOwn({ object, operation, user }: Subject): boolean {
  const owner = foreignOwnerOf(object);
  if (!owner || !customWorkloadOf(owner)) return false;
  return operation === 'STATE' || isForeignAccount(user?.username, object.metadata.namespace);
}

const mutationAdds = { admission: 'deny', ci: 'warn', audit: 'warn' } as const;

function remarkOn(
  wanted: LabelConvention,
  object: KubernetesObject,
  template: PodTemplate,
  { inventory }: RuleContext,
): Remark | undefined {
  const { key, value: source, required } = wanted;
  const value = source && deriveLabelValue(source, object, template, inventory);
  const obstacle = value === undefined ? obstacleOfNone(wanted) : obstacleOf(wanted, value, object, template);
  if (obstacle !== undefined && !required) return undefined;
  const pointer = template.pointer + pointerOf('metadata', 'labels', key);
  const finding: Remark = {
    pointer,
    message: `the pod template has no label ${key}`,
    expected: `${key}: ${obstacle === undefined && value !== undefined ? value : exampleFor(wanted)} at ${template.pointer}/metadata/labels`,
    // Where a value was found, admission adds the label to templates, so CI would refuse what the cluster takes. Nothing
    // adds it to a pod.
    ...(obstacle === undefined && !foreignOwnerOf(object)
      ? { fix: [{ pointer, value }], ...(object.kind === 'Pod' ? {} : { defaultAction: mutationAdds }) }
      : { witness: obstacle ?? "the object is another controller's, which would undo what is added" }),
    ...(required ? {} : { advisory: true as const }),
  };
  return finding;
}

function obstacleOfNone({ value: source }: LabelConvention): string {
  return source
    ? `no value was found in ${describeLabelSource(source)}`
    : 'the convention names no source for its value';
}

/** Why a derived value can't be put there; undefined where it can. */
function obstacleOf(
  wanted: LabelConvention,
  value: string,
  object: KubernetesObject,
  template: PodTemplate,
): string | undefined {
  const refused = valueObstacle(wanted, value);
  if (refused !== undefined) return `the value found ${refused}`;
  if (leavesOwnSelector(wanted.key, value, object, template))
    return `the workload's own selector excludes pods with ${wanted.key}=${value}`;
  return undefined;
}

/** A label must never take pods out of the selector of their own workload, which is immutable. */
function leavesOwnSelector(
  key: string,
  value: string,
  object: KubernetesObject,
  template: PodTemplate,
): boolean {
  const selector = ownSelector(object);
  if (!selector) return false;
  const labels = template.labels;
  return selectsLabels(selector, labels) && !selectsLabels(selector, { ...labels, [key]: value });
}

function exampleFor({ allowed }: LabelConvention): string {
  return allowed && allowed.length > 0 ? `<one of ${allowed.join(', ')}>` : '<value>';
}
