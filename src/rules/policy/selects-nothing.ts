import { isLimitedToPods, netsFoundBy, type Policy, type Selector } from '../../calico/index.ts';
import type { Remark } from '../../facts/finding.ts';
import { limits, lookAt } from '../../facts/limits.ts';
import { nameOf } from '../../facts/object-name.ts';
import { labelsAskedBy } from '../../facts/policy/asked-labels.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import { arePodsKnown, workloadsFoundBy, type WorkloadFound } from '../../facts/policy/workloads-found.ts';
import type { RuleContext } from '../../facts/subject.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { record } from '../../kubernetes/read.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A policy selects no endpoint, and what carries the labels it asks for is no endpoint, or not one of its namespace. A
 * hint where files or an audit show that: a selector that finds nothing yet is left alone.
 * Source: Calico felix/calc/active_rules_calculator.go, policies are matched with endpoints and never with network sets;
 * libcalico-go/lib/backend/syncersv1/updateprocessors/networkpolicyprocessor.go, the namespace of a policy;
 * libcalico-go/lib/backend/k8s/conversion/conversion.go, IsValidCalicoWorkloadEndpoint; calico#6216.
 */
export const selectsNothing = defineRule({
  id: 'policy/selects-nothing',
  title: 'A policy selects no pod, and what it asks for is carried by something that no policy can select',
  appliesTo: { kinds: ['policy'], operations: ['STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    if (!policy?.selector || policy.hostOnly || policy.problems.length > 0) return [];
    const asked = labelsAskedBy(policy.written.selector);
    if (!asked) return [];
    const { spec } = subject.object;
    const field = ['podSelector', 'subject'].find((name) => Object.hasOwn(record(spec), name)) ?? 'selector';
    return remarksOf(policy, policy.selector, asked, context).map((remark) => ({
      ...remark,
      pointer: pointerOf('spec', field),
    }));
  },
});

/** What is wrong, whatever the field of the selector is called. */
type Selecting = Omit<Remark, 'pointer'>;

function remarksOf(
  { namespace, written }: Policy,
  selector: Selector,
  asked: Selector,
  context: RuleContext,
): readonly Selecting[] {
  const { inventory } = context;
  const look = lookAt(limits.workloadsFound, context);
  const found: WorkloadFound[] = [];
  for (const workload of workloadsFoundBy(selector, inventory, look)) {
    if (!workload.isOnNode) return [];
    found.push(workload);
  }
  const nets = isLimitedToPods(written.selector) ? [] : netsFoundBy(inventory.policyWorld, asked);
  const isOfHosts = nets.some(({ kind }) => kind === 'HostEndpoint');
  if (look.cutShort() || isOfHosts || !arePodsKnown(namespace, context)) return [];
  const [onNode] = found;
  if (onNode)
    return [
      {
        message: `it selects nothing, ${nameOf(onNode.object)} uses the network of its node`,
        witness: 'to Calico a pod on the network of its node is no endpoint',
        expected: 'no hostNetwork, or a policy for the host endpoint of the node',
      },
    ];
  const set = nets.find((each) => [undefined, namespace].includes(each.namespace) || namespace === undefined);
  if (set)
    return [
      {
        message: `it selects no pod, what it asks for is carried by ${nameOf({ apiVersion: '', ...set })} alone`,
        witness: 'a network set has no connections of its own: rules find it as source or destination',
        expected: 'the selector in source or destination of a rule, in a policy of the pods that connect',
      },
    ];
  if (namespace === undefined) return [];
  const [other] = workloadsFoundBy(asked, inventory, lookAt(limits.workloadsFound, context));
  if (!other || other.isOnNode) return [];
  return [
    {
      message: `it selects no pod, what it asks for is carried by ${nameOf(other.object)}, which is in another namespace`,
      witness: 'a policy of a namespace selects pods of that namespace alone',
      expected: `metadata.namespace: ${other.namespace}`,
    },
  ];
}
