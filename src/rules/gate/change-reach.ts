import { type CoverageVerdict, findPolicy, reachOf } from '../../calico/index.ts';
import type { Convention, DefaultDenyConvention } from '../../conventions/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { isTerminating, namespaceIdentity, type NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { type KubernetesObject, referenceOf } from '../../kubernetes/object.ts';
import { isClusterWide } from '../../kubernetes/object-class.ts';
import { oncePerJudgement } from '../once.ts';
import type { RuleContext, Subject } from '../rule.ts';
import { effortFor } from './review-effort.ts';
import { createVerdicts } from './namespace-coverage.ts';

/** A namespace that a change can bear on, as it is before the change, with the default-deny that is wanted there. */
export interface ReachedNamespace {
  readonly object: KubernetesObject;
  readonly name: string;
  readonly former: NamespaceIdentity;
  readonly now: NamespaceIdentity;
  readonly convention: Convention;
  readonly wanted: DefaultDenyConvention;
  /** Of the directions that are wanted, once the change has gone through. */
  readonly verdicts: readonly CoverageVerdict[];
}

/** The governed namespaces a change can bear on, as far as they were judged; terminating ones are let go. */
export function namespacesReached(subject: Subject, context: RuleContext): readonly ReachedNamespace[] {
  return reach(subject, context).judged;
}

/** Those that nobody has judged, since all of them together would take too long. @see effortFor */
export function namespacesLeftOut(subject: Subject, context: RuleContext): readonly ReachedNamespace[] {
  return reach(subject, context).leftOut;
}

interface Reach {
  readonly judged: ReachedNamespace[];
  readonly leftOut: ReachedNamespace[];
}

const reach = oncePerJudgement(({ object }: Subject, context: RuleContext): Reach => {
  const { before, inventory, conventions } = context;
  const isReached = reachTest(object, context);
  const verdictsOf = createVerdicts(inventory, effortFor(object));
  const found: Reach = { judged: [], leftOut: [] };
  for (const namespace of candidates(object, before)) {
    const { name = '' } = namespace.metadata;
    if (isTerminating(namespace)) continue;
    const former = namespaceIdentity(name, namespace);
    if (!isReached(former)) continue;
    const convention = conventions.governing(former);
    const wanted = convention?.defaultDeny;
    if (!convention || !wanted) continue;
    const now =
      object.kind === 'Namespace' ? namespaceIdentity(name, inventory.namespace(name) ?? namespace) : former;
    const verdicts = verdictsOf(now, wanted);
    const list = verdicts.some(({ exceeded }) => exceeded) ? found.leftOut : found.judged;
    list.push({ object: namespace, name, former, now, convention, wanted, verdicts });
  }
  return found;
});

/** The namespace of the object, or the one it is; all of them for what is cluster-wide. */
function candidates({ kind, metadata }: KubernetesObject, before: Inventory): Iterable<KubernetesObject> {
  if (kind !== 'Namespace' && isClusterWide(kind)) return before.namespaces();
  const name = kind === 'Namespace' ? metadata.name : metadata.namespace;
  const namespace = name === undefined ? undefined : before.namespace(name);
  return namespace ? [namespace] : [];
}

/** A policy bears on the namespaces of which it claims pods, as it is and as it was; anything else on all. */
function reachTest(
  object: KubernetesObject,
  { before, inventory }: RuleContext,
): (namespace: NamespaceIdentity) => boolean {
  const reference = referenceOf(object);
  const tests = [before, inventory].flatMap(({ policyWorld }) => {
    const policy = findPolicy(policyWorld, reference);
    return policy ? [reachOf(policyWorld, policy)] : [];
  });
  return tests.length === 0 ? () => true : (namespace) => tests.some((reaches) => reaches(namespace));
}
