import { createMemory, type Memory } from '../../../memo/memory.ts';
import { namespaceLabel, namespaceLabels, type NamespaceLike } from '../../labels/namespace-labels.ts';
import type { Policy } from '../../policy/policy.ts';
import type { NoteKind } from '../../state/notes.ts';
import type { PolicyChange, PolicyIndex } from '../../state/policy-index.ts';
import { candidateOf, compareCandidates, groupByTier } from '../facts/candidate.ts';
import { factsOf } from '../facts/policy-facts.ts';
import { type AskedLabels, classKey, withAsked } from './asked-labels.ts';
import { changedClass, classOfTiers, type NamespaceClass } from './namespace-class.ts';

/**
 * The classes of a set of cluster-wide policies. What class a namespace is of is told by the labels that the
 * policies ask about, and of these only by the values that they name.
 */
export interface ClassTable {
  readonly global: PolicyIndex['global'];
  readonly asked: AskedLabels;
  /** The classes that were asked for, by what their namespaces answer to the policies. */
  readonly classes: Memory<string, NamespaceClass>;
  /** The table of the policies before a change: its classes need only the change to be right again. */
  readonly before?: { readonly table: ClassTable; readonly change: PolicyChange };
  scan?: PolicyScan;
}

/** Policies by a value that a label of the namespace must have, and those that cannot be found so. */
interface PolicyScan {
  readonly byValue: ReadonlyMap<string, readonly Policy[]>;
  readonly others: readonly Policy[];
}

/** The classes of namespaces; stale once the cluster-wide policies have changed, and then of use for the next table. */
export const classTable: NoteKind<ClassTable> = {
  name: 'classes of namespaces',
  restsOn: ({ index }) => [index.global],
  create: ({ index }) => createClassTable(index.global),
  after: (former, change, { index }) => changeClassTable(former, index.global, change),
};

/** More classes than a large cluster has namespaces. */
const bound = { entries: 32_768 };

function createClassTable(global: PolicyIndex['global']): ClassTable {
  return { global, asked: withAsked(new Map(), [...global.values()].flat()), classes: noClasses() };
}

function noClasses(): ClassTable['classes'] {
  return createMemory({ name: 'classes of namespaces by their labels', bound });
}

/** More changes than this at once, and the classes are made anew. */
const maximumChange = 64;

/** The table after a change of the policies. */
function changeClassTable(
  table: ClassTable,
  global: PolicyIndex['global'],
  change: PolicyChange,
): ClassTable {
  if (change.come.length + change.gone.size > maximumChange) return createClassTable(global);
  const { before: _, ...last } = table;
  return {
    global,
    // Values that only policies which are gone have named make classes finer than need be, not wrong.
    asked: withAsked(table.asked, change.come),
    classes: noClasses(),
    before: { table: last, change },
  };
}

/** The class of a namespace. */
export function classOf(table: ClassTable, namespace: NamespaceLike): NamespaceClass {
  const key = classKey(table.asked, namespace);
  const known = table.classes.get(key);
  if (known) return known;
  const found = classFromBefore(table, namespace) ?? newClass(table, namespace);
  table.classes.set(key, found);
  return found;
}

/** The class as it follows from that before the change; undefined where nobody has asked for that one. */
function classFromBefore(
  { asked, before }: ClassTable,
  namespace: NamespaceLike,
): NamespaceClass | undefined {
  const former = before?.table.classes.get(classKey(before.table.asked, namespace));
  if (!before || !former) return undefined;
  const { come, gone } = before.change;
  const known = namespaceLabels(namespace, asked.keys());
  const arrivals = come.flatMap((policy) => candidateOf(policy, factsOf(policy), known) ?? []);
  const touched = new Set([
    ...arrivals.map(({ policy }) => policy.tier),
    ...[...gone].map(({ tier }) => tier),
  ]);
  return changedClass(former, arrivals, ({ policy }) => gone.has(policy), touched);
}

function newClass(table: ClassTable, namespace: NamespaceLike): NamespaceClass {
  table.scan ??= createScan(table);
  const { byValue, others } = table.scan;
  const policies = new Set(others);
  for (const key of table.asked.keys()) {
    const value = namespaceLabel(namespace, key);
    for (const policy of byValue.get(`${key} ${value}`) ?? []) if (value !== undefined) policies.add(policy);
  }
  const known = namespaceLabels(namespace, table.asked.keys());
  const tiers = groupByTier(
    [...policies].flatMap((policy) => candidateOf(policy, factsOf(policy), known) ?? []),
  );
  for (const there of tiers.values()) there.sort(compareCandidates);
  return classOfTiers(tiers);
}

function createScan({ global }: ClassTable): PolicyScan {
  const byValue = new Map<string, Policy[]>();
  const others: Policy[] = [];
  for (const policy of [...global.values()].flat()) {
    const { needs } = factsOf(policy);
    if (!needs) others.push(policy);
    for (const value of needs?.values ?? []) {
      const key = `${needs?.key} ${value}`;
      const there = byValue.get(key);
      if (there) there.push(policy);
      else byValue.set(key, [policy]);
    }
  }
  return { byValue, others };
}
