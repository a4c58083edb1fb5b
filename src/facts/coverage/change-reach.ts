import {
  type CoverageVerdict,
  findPolicy,
  maySelectIn,
  type NamespaceLike,
  policiesFinding,
  type Policy,
} from '../../calico/index.ts';
import type { Convention, DefaultDenyConvention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { possibleWorlds } from '../../inventory/possible-worlds.ts';
import { isTerminating, namespaceIdentity, type NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { type KubernetesObject, referenceOf } from '../../kubernetes/object.ts';
import { rememberInScope } from '../../memo/scope.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { effortFor } from '../limits.ts';
import { coveredNamespace } from './covered-namespace.ts';
import { createVerdicts } from './namespace-coverage.ts';
import { isClusterScoped } from '../../kinds.ts';

/** A namespace that a change can bear on, as it is before the change, with the default-deny that is wanted there. */
export interface ReachedNamespace {
  readonly object: KubernetesObject;
  readonly name: string;
  readonly former: NamespaceLike;
  readonly now: NamespaceLike;
  readonly convention: Convention;
  readonly wanted: DefaultDenyConvention;
  /** Of the directions that are wanted, once the change has gone through. */
  readonly verdicts: readonly CoverageVerdict[];
}

/**
 * The governed namespaces a change can bear on, as far as they were judged, wherever the object lives; terminating ones
 * are let go.
 */
export function namespacesReached(subject: Subject, context: RuleContext): readonly ReachedNamespace[] {
  return reach(subject, context).judged;
}

/** Those that nobody has judged, since all of them together would take too long. @see effortFor */
export function namespacesLeftOut(subject: Subject, context: RuleContext): readonly ReachedNamespace[] {
  return reach(subject, context).leftOut;
}

interface Reach {
  readonly judged: readonly ReachedNamespace[];
  readonly leftOut: readonly ReachedNamespace[];
}

const reach = rememberInScope(
  { name: 'namespaces that the subject reaches' },
  (subject: Subject, context: RuleContext): Reach => {
    const { inventory, conventions } = context;
    const verdictsOf = createVerdicts(inventory, effortFor(subject));
    const judged: ReachedNamespace[] = [];
    const leftOut: ReachedNamespace[] = [];
    for (const namespace of candidates(subject, context)) {
      const { name = '' } = namespace.metadata;
      if (isTerminating(namespace)) continue;
      const identity = namespaceIdentity(name, namespace);
      const convention = conventions.governing(identity);
      const wanted = convention?.defaultDeny;
      if (!convention || !wanted) continue;
      const former = coveredNamespace(identity, wanted, inventory);
      const now = isSubject(subject, name)
        ? coveredNamespace(namespaceIdentity(name, inventory.namespace(name) ?? namespace), wanted, inventory)
        : former;
      const verdicts = verdictsOf(now, wanted);
      const list = verdicts.some(({ exceeded }) => exceeded) ? leftOut : judged;
      list.push({ object: namespace, name, former, now, convention, wanted, verdicts });
    }
    return { judged, leftOut };
  },
);

/** A held namespace without workloads may lose its policies, so that an uninstall works. */
export function isSpared(
  { name, wanted }: Pick<ReachedNamespace, 'name' | 'wanted'>,
  { before }: RuleContext,
): boolean {
  if (wanted.onMissing !== 'hold') return false;
  for (const _ of before.workloads(name)) return false;
  return true;
}

/** The namespace that an object lives in, or is; undefined for what else is cluster-wide. */
export function ownNamespace({ kind, metadata }: KubernetesObject): string | undefined {
  return kind === 'Namespace' ? metadata.name : isClusterScoped(kind) ? undefined : metadata.namespace;
}

/** The other namespaces that a change can bear on of an object that lives in a namespace, or is one. */
export function othersReached(subject: Subject, context: RuleContext): readonly string[] {
  const own = ownNamespace(subject.object);
  if (own === undefined || subject.operation === 'STATE') return [];
  return namespacesReached(subject, context).flatMap(({ name }) => (name === own ? [] : [name]));
}

function isSubject({ object }: Subject, name: string): boolean {
  return object.kind === 'Namespace' && object.metadata.name === name;
}

/**
 * The namespaces of which what decides about them changes. That of a service account decides about the pods of its own
 * namespace alone: as a peer it stands for pods, and none of those is a connection that nobody asked for. A host
 * endpoint has the addresses of one node, which are no part of any verdict.
 */
function candidates(subject: Subject, context: RuleContext): Iterable<KubernetesObject> {
  const { object } = subject;
  const { before } = context;
  const own = ownNamespace(object);
  switch (object.kind) {
    case 'HostEndpoint':
      return [];
    case 'Tier':
      return before.namespaces();
    case 'ServiceAccount':
      return known(before, own);
    case 'Namespace':
      // A namespace that comes had no cover to lose; the sets that lie in it get its labels all the same.
      return [
        ...(subject.operation === 'UPDATE' ? known(before, own) : []),
        ...claimedBy(findersOf(subject, context), before, own),
      ];
    case 'NetworkSet':
    case 'GlobalNetworkSet':
      return claimedBy(findersOf(subject, context), before);
    default:
      return claimedBy(policiesOf(subject, context) ?? [], before);
  }
}

function known(inventory: Inventory, name: string | undefined): readonly KubernetesObject[] {
  const namespace = name === undefined ? undefined : inventory.namespace(name);
  return namespace ? [namespace] : [];
}

/** Tests whether a policy bears on a namespace of which it claims pods, in the way its world reads it. */
interface Claim {
  readonly policy: Policy;
  readonly reaches: (namespace: NamespaceIdentity) => boolean;
}

/** The policy that an object is, as it was and as it will be, in each way it can be read. */
function policiesOf({ object }: Subject, { before, inventory }: RuleContext): readonly Claim[] {
  const reference = referenceOf(object);
  return worldsOf(before, inventory).flatMap((world) => {
    const policy = findPolicy(world, reference);
    return policy ? [{ policy, reaches: maySelectIn(policy) }] : [];
  });
}

/** The policies with a rule that finds a set, or a set of a namespace, before the change or after it. */
function findersOf({ object }: Subject, { before, inventory }: RuleContext): readonly Claim[] {
  const reference = referenceOf(object);
  return worldsOf(before, inventory).flatMap((world) =>
    [...policiesFinding(world, reference)].map((policy) => ({ policy, reaches: maySelectIn(policy) })),
  );
}

function worldsOf(before: Inventory, inventory: Inventory) {
  return [before, inventory].flatMap((one) =>
    possibleWorlds(one).flatMap(({ worlds }) => worlds.slice(0, 1)),
  );
}

/** The namespaces of which policies claim pods. One that is confined to its own namespace claims them there alone. */
function claimedBy(
  claims: readonly Claim[],
  inventory: Inventory,
  except?: string,
): Iterable<KubernetesObject> {
  const confined = new Set<string>();
  const tests = new Set<Claim['reaches']>();
  for (const { policy, reaches } of claims) {
    if (policy.confined && policy.namespace !== undefined) confined.add(policy.namespace);
    else tests.add(reaches);
  }
  const isOther = ({ metadata }: KubernetesObject) => metadata.name !== except;
  if (tests.size === 0) return [...confined].flatMap((name) => known(inventory, name)).filter(isOther);
  return [...inventory.namespaces()].filter((namespace) => {
    const { name = '' } = namespace.metadata;
    if (!isOther(namespace)) return false;
    if (confined.has(name)) return true;
    const identity = namespaceIdentity(name, namespace);
    return [...tests].some((reaches) => reaches(identity));
  });
}
