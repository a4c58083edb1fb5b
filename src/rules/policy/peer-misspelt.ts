import type { Peer } from '../../calico/index.ts';
import type { RuleField } from '../../kubernetes/direction.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import type { Remark } from '../../facts/finding.ts';
import { needsOf } from '../../facts/label/label-need.ts';
import { slipOf } from '../../facts/label/value-slip.ts';
import { limits, lookAt, type Look } from '../../facts/limits.ts';
import { nameOf } from '../../facts/object-name.ts';
import { placeOf } from '../../facts/policy/peer-namespaces.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import type { RuleContext } from '../../facts/subject.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A rule names its peers by a label that no workload has, and one is there that differs by a letter: the connection
 * that the rule is written for never comes.
 * A hint where files or an audit show both, so a namespace with more workloads than may be looked at gives none.
 * Source: Kubernetes apimachinery pkg/labels/selector.go, Requirement.Matches; labels are compared as they are.
 */
export const peerMisspelt = defineRule({
  id: 'policy/peer-misspelt',
  title: 'A rule names its peers by a label that no workload has but for one letter',
  appliesTo: { kinds: ['policy'], operations: ['STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    if (!policy) return [];
    const look = lookAt(limits.workloadsOfChange, context);
    const remarks = (['ingress', 'egress'] as const).flatMap((side) =>
      policy[side].flatMap((rule) =>
        slipsIn(side, rule.index, side === 'ingress' ? rule.source : rule.destination, look, context),
      ),
    );
    // Conversion makes several rules of one.
    const told = [
      ...new Map(remarks.map((remark) => [`${remark.pointer} ${remark.message}`, remark])).values(),
    ];
    return told;
  },
});

function slipsIn(
  side: RuleField,
  index: number,
  peer: Peer,
  look: Look,
  { inventory }: RuleContext,
): readonly Remark[] {
  const place = placeOf(peer);
  const wanted = needsOf(peer.selector).filter(({ values }) => values !== undefined);
  if (typeof place === 'string' || wanted.length === 0) return [];
  return wanted.flatMap(({ key, values = [] }) => {
    const found = new Map<string, string>();
    for (const namespace of place) {
      for (const workload of inventory.workloads(namespace)) {
        if (!look.more(namespace)) return [];
        const value = podTemplateOf(workload)?.labels[key];
        if (value !== undefined && !found.has(value)) found.set(value, nameOf(workload));
      }
    }
    if (values.some((value) => found.has(value))) return [];
    for (const value of values) {
      const near = slipOf(value, [...found.keys()]);
      if (near === undefined) continue;
      return [
        {
          pointer: `/spec/${side}/${index}`,
          message: `its ${side} rule ${index + 1} names pods with ${key}: ${value}, which no workload has; did you mean ${near}?`,
          found: `${key}: ${value}`,
          witness: `the pods of ${found.get(near) ?? ''} have ${key}: ${near}`,
          expected: `${key}: ${near}`,
        },
      ];
    }
    return [];
  });
}
