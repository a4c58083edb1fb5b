import type { CoverageVerdict, Direction } from '../../calico/index.ts';
import { referenceOf, type ObjectReference } from '../../kubernetes/object.ts';
import { nameOf } from '../object-name.ts';
import type { Finding, Rule, RuleContext, Subject } from '../rule.ts';
import { namespacesReached, type ReachedNamespace } from './change-reach.ts';
import { findingsOnLeftOut } from './left-out.ts';
import { createVerdicts, judgeNamespace } from './namespace-coverage.ts';
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
    const verdictsBefore = createVerdicts(context.before);
    const losses = namespacesReached(subject, context).flatMap(
      (reached) => lossOf(reached, verdictsBefore, context) ?? [],
    );
    const found = groupByJudge(referenceOf(subject.object), losses, context).flatMap((group) => {
      const [first] = group;
      return first ? [findingFor(subject, first, group, context)] : [];
    });
    return [...found, ...findingsOnLeftOut(subject, context)];
  },
};

/** One namespace that loses its default-deny. */
interface Loss extends ReachedNamespace {
  readonly lost: readonly Direction[];
}

function lossOf(
  reached: ReachedNamespace,
  verdictsBefore: ReturnType<typeof createVerdicts>,
  { before }: RuleContext,
): Loss | undefined {
  const { verdicts, former, name, wanted } = reached;
  if (verdicts.every(isDenied)) return undefined;
  const denied = verdictsBefore(former, wanted).filter(isDenied);
  const lost = verdicts.flatMap(({ direction, verdict }) =>
    verdict !== 'deny' && denied.some((was) => was.direction === direction) ? [direction] : [],
  );
  if (lost.length === 0 || (wanted.onMissing === 'hold' && isEmpty(before.workloads(name)))) return undefined;
  return { ...reached, lost };
}

function isDenied({ verdict }: CoverageVerdict): boolean {
  return verdict === 'deny';
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
  if (conventions.waivers.length === 0)
    return [...Map.groupBy(losses, ({ convention }) => convention.name).values()];
  const groups = Map.groupBy(losses, ({ former, convention }) => {
    const waiver = conventions.waiverFor({ rule: 'gate/default-deny-lost', object }, former, now);
    return JSON.stringify([convention.name, waiver?.name]);
  });
  return [...groups.values()];
}

function findingFor(
  { object, operation }: Subject,
  { former, lost: directions, now, wanted }: Loss,
  losses: readonly Loss[],
  { inventory }: RuleContext,
): Finding {
  const names = losses.map(({ name }) => name);
  const lost = judgeNamespace(inventory, now, wanted).filter(({ direction }) =>
    directions.includes(direction),
  );
  const relabelled = object.kind === 'Namespace';
  return {
    rule: 'gate/default-deny-lost',
    object: referenceOf(object),
    pointer: '',
    message: `${nameOf(object)}: ${changeInWords(operation, relabelled)}, ${directionsInWords(lost)} no longer denied by default in ${relabelled ? 'it' : `namespace${names.length > 1 ? 's' : ''} ${namesInWords(names)}`}`,
    witness: `in "${former.name}": ${lost[0]?.escapes ?? lost[0]?.reasons.join('; ') ?? 'unknown'}`,
    expected: expectedFor(operation, relabelled),
    namespace: former.name,
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
