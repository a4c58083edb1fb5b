import {
  evaluateSelector,
  podLabels,
  policiesSelecting,
  type Policy,
  type Selector,
} from '../../calico/index.ts';
import { nearMissOf } from '../../conventions/suggestion.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import { referenceOf, stringMap, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { nameOf } from '../object-name.ts';
import type { Finding, Rule, RuleContext } from '../rule.ts';
import { carriesItsOwnersTemplate } from '../template-owner.ts';
import { deriveLabelValue } from './label-source.ts';

/**
 * A pod template misses the policies of its namespace by its labels: by a slip in a key or a value that a policy
 * selects on, or because it has none of the labels by which the namespace's own policies tell its pods apart.
 */
export const selectedKeyMissing: Rule = {
  id: 'label/selected-key-missing',
  title: 'A pod template misses the policies of its namespace by a label',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: ({ object }, context) => {
    const template = podTemplateOf(object);
    const name = object.metadata.namespace ?? 'default';
    if (!template || carriesItsOwnersTemplate(object)) return [];
    const { inventory } = context;
    const namespace = namespaceIdentity(name, inventory.namespace(name));
    const policies = policiesSelecting(inventory.policyWorld, namespace);
    const wanted = policies.flatMap((policy) =>
      requirementsOf(policy.selector).map((requirement) => ({ ...requirement, policy })),
    );
    if (wanted.length === 0) return [];
    const labels = labelsAsAdmitted(object, template, context);
    const slips = slipsOf(wanted, labels, () => labelValuesOf(object, context));
    if (slips.length > 0) return slips.map((slip) => slipFinding(object, template, slip));
    const labelOf = podLabels(inventory.policyWorld, {
      namespace: name,
      labels: Object.fromEntries(labels),
      serviceAccount: deriveLabelValue({ serviceAccount: {} }, object, template, inventory) ?? 'default',
    });
    if (policies.some((policy) => opens(policy) && selects(policy, labelOf))) return [];
    return unlabelled(
      object,
      template,
      wanted.filter(({ policy }) => policy.namespace === name),
      labels,
    );
  },
};

/** A label that a selector asks for: one of some values, or any. */
interface Requirement {
  readonly key: string;
  readonly values?: readonly string[];
}

type PolicyRequirement = Requirement & { readonly policy: Policy };

/** What every pod that a selector matches has among its own labels. */
function requirementsOf(selector: Selector | undefined): readonly Requirement[] {
  switch (selector?.kind) {
    case 'and':
      return selector.operands.flatMap(requirementsOf);
    case 'equals':
      return isOwn(selector.key) ? [{ key: selector.key, values: [selector.value] }] : [];
    case 'in':
      return isOwn(selector.key) ? [{ key: selector.key, values: selector.values }] : [];
    case 'has':
    case 'contains':
    case 'starts-with':
    case 'ends-with':
      return isOwn(selector.key) ? [{ key: selector.key }] : [];
    default:
      return [];
  }
}

/** Labels that Calico, Linkerd or a controller puts on pods are in no template. */
function isOwn(key: string): boolean {
  return (
    !/^(pcns\.|pcsa\.|projectcalico\.org\/|linkerd\.io\/|(apps\.|batch\.|statefulset\.)?kubernetes\.io\/)/.test(
      key,
    ) && !madeByControllers.has(key)
  );
}

const madeByControllers = new Set([
  'pod-template-hash',
  'controller-revision-hash',
  'controller-uid',
  'job-name',
]);

/** In files a template counts with the labels that admission will add. */
function labelsAsAdmitted(
  object: KubernetesObject,
  template: PodTemplate,
  { convention, inventory, point }: RuleContext,
): ReadonlyMap<string, string> {
  const labels = new Map(Object.entries(stringMap(template.metadata.labels)));
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
    const labels: StringMap = stringMap(podTemplateOf(workload)?.metadata.labels);
    for (const [key, value] of Object.entries(labels)) pairs.add(`${key}=${value}`);
  }
  return pairs;
}

/** A label that is probably meant to be another one. */
interface Slip {
  readonly key: string;
  readonly value: string;
  readonly meant: { readonly key: string; readonly value: string };
  readonly policy: Policy;
}

function slipsOf(
  wanted: readonly PolicyRequirement[],
  labels: ReadonlyMap<string, string>,
  others: () => ReadonlySet<string>,
): readonly Slip[] {
  const askedFor = new Map<string, Set<string>>();
  for (const { key, values = [] } of wanted) {
    const known = askedFor.get(key) ?? new Set<string>();
    for (const value of values) known.add(value);
    askedFor.set(key, known);
  }
  const slips = new Map<string, Slip>();
  for (const { key, policy, values } of wanted) {
    const value = labels.get(key);
    const slip =
      value === undefined
        ? slipOfKey(key, values, labels, askedFor)
        : slipOfValue(key, value, values ?? [], askedFor, others);
    if (slip && !slips.has(slip.key)) slips.set(slip.key, { ...slip, policy });
  }
  return [...slips.values()];
}

/** Another key that is nearly this one, that no policy asks for, and whose value is one that the policy wants. */
function slipOfKey(
  key: string,
  values: readonly string[] | undefined,
  labels: ReadonlyMap<string, string>,
  askedFor: ReadonlyMap<string, unknown>,
): Omit<Slip, 'policy'> | undefined {
  const near = nearMissOf(
    key,
    [...labels.keys()].filter((candidate) => !askedFor.has(candidate)),
  );
  const value = near === undefined ? undefined : labels.get(near);
  if (near === undefined || value === undefined || values?.includes(value) === false) return undefined;
  return { key: near, value, meant: { key, value } };
}

/** A value that no policy wants, nearly one that a policy wants and no other workload of the namespace has. */
function slipOfValue(
  key: string,
  value: string,
  values: readonly string[],
  askedFor: ReadonlyMap<string, ReadonlySet<string>>,
  others: () => ReadonlySet<string>,
): Omit<Slip, 'policy'> | undefined {
  if (askedFor.get(key)?.has(value)) return undefined;
  const near = nearMissOf(value, values);
  if (near === undefined || withoutDigits(near) === withoutDigits(value) || others().has(`${key}=${near}`))
    return undefined;
  return { key, value, meant: { key, value: near } };
}

/** `web-1` and `web-2` are two names, not one and its misspelling. */
function withoutDigits(text: string): string {
  return text.replaceAll(/[0-9]+/g, '');
}

function slipFinding(object: KubernetesObject, { pointer }: PodTemplate, slip: Slip): Finding {
  const { key, meant, policy, value } = slip;
  const at = `${pointer}/metadata/labels${pointerOf(key)}`;
  const isOwnSelector = key === meant.key;
  return {
    rule: 'label/selected-key-missing',
    object: referenceOf(object),
    pointer: at,
    message: `${nameOf(object)}: the label ${key}=${value} of the pod template misses ${nameOf(policy.reference)}, which selects ${meant.key}=${meant.value}`,
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

/** The namespace's own policies open it by label, none of them opens anything for this template, and it has no such label. */
function unlabelled(
  object: KubernetesObject,
  { pointer }: PodTemplate,
  wanted: readonly PolicyRequirement[],
  labels: ReadonlyMap<string, string>,
): Finding[] {
  const opening = wanted.filter(({ policy }) => opens(policy));
  const keys = [...new Set(opening.map(({ key }) => key))];
  const [first] = opening;
  if (!first || keys.some((key) => labels.has(key))) return [];
  return [
    {
      rule: 'label/selected-key-missing',
      object: referenceOf(object),
      pointer: `${pointer}/metadata/labels`,
      message: `${nameOf(object)}: the pod template has no label ${keys.slice(0, 5).join(' or ')}, by which the policies of its namespace open, and none opens anything for it`,
      witness: `${nameOf(first.policy.reference)} selects on ${first.key}`,
      expected: keys
        .slice(0, 5)
        .map((key) => `${key}: <value>`)
        .join(' or '),
    },
  ];
}
