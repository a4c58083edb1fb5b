import { eachAtom, type Peer, rulesOf, type Selector } from '../../calico/index.ts';
import { directions } from '../../kubernetes/direction.ts';
import { needsOf } from '../../facts/label/label-need.ts';
import { ruleInWords, rulePointer } from '../../facts/policy/policy-in-words.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A rule opens to whoever carries a label, in whichever namespace: a door that everybody opens who may create a pod.
 * Source: Calico libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go, GetEntityRuleSelector: without a
 * namespaceSelector a rule of a global policy finds endpoints of all namespaces.
 */
export const peerByLabel = defineRule({
  id: 'policy/peer-by-label',
  title: 'A rule opens to whoever carries a label, in whichever namespace',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  // Calico's own samples are written so.
  defaultAction: 'off',
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    if (!policy || policy.problems.length > 0) return [];
    const remarks = directions.flatMap((direction) =>
      rulesOf(policy, direction).flatMap((rule) => {
        const peer = direction === 'Ingress' ? rule.source : rule.destination;
        const label = rule.action === 'Allow' ? labelAsked(peer) : undefined;
        if (label === undefined) return [];
        return [
          {
            pointer: rulePointer(direction, rule.index),
            message: `its ${ruleInWords(direction, rule.index)} opens to every pod with the label ${label}, in whichever namespace`,
            witness: 'whoever may create pods in some namespace gives them this label',
            expected: 'a namespaceSelector beside it',
          },
        ];
      }),
    );
    // Conversion makes several rules of one.
    return [...new Map(remarks.map((remark) => [`${remark.pointer} ${remark.message}`, remark])).values()];
  },
});

/** The label by which a peer is found wherever it is; undefined where its namespace or its address counts as well. */
function labelAsked({ nets, selector }: Peer): string | undefined {
  const [need] = needsOf(selector);
  return selector && need && nets.length === 0 && !asksOfNamespace(selector) ? need.key : undefined;
}

/** That there is a namespace is no condition on it. */
function asksOfNamespace(selector: Selector): boolean {
  let asks = false;
  eachAtom(selector, ({ key, kind }) => {
    const isPresence = kind === 'has' && key === 'projectcalico.org/namespace';
    asks ||= (key === 'projectcalico.org/namespace' && !isPresence) || key.startsWith('pcns.');
  });
  return asks;
}
