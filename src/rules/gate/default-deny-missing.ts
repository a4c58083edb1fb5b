import type { DefaultDenyConvention } from '../../conventions/convention.ts';
import { isTerminating } from '../../kubernetes/namespace.ts';
import { referenceOf, type KubernetesObject } from '../../kubernetes/object.ts';
import type { Finding, Rule } from '../rule.ts';
import {
  groupByEscape,
  identityAsAdmitted,
  judgeNamespace,
  type DirectionVerdict,
} from './namespace-coverage.ts';
import { directionsInWords } from './words.ts';

/**
 * Some pod that could be created in a governed namespace would let a connection through that no policy asked for.
 * Judged when the namespace is created, and as it stands in CI and audit.
 */
export const defaultDenyMissing: Rule = {
  id: 'gate/default-deny-missing',
  title: 'A namespace has no Calico default-deny that holds for every pod it could have',
  appliesTo: { kinds: ['Namespace'], operations: ['CREATE', 'STATE'] },
  defaultAction: 'deny',
  witnessIs: 'escapes',
  readsInventory: true,
  check: ({ object }, context) => {
    const wanted = context.convention?.defaultDeny;
    if (!wanted || isTerminating(object)) return [];
    const namespace = identityAsAdmitted(object, wanted, context);
    const verdicts = judgeNamespace(context.inventory, namespace, wanted);
    const open = verdicts.filter(({ verdict }) => verdict === 'allow');
    return groupByEscape(open).map((group) => findingFor(object, group, wanted));
  },
};

function findingFor(
  object: KubernetesObject,
  open: readonly DirectionVerdict[],
  { onMissing }: DefaultDenyConvention,
): Finding {
  const held = onMissing === 'hold';
  const { name = '' } = object.metadata;
  return {
    rule: 'gate/default-deny-missing',
    object: referenceOf(object),
    pointer: '',
    message: `namespace "${name}": ${directionsInWords(open)} not denied by default${held ? '; its workloads are refused until a policy covers it' : ''}`,
    ...(open[0]?.escapes ? { witness: open[0].escapes } : {}),
    expected: `a policy that selects every pod, e.g. GlobalNetworkPolicy with namespaceSelector: kubernetes.io/metadata.name == "${name}"`,
    ...(held ? { advisory: true as const } : {}),
  };
}
