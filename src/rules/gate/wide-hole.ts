import { findPolicy, type Hole, isWide, type Policy, rulesOf } from '../../calico/index.ts';
import type { Convention } from '../../conventions/convention.ts';
import { isTerminating, namespaceIdentity } from '../../kubernetes/namespace.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { type KubernetesObject, referenceOf } from '../../kubernetes/object.ts';
import { isClusterWide } from '../../kubernetes/object-class.ts';
import { nameOf } from '../object-name.ts';
import type { Finding, Rule, RuleContext, Subject } from '../rule.ts';
import { identityAsAdmitted, judgeNamespace } from './namespace-coverage.ts';
import { namesInWords } from './words.ts';

/**
 * A namespace that is default-denied is open all the same to a whole protocol from anywhere, to every pod of the
 * cluster or to much of the address space, because a rule asks for it.
 */
export const wideHole: Rule = {
  id: 'gate/wide-hole',
  title: 'A rule opens a default-denied namespace to anywhere, or to the whole cluster',
  appliesTo: { kinds: ['Namespace', 'policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  witnessIs: 'escapes',
  check: (subject, context) => {
    const { object, operation } = subject;
    if (object.kind === 'Namespace') return operation === 'UPDATE' ? [] : holesOfNamespace(object, context);
    return operation === 'STATE' ? [] : holesOfPolicy(subject, context);
  },
};

function holesOfNamespace(object: KubernetesObject, context: RuleContext): readonly Finding[] {
  return wideHoles(object, context, context.convention).map((hole) => ({
    rule: 'gate/wide-hole',
    object: referenceOf(object),
    pointer: '',
    message: `namespace "${object.metadata.name ?? ''}": ${holeInWords(hole)}`,
    found: hole.opens,
    expected,
  }));
}

const expected = 'rules that name their peers and ports';

/** `ingress is wide open by rule 1 of NetworkPolicy "shop/web" (tier "default")` */
function holeInWords({ direction, policy, rule, tier }: Hole): string {
  return `${direction.toLowerCase()} is wide open by rule ${rule + 1} of ${nameOf(policy)} (tier "${tier}")`;
}

/** What the policy opens, told once for all the namespaces that one convention governs. */
function holesOfPolicy({ object }: Subject, context: RuleContext): readonly Finding[] {
  const policy = findPolicy(context.inventory.policyWorld, referenceOf(object));
  if (!policy || !hasWideRule(policy)) return [];
  const own = JSON.stringify(referenceOf(object));
  const opened = reachOf(object, context).flatMap((namespace) => {
    const { name = '' } = namespace.metadata;
    const convention = context.conventions.governing(namespaceIdentity(name, namespace));
    const holes = wideHoles(namespace, context, convention);
    return holes
      .filter(({ policy }) => JSON.stringify(policy) === own)
      .map((hole) => ({ name, key: JSON.stringify([hole.direction, hole.rule, convention?.name]), hole }));
  });
  return [...Map.groupBy(opened, ({ key }) => key).values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const names = group.map(({ name }) => name);
    const { direction, opens, rule, tier } = first.hole;
    const list = direction.toLowerCase();
    return {
      rule: 'gate/wide-hole',
      object: referenceOf(object),
      pointer: pointerOf('spec', list, rule),
      message: `${nameOf(object)} (tier "${tier}"): ${list} rule ${rule + 1} opens namespace${names.length > 1 ? 's' : ''} ${namesInWords(names)} wide`,
      found: opens,
      expected,
      namespace: first.name,
    } as const;
  });
}

/** Whether it is worth while to look at every namespace. */
function hasWideRule(policy: Policy): boolean {
  return policy.types.some((direction) =>
    rulesOf(policy, direction).some((rule) => rule.action !== 'Deny' && isWide(rule, direction)),
  );
}

function reachOf({ kind, metadata }: KubernetesObject, { inventory }: RuleContext): KubernetesObject[] {
  if (isClusterWide(kind)) return [...inventory.namespaces()];
  const namespace = metadata.namespace === undefined ? undefined : inventory.namespace(metadata.namespace);
  return namespace ? [namespace] : [];
}

function wideHoles(
  namespace: KubernetesObject,
  context: RuleContext,
  convention: Convention | undefined,
): readonly Hole[] {
  const wanted = convention?.defaultDeny;
  if (!wanted || context.inventory.gaps.length > 0 || isTerminating(namespace)) return [];
  const identity = identityAsAdmitted(namespace, wanted, context);
  return judgeNamespace(context.inventory, identity, wanted).flatMap(({ holes, verdict }) =>
    verdict === 'deny' ? holes.filter(({ wide }) => wide) : [],
  );
}
