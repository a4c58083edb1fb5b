import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { defineRule } from '../define-rule.ts';
import { isFromJudgedTemplate } from '../../facts/workload/template-owner.ts';
import { controllerOf } from '../../workloads/makers.ts';
import { coveredNamespace } from '../../facts/coverage/covered-namespace.ts';
import { judgeNamespace } from '../../facts/coverage/namespace-coverage.ts';
import { directionsInWords } from '../../facts/coverage/coverage-in-words.ts';

/**
 * A workload comes to a namespace that the convention holds until a policy covers it.
 * What Kubernetes' own controllers make of a workload that is already there passes: a restart must not be an outage.
 */
export const held = defineRule({
  id: 'gate/held',
  title: 'A workload comes to a namespace that is held until a default-deny covers it',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'STATE'] },
  defaultAction: 'deny',
  witnessIs: 'escapes',
  readsInventory: true,
  check: (subject, context) => {
    const { convention, inventory } = context;
    const { object } = subject;
    const wanted = convention?.defaultDeny;
    const name = object.metadata.namespace ?? 'default';
    const namespace = inventory.namespace(name);
    if (wanted?.onMissing !== 'hold' || !namespace || isFromJudgedTemplate(subject, context)) return [];
    const open = judgeNamespace(
      inventory,
      coveredNamespace(namespaceIdentity(name, namespace), wanted, inventory),
      wanted,
      (other) => other === name,
    ).filter(({ verdict }) => verdict !== 'deny');
    if (open.length === 0) return [];
    return [
      {
        pointer: '',
        message: `namespace "${name}" takes no workloads while ${directionsInWords(open)} not denied by default`,
        witness: open[0]?.escapes ?? open.flatMap(({ reasons }) => reasons).join('; '),
        expected: `first a policy that selects every pod of "${name}", then ${whatFollows(object)}`,
      },
    ];
  },
});

/** What an operator makes is made anew by it as soon as it can be, so nobody has to. */
function whatFollows(object: KubernetesObject): string {
  const owner = controllerOf(object);
  return owner ? `the controller of ${owner.kind} "${owner.name}" can make it` : 'the workload';
}
