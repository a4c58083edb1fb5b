import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import { nameOf } from '../object-name.ts';
import type { Rule, Subject } from '../rule.ts';
import { carriesItsOwnersTemplate } from '../template-owner.ts';
import { judgeNamespace } from './namespace-coverage.ts';
import { directionsInWords } from './words.ts';

/**
 * A workload comes to a namespace that the convention holds until a policy covers it.
 * What Kubernetes' own controllers make of a workload that is already there passes: a restart must not be an outage.
 */
export const held: Rule = {
  id: 'gate/held',
  title: 'A workload comes to a namespace that is held until a default-deny covers it',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'STATE'] },
  defaultAction: 'deny',
  witnessIs: 'escapes',
  readsInventory: true,
  check: (subject, { convention, inventory }) => {
    const { object } = subject;
    const wanted = convention?.defaultDeny;
    const name = object.metadata.namespace ?? 'default';
    const namespace = inventory.namespace(name);
    if (wanted?.onMissing !== 'hold' || !namespace || isMadeByController(subject)) return [];
    const open = judgeNamespace(
      inventory,
      namespaceIdentity(name, namespace),
      wanted,
      (other) => other === name,
    ).filter(({ verdict }) => verdict !== 'deny');
    if (open.length === 0) return [];
    return [
      {
        rule: 'gate/held',
        object: referenceOf(object),
        pointer: '',
        message: `${nameOf(object)}: namespace "${name}" takes no workloads while ${directionsInWords(open)} not denied by default`,
        witness: open[0]?.escapes ?? open.flatMap(({ reasons }) => reasons).join('; '),
        expected: `first a policy that selects every pod of "${name}", then the workload`,
      },
    ];
  },
};

/** The owner alone is no proof, since anybody can write one; in files there is nobody to ask. */
function isMadeByController({ object, operation, user }: Subject): boolean {
  if (!carriesItsOwnersTemplate(object)) return false;
  if (operation === 'STATE') return true;
  const name = user?.username ?? '';
  return name.startsWith('system:serviceaccount:kube-system:') || name === 'system:kube-controller-manager';
}
