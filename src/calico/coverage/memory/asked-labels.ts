import { ownLabel } from '../../labels/inherited-labels.ts';
import type { NamespaceLike } from '../../labels/namespace-labels.ts';
import type { Policy } from '../../policy/policy.ts';
import { literalsOf, looksInside } from '../../selector/atoms.ts';
import { factsOf } from '../facts/policy-facts.ts';

/** The labels of a namespace that some policies ask about, as their pods have them. */
export type AskedLabels = ReadonlyMap<string, AskedLabel>;

/** Which values of a label policies tell apart. */
export interface AskedLabel {
  /** The label of the namespace behind it; undefined where its name is asked for. */
  readonly own: string | undefined;
  readonly literals: ReadonlySet<string>;
  /** Whether some condition looks inside values, so that each is a class of its own. */
  readonly looksInside: boolean;
}

/** Equal for namespaces that no policy which asks for these labels tells apart. */
export function classKey(asked: AskedLabels, { name, labels, absent = [] }: NamespaceLike): string {
  let key = absent.length === 0 ? '' : `${absent.join(' ')};`;
  for (const { own, literals, looksInside } of asked.values()) {
    const value = own === undefined ? name : ownLabel(labels, own);
    if (value === undefined) key += ',';
    else if (looksInside || literals.has(value)) key += `${value.length}=${value},`;
    else key += '*,';
  }
  return key;
}

/** The labels with those that more policies ask about; the same where these ask for nothing new. */
export function withAsked(asked: AskedLabels, policies: readonly Policy[]): AskedLabels {
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
