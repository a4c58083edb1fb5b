import { createHash } from 'node:crypto';
import { comparePolicies, type Policy } from '../../policy/policy.ts';
import type { PolicyChange, PolicyIndex } from '../../state/policy-index.ts';
import { literalsOf, looksInside } from '../../selector/atoms.ts';
import { type Candidate, candidateKey, candidateOf } from '../facts/candidate.ts';
import type { PolicyFacts } from '../facts/policy-facts.ts';
import { ownLabel } from '../../labels/inherited-labels.ts';
import { namespaceLabel, namespaceLabels, type NamespaceLike } from '../../labels/namespace-labels.ts';

/** Namespaces to which the policies of the whole cluster say the same. */
export interface NamespaceClass {
  /** The policies that can select a pod there, by tier, in the order of the walk. */
  readonly tiers: ReadonlyMap<string, readonly Candidate[]>;
  /** Equal for classes, of this world or another, in which the same policies say the same. */
  readonly number: number;
  readonly asksAccounts: boolean;
  /** Whether some rule asks for labels at the pod's own end. */
  readonly asksPodEnds: boolean;
}

/**
 * The classes of a set of cluster-wide policies. What class a namespace is of is told by the labels that the
 * policies ask about, and of these only by the values that they name.
 */
export interface ClassTable {
  readonly global: PolicyIndex['global'];
  readonly factsOf: (policy: Policy) => PolicyFacts;
  readonly numberOf: (signature: string) => number;
  readonly asked: ReadonlyMap<string, AskedLabel>;
  /** The classes that were asked for. */
  readonly classes: Map<string, NamespaceClass>;
  /** The table of the policies before a change: its classes need only the change to be right again. */
  readonly before?: { readonly table: ClassTable; readonly change: PolicyChange };
  scan?: PolicyScan;
}

/** Which values of a label policies tell apart. */
interface AskedLabel {
  /** The label of the namespace behind it; undefined where its name is asked for. */
  readonly own: string | undefined;
  readonly literals: ReadonlySet<string>;
  /** Whether some condition looks inside values, so that each is a class of its own. */
  readonly looksInside: boolean;
}

/** Policies by a value that a label of the namespace must have, and those that cannot be found so. */
interface PolicyScan {
  readonly byValue: ReadonlyMap<string, readonly Policy[]>;
  readonly others: readonly Policy[];
}

export function createClassTable(
  global: PolicyIndex['global'],
  factsOf: (policy: Policy) => PolicyFacts,
  numberOf: (signature: string) => number,
): ClassTable {
  const asked = withAsked(new Map(), [...global.values()].flat(), factsOf);
  return { global, factsOf, numberOf, asked, classes: new Map() };
}

/** More changes than this at once, and the classes are made anew. */
const maximumChange = 64;

/** The table after a change of the policies. */
export function changeClassTable(
  table: ClassTable,
  global: PolicyIndex['global'],
  change: PolicyChange,
): ClassTable {
  const { factsOf, numberOf } = table;
  if (change.come.length + change.gone.size > maximumChange)
    return createClassTable(global, factsOf, numberOf);
  const { before: _, ...last } = table;
  return {
    global,
    factsOf,
    numberOf,
    // Values that only policies which are gone have named make classes finer than need be, not wrong.
    asked: withAsked(table.asked, change.come, factsOf),
    classes: new Map(),
    before: { table: last, change },
  };
}

/** The class of a namespace. */
export function classOf(table: ClassTable, namespace: NamespaceLike): NamespaceClass {
  const key = classKey(table.asked, namespace);
  const known = table.classes.get(key);
  if (known) return known;
  const before = table.before?.table.classes.get(classKey(table.before.table.asked, namespace));
  const found = before
    ? changedClass(table, namespace, before, table.before?.change as PolicyChange)
    : newClass(table, namespace);
  table.classes.set(key, found);
  return found;
}

function classKey(asked: ClassTable['asked'], { name, labels }: NamespaceLike): string {
  let key = '';
  for (const { own, literals, looksInside } of asked.values()) {
    const value = own === undefined ? name : ownLabel(labels, own);
    if (value === undefined) key += ',';
    else if (looksInside || literals.has(value)) key += `${value.length}=${value},`;
    else key += '*,';
  }
  return key;
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
    [...policies].flatMap((policy) => candidateOf(policy, table.factsOf(policy), known) ?? []),
  );
  for (const there of tiers.values()) there.sort(compareCandidates);
  return classOfTiers(tiers, table);
}

function changedClass(
  table: ClassTable,
  namespace: NamespaceLike,
  before: NamespaceClass,
  { come, gone }: PolicyChange,
): NamespaceClass {
  const known = namespaceLabels(namespace, table.asked.keys());
  const arrivals = come.flatMap((policy) => candidateOf(policy, table.factsOf(policy), known) ?? []);
  const touched = new Set([
    ...arrivals.map(({ policy }) => policy.tier),
    ...[...gone].map(({ tier }) => tier),
  ]);
  const tiers = new Map(before.tiers);
  let changed = false;
  for (const tier of touched) {
    const there = before.tiers.get(tier) ?? [];
    const kept = there.filter(({ policy }) => !gone.has(policy));
    const added = arrivals.filter(({ policy }) => policy.tier === tier);
    if (kept.length === there.length && added.length === 0) continue;
    changed = true;
    const candidates = [...kept, ...added].sort(compareCandidates);
    if (candidates.length > 0) tiers.set(tier, candidates);
    else tiers.delete(tier);
  }
  return changed ? classOfTiers(tiers, table) : before;
}

export function groupByTier(candidates: readonly Candidate[]): Map<string, Candidate[]> {
  const tiers = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const { tier } = candidate.policy;
    const there = tiers.get(tier);
    if (there) there.push(candidate);
    else tiers.set(tier, [candidate]);
  }
  return tiers;
}

export function compareCandidates(left: Candidate, right: Candidate): number {
  return comparePolicies(left.policy, right.policy);
}

function classOfTiers(tiers: NamespaceClass['tiers'], { numberOf }: ClassTable): NamespaceClass {
  const names = [...tiers.keys()].sort();
  const candidates = names.flatMap((name) => tiers.get(name) ?? []);
  const hash = createHash('sha1');
  for (const candidate of candidates) hash.update(`${candidateKey(candidate)}\n`);
  return {
    tiers,
    number: numberOf(hash.digest('base64')),
    asksAccounts: candidates.some(({ facts }) => facts.asksAccounts),
    asksPodEnds: candidates.some(({ facts }) => facts.podSelectors.length > 0),
  };
}

function createScan({ global, factsOf }: ClassTable): PolicyScan {
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

function withAsked(
  asked: ClassTable['asked'],
  policies: readonly Policy[],
  factsOf: (policy: Policy) => PolicyFacts,
): ClassTable['asked'] {
  const added = new Map<string, AskedLabel & { readonly literals: Set<string>; looksInside: boolean }>();
  for (const atom of policies.flatMap((policy) => factsOf(policy).namespaceAtoms)) {
    const known = asked.get(atom.key);
    const literals = literalsOf(atom);
    const looks = looksInside(atom);
    const isKnown =
      known && (known.looksInside || !looks) && literals.every((value) => known.literals.has(value));
    if (isKnown && !added.has(atom.key)) continue;
    const label = added.get(atom.key) ?? {
      own: ownKey(atom.key),
      literals: new Set(known?.literals),
      looksInside: known?.looksInside ?? false,
    };
    for (const value of literals) label.literals.add(value);
    label.looksInside ||= looks;
    added.set(atom.key, label);
  }
  return added.size === 0 ? asked : new Map([...asked, ...added]);
}

function ownKey(key: string): string | undefined {
  const isName = key === 'projectcalico.org/namespace' || key === 'pcns.projectcalico.org/name';
  return isName ? undefined : key.slice('pcns.'.length);
}
