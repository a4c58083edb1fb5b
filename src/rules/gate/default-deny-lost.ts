import type { Convention } from '../../conventions/convention.ts';
import { isTerminating, namespaceIdentity, type NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { referenceOf, type KubernetesObject, type ObjectReference } from '../../kubernetes/object.ts';
import { isClusterWide } from '../../kubernetes/object-class.ts';
import { nameOf } from '../object-name.ts';
import type { Finding, Rule, RuleContext, Subject } from '../rule.ts';
import { judgeNamespace, type DirectionVerdict } from './namespace-coverage.ts';
import { directionsInWords, namesInWords } from './words.ts';

/**
 * A change takes the default-deny from a governed namespace that had one: a policy, tier or network set that comes,
 * goes or changes, a namespace that is relabelled, a service account with labels.
 * Namespaces that are being emptied do not count, nor do held ones without workloads.
 */
export const defaultDenyLost: Rule = {
  id: 'gate/default-deny-lost',
  title: 'A change takes the default-deny from a namespace that had one',
  appliesTo: {
    kinds: ['policy', 'Namespace', 'ServiceAccount'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
  },
  defaultAction: 'deny',
  witnessIs: 'escapes',
  readsInventory: true,
  ratchet: false,
  check: (subject, context) => {
    if (subject.object.kind === 'Namespace' && subject.operation !== 'UPDATE') return [];
    const losses = reachOf(subject, context).flatMap((namespace) => lossOf(namespace, context) ?? []);
    return groupByJudge(referenceOf(subject.object), losses, context).map((group) =>
      findingFor(subject, group),
    );
  },
};

/** One namespace that loses its default-deny. */
interface Loss {
  readonly namespace: NamespaceIdentity;
  readonly convention: Convention;
  readonly lost: readonly DirectionVerdict[];
}

/** The namespaces a change can reach: its own, or all of them for what is cluster-wide. */
function reachOf({ object }: Subject, { before }: RuleContext): KubernetesObject[] {
  if (object.kind !== 'Namespace' && isClusterWide(object.kind)) return [...before.namespaces()];
  const name = object.kind === 'Namespace' ? object.metadata.name : object.metadata.namespace;
  const namespace = name === undefined ? undefined : before.namespace(name);
  return namespace ? [namespace] : [];
}

function lossOf(
  namespace: KubernetesObject,
  { before, inventory, conventions }: RuleContext,
): Loss | undefined {
  if (isTerminating(namespace)) return undefined;
  const name = namespace.metadata.name ?? '';
  const former = namespaceIdentity(name, namespace);
  const convention = conventions.governing(former);
  const wanted = convention?.defaultDeny;
  if (!convention || !wanted) return undefined;
  const now = namespaceIdentity(name, inventory.namespace(name) ?? namespace);
  const after = judgeNamespace(inventory, now, wanted).filter(({ verdict }) => verdict !== 'deny');
  if (after.length === 0) return undefined;
  const was = new Map(
    judgeNamespace(before, former, wanted).map((verdict) => [verdict.direction, verdict.verdict]),
  );
  const lost = after.filter(({ direction }) => was.get(direction) === 'deny');
  if (lost.length === 0 || (wanted.onMissing === 'hold' && isEmpty(before.workloads(name)))) return undefined;
  return { namespace: former, convention, lost };
}

function isEmpty(objects: Iterable<unknown>): boolean {
  for (const _ of objects) return false;
  return true;
}

/** One finding for all the namespaces of which the same convention and the same waiver decide. */
function groupByJudge(
  object: ObjectReference,
  losses: readonly Loss[],
  { conventions, now }: RuleContext,
): readonly (readonly Loss[])[] {
  const groups = Map.groupBy(losses, ({ namespace, convention }) => {
    const waiver = conventions.waiverFor({ rule: 'gate/default-deny-lost', object }, namespace, now);
    return JSON.stringify([convention.name, waiver?.name]);
  });
  return [...groups.values()];
}

function findingFor({ object, operation }: Subject, losses: readonly Loss[]): Finding {
  const [first] = losses;
  const names = losses.map(({ namespace }) => namespace.name);
  const lost = first?.lost ?? [];
  const relabelled = object.kind === 'Namespace';
  return {
    rule: 'gate/default-deny-lost',
    object: referenceOf(object),
    pointer: '',
    message: `${nameOf(object)}: ${changeInWords(operation, relabelled)}, ${directionsInWords(lost)} no longer denied by default in ${relabelled ? 'it' : `namespace${names.length > 1 ? 's' : ''} ${namesInWords(names)}`}`,
    witness: `in "${names[0] ?? ''}": ${lost[0]?.escapes ?? lost[0]?.reasons.join('; ') ?? 'unknown'}`,
    expected: expectedFor(operation, relabelled),
    ...(first ? { namespace: first.namespace.name } : {}),
  };
}

function changeInWords(operation: Subject['operation'], relabelled: boolean): string {
  if (relabelled) return 'with these labels';
  if (operation === 'DELETE') return 'without it';
  return operation === 'CREATE' ? 'beside it' : 'after this change';
}

function expectedFor(operation: Subject['operation'], relabelled: boolean): string {
  if (relabelled) return 'first a policy that covers the namespace with its new labels, then the labels';
  if (operation === 'CREATE') return 'rules that name their peers and ports, or a position behind the deny';
  return 'apply the replacement first, then make this change';
}
