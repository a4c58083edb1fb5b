import { type Direction, type Peer, rulesOf } from '../../calico/index.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import { ruleInWords, rulePointer } from '../../facts/policy/policy-in-words.ts';

/**
 * A rule of a namespaced policy names a service without its namespace and so matches nothing: Calico looks for the
 * service in no namespace, whatever its API's comment says of the policy's own.
 * Source: Calico libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go.
 */
export const serviceNamespace = defineRule({
  id: 'policy/service-namespace',
  title: 'A rule names a service without its namespace and matches nothing',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    const { namespace } = policy ?? {};
    if (!policy || namespace === undefined) return [];
    const findingAt = (direction: Direction, index: number, side: 'source' | 'destination', peer: Peer) => {
      if (!peer.service || peer.service.namespace !== '') return [];
      const pointer = rulePointer(direction, index, side, 'services', 'namespace');
      return [
        {
          pointer,
          message: `${ruleInWords(direction, index)} matches nothing, service "${peer.service.name}" has no namespace`,
          expected: `namespace: ${namespace}`,
          witness: "Calico looks for the service in no namespace, not in the policy's own",
          fix: [{ pointer, value: namespace }],
        },
      ] satisfies Remark[];
    };
    return (['Ingress', 'Egress'] as const).flatMap((direction) =>
      rulesOf(policy, direction).flatMap(({ index, source, destination }) => [
        ...findingAt(direction, index, 'source', source),
        ...findingAt(direction, index, 'destination', destination),
      ]),
    );
  },
});
