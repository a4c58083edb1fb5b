import type { StringMap } from '../../kubernetes/object.ts';
import { isLabelValue } from '../../kubernetes/label-syntax.ts';
import { accountNameLimit, inherited } from '../flow/endpoint-labels.ts';
import type { Selector } from '../selector/ast.ts';
import { atomsByKey } from '../selector/atoms.ts';
import { type Atom, evaluateAtom } from '../selector/evaluate.ts';
import { labelClasses } from '../selector/label-classes.ts';
import { isPossibleKey } from '../selector/satisfiability.ts';
import { literalsOf, looksInside } from './atom-values.ts';
import { allOf, always, anyOf, choice, type Condition, never, not } from './condition.ts';

/** A service account that exists. */
export interface KnownAccount {
  readonly name: string;
  readonly labels: StringMap;
}

/**
 * Every pod that a namespace could have, as far as some selectors can tell pods apart: one variable for each label,
 * one for the service account, and for one that may yet be created its name and each of its labels.
 */
export interface PodSpace {
  readonly variables: readonly Variable[];
  /** False where some value of a label may behave unlike every value that is tried. */
  readonly complete: boolean;
  /** A selector over labels of the pod, once those of its namespace are resolved. */
  readonly conditionOf: (selector: Selector | boolean) => Condition;
  /** A condition that no label decides, by name; conditions of the same name hold together. */
  readonly freeCondition: (name: string) => Condition;
}

/** What pods can differ in; the first value is the plainest. */
export type Variable =
  | { readonly of: 'label'; readonly key: string; readonly values: readonly (string | undefined)[] }
  /** Values are the known accounts, then one that may be created. */
  | {
      readonly of: 'account';
      readonly accounts: readonly KnownAccount[];
      readonly values: readonly unknown[];
    }
  | { readonly of: 'account-name'; readonly values: readonly AccountName[] }
  | { readonly of: 'account-label'; readonly key: string; readonly values: readonly (string | undefined)[] }
  | { readonly of: 'free'; readonly name: string; readonly values: readonly boolean[] };

/** The name of an account that may be created; one of 63 characters or more gives its pods no label. */
export interface AccountName {
  readonly name: string;
  readonly isLabel: boolean;
}

const accountLabel = 'projectcalico.org/serviceaccount';
const accountNameLabel = 'pcsa.projectcalico.org/name';

/** The space of pods that the selectors can tell apart. `accounts` are the service accounts that exist. */
export function createPodSpace(
  selectors: readonly (Selector | boolean)[],
  accounts: readonly KnownAccount[],
): PodSpace {
  const variables: Variable[] = [];
  const conditions = new Map<string, (atom: Atom) => Condition>();
  const free = new Map<string, Condition>();
  let complete = true;
  const asked = atomsByKey(...selectors.filter((selector) => typeof selector !== 'boolean'));
  const add = (variable: Variable) => variables.push(variable) - 1;
  const addLabel = (of: 'label' | 'account-label', key: string, atoms: readonly Atom[]) => {
    const domain = domainOf(key, atoms);
    complete &&= domain.complete;
    return { variable: add({ of, key, values: domain.values }), domain };
  };

  const accountAtoms = [...asked].filter(([key]) => isAccountKey(key));
  if (accountAtoms.length > 0) {
    const account = add({ of: 'account', accounts, values: [...accounts, undefined] });
    const created = choice(account, [accounts.length]);
    const among = (key: string, atom: Atom) => {
      const members = accounts.flatMap((known, index) =>
        evaluateAtom(atom, accountValue(known, key)) ? [index] : [],
      );
      return choice(account, members);
    };
    const atomsOfName = [accountLabel, accountNameLabel].flatMap((key) => asked.get(key) ?? []);
    if (atomsOfName.length > 0) {
      const names = accountNames(atomsOfName, accounts);
      complete &&= names.complete;
      const variable = add({ of: 'account-name', values: names.values });
      for (const key of [accountLabel, accountNameLabel]) {
        conditions.set(key, (atom) => {
          const members = names.values.flatMap((value, index) =>
            evaluateAtom(atom, nameLabel(value, key)) ? [index] : [],
          );
          return anyOf([among(key, atom), allOf([created, choice(variable, members)])]);
        });
      }
    }
    for (const [key, atoms] of accountAtoms) {
      if (conditions.has(key)) continue;
      const { variable, domain } = addLabel('account-label', key, atoms);
      conditions.set(key, (atom) =>
        anyOf([among(key, atom), allOf([created, atomCondition(variable, domain, atom)])]),
      );
    }
  }
  for (const [key, atoms] of asked) {
    if (conditions.has(key)) continue;
    const { variable, domain } = addLabel('label', key, atoms);
    conditions.set(key, (atom) => atomCondition(variable, domain, atom));
  }

  const conditionOf = (selector: Selector | boolean): Condition => {
    if (typeof selector === 'boolean') return selector ? always : never;
    switch (selector.kind) {
      case 'all':
      case 'global':
        return always;
      case 'not':
        return not(conditionOf(selector.operand));
      case 'and':
        return allOf(selector.operands.map(conditionOf));
      case 'or':
        return anyOf(selector.operands.map(conditionOf));
      default:
        return conditions.get(selector.key)?.(selector) ?? never;
    }
  };
  const freeCondition = (name: string): Condition => {
    const known = free.get(name);
    if (known) return known;
    const condition = choice(add({ of: 'free', name, values: [false, true] }), [1]);
    free.set(name, condition);
    return condition;
  };
  return {
    variables,
    get complete() {
      return complete;
    },
    conditionOf,
    freeCondition,
  };
}

/** The values a label is tried with. */
interface Domain {
  readonly values: readonly (string | undefined)[];
  readonly indexes: ReadonlyMap<string | undefined, number>;
  readonly complete: boolean;
}

function domainOf(key: string, atoms: readonly Atom[]): Domain {
  const { values, complete } = isPossibleKey(key) ? valuesOf(atoms) : { values: [undefined], complete: true };
  return { values, complete, indexes: new Map(values.map((value, index) => [value, index])) };
}

/** Where no condition looks inside values, each value that is named is a class of its own and all others are one. */
function valuesOf(atoms: readonly Atom[]): {
  readonly values: readonly (string | undefined)[];
  readonly complete: boolean;
} {
  if (atoms.some(looksInside)) {
    const { representatives, complete } = labelClasses(atoms);
    return { values: representatives, complete };
  }
  const literals = new Set(atoms.flatMap(literalsOf).filter(isLabelValue));
  return { values: [undefined, unnamed(literals), ...literals], complete: true };
}

function unnamed(literals: ReadonlySet<string>): string {
  let value = 'other';
  for (let number = 2; literals.has(value); number++) value = `other-${number}`;
  return value;
}

function atomCondition(variable: number, { values, indexes }: Domain, atom: Atom): Condition {
  switch (atom.kind) {
    case 'has':
      return choice(variable, [0], false);
    case 'equals':
    case 'not-equals':
    case 'in':
    case 'not-in': {
      const members = literalsOf(atom).flatMap((literal) => indexes.get(literal) ?? []);
      return choice(variable, members, atom.kind === 'equals' || atom.kind === 'in');
    }
    default:
      return choice(
        variable,
        values.flatMap((value, index) => (evaluateAtom(atom, value) ? [index] : [])),
      );
  }
}

function isAccountKey(key: string): boolean {
  return key === accountLabel || key.startsWith('pcsa.');
}

function accountValue({ name, labels }: KnownAccount, key: string): string | undefined {
  if (key === accountLabel) return name.length < accountNameLimit ? name : undefined;
  return inherited(labels, 'pcsa.', name, key);
}

function nameLabel({ name, isLabel }: AccountName, key: string): string | undefined {
  return key === accountNameLabel || isLabel ? name : undefined;
}

/** Names that an account yet to be created can have: none that is taken, short ones and ones too long for a label. */
function accountNames(
  atoms: readonly Atom[],
  accounts: readonly KnownAccount[],
): { readonly values: readonly AccountName[]; readonly complete: boolean } {
  const taken = new Set(accounts.map(({ name }) => name));
  const takenAtoms = accounts.map(({ name }): Atom => ({ kind: 'equals', key: accountLabel, value: name }));
  // Taken names count as named, so that no class is stood for by a name that cannot be given again.
  const { values, complete } = valuesOf([...atoms, ...takenAtoms]);
  const literals = new Set(atoms.flatMap(literalsOf));
  const short = values.filter((name) => name !== undefined && !taken.has(name) && isAccountName(name));
  const long = [...literals].filter((name) => name.length >= accountNameLimit && !taken.has(name));
  const names = short.map((name) => ({ name: name as string, isLabel: true }));
  const tooLong = [
    ...(atoms.some(looksInside) ? short : []),
    ...long.filter(isAccountName),
    unnamedLong(literals),
  ];
  return {
    values: [...names, ...tooLong.map((name) => ({ name: name as string, isLabel: false }))],
    complete,
  };
}

/** A name of a service account is a DNS name of up to 253 characters. */
function isAccountName(name: string): boolean {
  return name.length <= 253 && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(name);
}

function unnamedLong(literals: ReadonlySet<string>): string {
  let name = `account-${'x'.repeat(accountNameLimit - 8)}`;
  while (literals.has(name)) name += 'x';
  return name;
}
