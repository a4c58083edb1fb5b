import { evaluateSelector, hostEndpointsSelectedBy, type Policy } from '../../calico/index.ts';
import { isRecord } from '../../kubernetes/object.ts';
import { namesInWords } from '../../facts/coverage/coverage-in-words.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import { plural } from '../../text/plural.ts';

/**
 * A policy that is meant for pods also selects host endpoints: they have no namespace, so that every negative
 * condition on one holds for them. With automatic host endpoints it cuts off the nodes, but for the failsafe ports.
 * Source: Calico libcalico-go/lib/backend/syncersv1/updateprocessors/globalnetworkpolicyprocessor.go; calico#4673.
 */
export const hostEndpoints = defineRule({
  id: 'policy/host-endpoints',
  title: 'A policy for pods also selects the host endpoints of nodes',
  appliesTo: {
    kinds: ['GlobalNetworkPolicy', 'StagedGlobalNetworkPolicy'],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    const { spec } = subject.object;
    const isForHosts = isRecord(spec) && spec.applyOnForward === true;
    if (!policy || policy.problems.length > 0 || policy.hostOnly || isForHosts || !policy.selector) return [];
    const { policyWorld } = context.inventory;
    const ends = policyWorld.tiers.find(({ name }) => name === policy.tier)?.defaultAction;
    if (ends === 'Pass' && !denies(policy)) return [];
    // Whatever holds for an endpoint without any label was not said of hosts.
    if (!evaluateSelector(policy.selector, () => undefined)) return [];
    const { namespaceSelector, selector } = policy.written;
    const hosts = hostEndpointsSelectedBy(policyWorld, policy);
    const saysNamespace = selector.includes(namespaceLabel);
    if (namespaceSelector === '' && hosts.length === 0 && !saysNamespace) return [];
    const isNegative = namespaceSelector !== '';
    return [
      {
        pointer: isNegative ? '/spec/namespaceSelector' : '/spec/selector',
        message: `it also selects ${hosts.length > 0 ? `${plural(hosts.length, 'host endpoint')} ${namesInWords(hosts)}` : 'every host endpoint'}, which ${hosts.length > 1 ? 'have' : 'has'} no namespace`,
        ...(isNegative || selector !== '' ? { found: isNegative ? namespaceSelector : selector } : {}),
        expected: isNegative
          ? `namespaceSelector: has(projectcalico.org/name) && (${namespaceSelector})`
          : saysNamespace
            ? `selector: has(${namespaceLabel}) && (${selector})`
            : 'namespaceSelector: all() beside it, for pods alone',
        witness:
          'nodes with a host endpoint keep the failsafe ports and what the policy allows, and lose the rest',
      },
    ] satisfies Remark[];
  },
});

/** What Calico gives every pod, and no host endpoint. */
const namespaceLabel = 'projectcalico.org/namespace';

function denies({ ingress, egress, types }: Policy): boolean {
  return [...(types.includes('Ingress') ? ingress : []), ...(types.includes('Egress') ? egress : [])].some(
    ({ action }) => action === 'Deny',
  );
}
