import {
  evaluateSelector,
  podLabels,
  policiesSelecting,
  type Policy,
  type PolicyWorld,
} from '../../calico/index.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { namespaceIdentity, type NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { referenceOf, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { nameOf } from '../../facts/object-name.ts';
import { listInWords } from '../../text/list.ts';
import { rememberQuestionsByOwner } from '../../memo/by-owner.ts';
import type { Remark } from '../../facts/finding.ts';
import { limits, lookAt, unknownBeyond } from '../../facts/limits.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext } from '../../facts/subject.ts';
import { isFromJudgedTemplate } from '../../facts/workload/template-owner.ts';
import { needsOf } from '../../facts/label/label-need.ts';
import { slipsOf, type LabelSlip, type PolicyNeed } from '../../facts/label/label-slip.ts';
import { deriveLabelValue } from '../../facts/label/label-value.ts';

/**
 * A pod template misses the policies of its namespace by its labels: by a slip in a key or a value that a policy
 * selects on, or because it has none of the labels by which the namespace's own policies tell its pods apart.
 */
export const selectedKeyMissing = defineRule({
  id: 'label/selected-key-missing',
  title: 'A pod template misses the policies of its namespace by a label',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const { object } = subject;
    const template = podTemplateOf(object);
    const name = object.metadata.namespace ?? 'default';
    // Pods on their node's network are none that policies select.
    if (!template || template.spec.hostNetwork === true || isFromJudgedTemplate(subject, context)) return [];
    const { inventory } = context;
    const namespace = namespaceIdentity(name, inventory.namespace(name));
    const { policies, wanted } = needsIn(inventory.policyWorld, namespace);
    if (wanted.length === 0) return [];
    const labels = labelsAsAdmitted(object, template, context);
    const look = lookAt(limits.labelsOfTemplate, context);
    const slips = slipsOf(wanted, labels, () => labelValuesOf(object, context), look);
    if (slips.length > 0) return slips.map((slip) => remarkOn(template, slip));
    const beyond = unknownBeyond([look], 'whether a label of the pod template is misspelt');
    const labelOf = podLabels(inventory.policyWorld, {
      namespace: name,
      labels: Object.fromEntries(labels),
      serviceAccount: deriveLabelValue({ serviceAccount: {} }, object, template, inventory) ?? 'default',
    });
    if (policies.some((policy) => opens(policy) && selects(policy, labelOf))) return beyond;
    const own = wanted.filter(({ policy }) => policy.namespace === name);
    return [...unlabelled(template, own, labels), ...beyond];
  },
});

/** The policies of a namespace with what each asks of the labels of a pod. */
const needsIn = rememberQuestionsByOwner(
  {
    name: 'label needs of a namespace in a policy world',
    bound: { entries: 1000, keyLength: 2000 },
    key: ({ name }: NamespaceIdentity) => name,
  },
  (
    world: PolicyWorld,
    namespace,
  ): { readonly policies: readonly Policy[]; readonly wanted: readonly PolicyNeed[] } => {
    const policies = policiesSelecting(world, namespace);
    return {
      policies,
      wanted: policies.flatMap((policy) => needsOf(policy.selector).map((need) => ({ ...need, policy }))),
    };
  },
);

/** In files a template counts with the labels that admission will add. */
function labelsAsAdmitted(
  object: KubernetesObject,
  template: PodTemplate,
  { convention, inventory, point }: RuleContext,
): ReadonlyMap<string, string> {
  const labels = new Map(Object.entries(template.labels));
  if (point !== 'ci') return labels;
  for (const { key, value: source } of convention?.labels ?? []) {
    const value = source && deriveLabelValue(source, object, template, inventory);
    if (value !== undefined && !labels.has(key)) labels.set(key, value);
  }
  return labels;
}

/** The labels of the other workloads of the namespace, as `key=value`. */
function labelValuesOf(object: KubernetesObject, { inventory }: RuleContext): ReadonlySet<string> {
  const own = JSON.stringify(referenceOf(object));
  const pairs = new Set<string>();
  for (const workload of inventory.workloads(object.metadata.namespace ?? 'default')) {
    if (JSON.stringify(referenceOf(workload)) === own) continue;
    const labels: StringMap = podTemplateOf(workload)?.labels ?? {};
    for (const [key, value] of Object.entries(labels)) pairs.add(`${key}=${value}`);
  }
  return pairs;
}

function remarkOn({ pointer }: PodTemplate, slip: LabelSlip): Remark {
  const { key, meant, policy, value } = slip;
  const at = `${pointer}/metadata/labels${pointerOf(key)}`;
  const isOwnSelector = key === meant.key;
  return {
    pointer: at,
    message: `the label ${key}=${value} of the pod template misses ${nameOf(policy.reference)}, which selects ${meant.key}=${meant.value}`,
    found: `${key}: ${value}`,
    expected: `${meant.key}: ${meant.value}${isOwnSelector ? '' : `, beside or instead of ${key}`}`,
  };
}

function opens(policy: Policy): boolean {
  return [...policy.ingress, ...policy.egress].some(({ action }) => action === 'Allow');
}

function selects({ selector }: Policy, labelOf: (key: string) => string | undefined): boolean {
  return selector !== undefined && evaluateSelector(selector, labelOf);
}

const either = { last: 'or', most: 5 } as const;

/** The namespace's own policies open it by label, none of them opens anything for this template, and it has no such label. */
function unlabelled(
  { pointer }: PodTemplate,
  wanted: readonly PolicyNeed[],
  labels: ReadonlyMap<string, string>,
): Remark[] {
  const opening = wanted.filter(({ policy }) => opens(policy));
  const keys = [...new Set(opening.map(({ key }) => key))];
  const [first] = opening;
  if (!first || keys.some((key) => labels.has(key))) return [];
  return [
    {
      pointer: `${pointer}/metadata/labels`,
      message: `the pod template has no label ${listInWords(keys, either)}, by which the policies of its namespace open, and none opens anything for it`,
      witness: `${nameOf(first.policy.reference)} selects on ${first.key}`,
      expected: listInWords(
        keys.map((key) => `${key}: <value>`),
        either,
      ),
    },
  ];
}
