import {
  askedOfPods,
  isLimitedToPods,
  netsFoundBy,
  type NetsFound,
  type Peer,
  type Policy,
  type Selector,
} from '../../calico/index.ts';
import { directions } from '../../kubernetes/direction.ts';
import type { Remark } from '../../facts/finding.ts';
import { needsOf } from '../../facts/label/label-need.ts';
import { limits, lookAt } from '../../facts/limits.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { namesOfNamespaces } from '../../facts/policy/peer-namespaces.ts';
import { isSlip } from '../../facts/label/value-slip.ts';
import { nameOf } from '../../facts/object-name.ts';
import { labelsAskedBy } from '../../facts/policy/asked-labels.ts';
import { ruleInWords, rulePointer } from '../../facts/policy/policy-in-words.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import {
  arePodsKnown,
  isEmpty,
  workloadsFoundBy,
  type WorkloadFound,
} from '../../facts/policy/workloads-found.ts';
import type { RuleContext } from '../../facts/subject.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A rule finds nobody by its selector, and what carries the labels is where that selector does not look: in another
 * namespace, in none, or on the network of its node. A hint where files or an audit show that; a selector that finds
 * nothing yet is left alone.
 * Source: Calico libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go, GetEntityRuleSelector and
 * getEndpointSelector; libcalico-go/lib/backend/k8s/conversion/conversion.go, IsValidCalicoWorkloadEndpoint; calico#1338.
 */
export const peerElsewhere = defineRule({
  id: 'policy/peer-elsewhere',
  title: 'A rule finds nobody, for those that carry its labels are where it does not look',
  appliesTo: { kinds: ['policy'], operations: ['STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    if (!policy || policy.problems.length > 0) return [];
    const remarks = directions.flatMap((direction) =>
      (direction === 'Ingress' ? policy.ingress : policy.egress).flatMap((rule) => {
        const missed = missedBy(policy, direction === 'Ingress' ? rule.source : rule.destination, context);
        if (!missed) return [];
        const { message, ...rest } = missed;
        return [
          {
            pointer: rulePointer(direction, rule.index),
            message: `its ${ruleInWords(direction, rule.index)} ${message}`,
            ...rest,
          },
        ];
      }),
    );
    // Conversion makes several rules of one.
    return [...new Map(remarks.map((remark) => [`${remark.pointer} ${remark.message}`, remark])).values()];
  },
});

type Missed = Omit<Remark, 'pointer'>;

/** What a rule means by one end and cannot find; undefined where it finds somebody, or nothing tells what it means. */
function missedBy(policy: Policy, peer: Peer, context: RuleContext): Missed | undefined {
  const { selector, service, written } = peer;
  const asked = labelsAskedBy(written.selector);
  const isByAccount = written.serviceAccountNames.length > 0 || written.serviceAccountSelector !== '';
  if (!selector || service || isByAccount) return undefined;
  const { inventory } = context;
  if (!asked && !(askedOfPods(written.selector) === '' && isAllKnown(selector, inventory))) return undefined;
  const look = lookAt(limits.workloadsFound, context);
  let onNode: WorkloadFound | undefined;
  for (const workload of workloadsFoundBy(selector, inventory, look)) {
    if (!workload.isOnNode) return undefined;
    onNode ??= workload;
  }
  const isOfPods = isLimitedToPods(written.selector);
  if (look.cutShort() || (!isOfPods && netsFoundBy(inventory.policyWorld, selector).length > 0))
    return undefined;
  if (onNode) return missesNode(onNode);
  if (!asked) return undefined;
  const sets = isOfPods ? [] : netsFoundBy(inventory.policyWorld, asked);
  const namespaces = written.namespaceSelector.trim();
  const set =
    sets.find(({ namespace }) => (namespaces === 'global()') === (namespace !== undefined)) ?? sets[0];
  if (set && (namespaces === '' || namespaces === 'all()' || namespaces === 'global()'))
    return missesSet(set, namespaces);
  const unlabelled = isOfPods || set ? undefined : missesUnlabelledSet(asked, context);
  if (unlabelled) return unlabelled;
  if (policy.namespace === undefined ? namespaces !== 'global()' : namespaces !== '') return undefined;
  if (namespaces === '' && !(selectsOwn(policy, context) && arePodsKnown(policy.namespace, context)))
    return undefined;
  const [other] = workloadsFoundBy(asked, inventory, lookAt(limits.workloadsFound, context));
  return other && !other.isOnNode ? missesPods(other, namespaces) : undefined;
}

/** Whether the policy closes pods that are known, so that what its rules open is meant now. */
function selectsOwn({ selector }: Policy, context: RuleContext): boolean {
  if (!selector) return false;
  const [first] = workloadsFoundBy(selector, context.inventory, lookAt(limits.workloadsFound, context));
  return first !== undefined;
}

function missesNode({ object }: WorkloadFound): Missed {
  return {
    message: `finds nobody, ${nameOf(object)} uses the network of its node`,
    witness: 'to Calico a pod on the network of its node is no endpoint, only the address of the node',
    expected: 'nets with the addresses of the nodes, or the labels of their host endpoints',
  };
}

function missesSet(set: NetsFound, namespaces: string): Missed {
  const name = nameOf({ apiVersion: '', ...set });
  const { namespace } = set;
  return {
    message: `finds nobody, what it asks for is carried by ${name}, where it does not look`,
    witness: witnessOf(namespaces),
    expected: namespace === undefined ? 'namespaceSelector: global()' : namespaceCalled(namespace),
  };
}

/**
 * No pod and no set has the label that the rule asks for, and one set was meant: it is called by the value, or has it
 * but for one letter.
 */
function missesUnlabelledSet(asked: Selector, context: RuleContext): Missed | undefined {
  const { inventory } = context;
  const sets = netsFoundBy(inventory.policyWorld, anything).filter(({ kind }) => kind !== 'HostEndpoint');
  for (const { key, values = [] } of needsOf(asked)) {
    const set = sets.find(({ name, labels }) => isMeant({ name, label: labels[key] }, values));
    if (!set) continue;
    const carriers: Selector = { kind: 'has', key };
    const [pods] = workloadsFoundBy(carriers, inventory, lookAt(limits.workloadsFound, context));
    if (pods) return undefined;
    const value = values.find((each) => each === set.name) ?? values[0] ?? '';
    const label = set.labels[key];
    return {
      message: `finds nobody, ${nameOf({ apiVersion: '', ...set })} has ${label === undefined ? `no label ${key}: ${value}` : `${key}: ${label}, not ${value}`}`,
      witness: 'rules find network sets by their labels, and never by their name',
      expected:
        label === undefined ? `metadata.labels of the set: { ${key}: ${value} }` : `${key} == "${label}"`,
    };
  }
  return undefined;
}

/** A set without the label is meant where it is called by the value, one with another value where that is a slip. */
function isMeant(
  { name, label }: { readonly name: string; readonly label: string | undefined },
  values: readonly string[],
): boolean {
  return label === undefined
    ? values.includes(name)
    : values.some((value) => value !== label && isSlip(value, label));
}

const anything: Selector = { kind: 'all' };

/** Whether all that runs in the namespaces that a peer calls by name is known, as far as files can tell. */
function isAllKnown(selector: Selector, inventory: Inventory): boolean {
  const names = namesOfNamespaces(selector);
  return names?.every((name) => inventory.namespace(name) && isEmpty(inventory.others(name))) === true;
}

function missesPods({ namespace, object }: WorkloadFound, namespaces: string): Missed {
  return {
    message: `finds nobody, what it asks for is carried by ${nameOf(object)}, which is in another namespace`,
    witness: witnessOf(namespaces),
    expected: namespaceCalled(namespace),
  };
}

function namespaceCalled(name: string): string {
  return `namespaceSelector: kubernetes.io/metadata.name == "${name}" beside it`;
}

/** Where a selector looks, by the namespaceSelector beside it. */
function witnessOf(namespaces: string): string {
  if (namespaces === 'global()')
    return 'global() finds what is in no namespace: GlobalNetworkSets and host endpoints';
  if (namespaces === 'all()') return 'all() finds what is in some namespace';
  return 'without a namespaceSelector a rule of a namespace finds what is in that namespace';
}
