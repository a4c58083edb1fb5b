import type { Selector } from '../../selector/ast.ts';
import { atomsByKey } from '../../selector/atoms.ts';
import type { Atom } from '../../selector/evaluate.ts';
import { isPossibleKey } from '../../selector/satisfiability.ts';
import { type AccountName, accountNames, knownMembers, nameLabel } from './account-space.ts';
import { allOf, always, anyOf, choice, type Condition, never, not } from './condition.ts';
import { atomCondition, labelEffort, labelView, representativeValues } from './label-domain.ts';
import {
  accountLabel,
  accountNameLabel,
  isAccountKey,
  type KnownAccount,
} from '../../labels/account-labels.ts';

/**
 * Every pod that a namespace could have, as far as some selectors can tell pods apart: one variable for each label,
 * one for the service account, and for one that may yet be created its name and each of its labels.
 */
export interface PodSpace {
  readonly variables: readonly Variable[];
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
      /** False where conditions on the name of one that may be created are too many to tell which names there are. */
      readonly isNamed: boolean;
    }
  | { readonly of: 'account-name'; readonly values: readonly AccountName[] }
  | { readonly of: 'account-label'; readonly key: string; readonly values: readonly (string | undefined)[] }
  /** Where the pod's own address lies. */
  | { readonly of: 'address'; readonly name: string; readonly values: readonly boolean[] }
  /**
   * One of the conditions on a label that has too many classes. They are taken to be independent of each other, so
   * that there may be no pod for some of their combinations; none of them holding is an absent label.
   */
  | { readonly of: 'condition'; readonly name: string; readonly values: readonly boolean[] };

/** The space of pods that the selectors can tell apart. `accounts` are the service accounts that exist. */
export function createPodSpace(
  selectors: readonly (Selector | boolean)[],
  accounts: readonly KnownAccount[],
): PodSpace {
  const asked = atomsByKey(...selectors.filter((selector) => typeof selector !== 'boolean'));
  const variables: Variable[] = [];
  const add = (variable: Variable) => variables.push(variable) - 1;
  const effort = labelEffort();
  const flags = new Map<string, Condition>();
  const flag = (of: 'address' | 'condition', name: string): Condition => {
    const known = flags.get(of + name);
    if (known) return known;
    const condition = choice(add({ of, name, values: [false, true] }), [1]);
    flags.set(of + name, condition);
    return condition;
  };
  const conditions = new Map<string, (atom: Atom) => Condition>();
  const approximate = (atom: Atom) => approximateCondition(atom, (name) => flag('condition', name));
  const labelConditions = (of: 'label' | 'account-label', key: string, atoms: readonly Atom[]) => {
    const values = isPossibleKey(key) ? representativeValues(atoms, effort) : [undefined];
    if (!values) return approximate;
    const view = labelView(add({ of, key, values }), values);
    return (atom: Atom) => atomCondition(view, atom);
  };
  const addAccounts = (keys: readonly string[]) => {
    const nameAtoms = [accountLabel, accountNameLabel].flatMap((key) => asked.get(key) ?? []);
    const names = nameAtoms.length > 0 ? accountNames(nameAtoms, accounts, effort) : undefined;
    const isNamed = nameAtoms.length === 0 || names !== undefined;
    const account = add({ of: 'account', accounts, values: [...accounts, undefined], isNamed });
    const created = choice(account, [accounts.length]);
    const name = names ? add({ of: 'account-name', values: names }) : 0;
    const ofCreated = (key: string) => {
      const isName = key === accountLabel || key === accountNameLabel;
      if (!isName) return labelConditions('account-label', key, asked.get(key) ?? []);
      if (!names) return approximate;
      const view = labelView(
        name,
        names.map((value) => nameLabel(value, key)),
      );
      return (atom: Atom) => atomCondition(view, atom);
    };
    for (const key of keys) {
      const conditionOf = ofCreated(key);
      conditions.set(key, (atom) => {
        const known = choice(account, knownMembers(accounts, key, atom));
        return anyOf([known, allOf([created, conditionOf(atom)])]);
      });
    }
  };

  const accountKeys = [...asked.keys()].filter(isAccountKey);
  if (accountKeys.length > 0) addAccounts(accountKeys);
  for (const [key, atoms] of asked) {
    if (!conditions.has(key)) conditions.set(key, labelConditions('label', key, atoms));
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
  return { variables, conditionOf, freeCondition: (name) => flag('address', name) };
}

/** Whether the values that were chosen are certain to be those of some pod. */
export function isCertain({ variables }: PodSpace, valueOf: (variable: number) => number): boolean {
  return variables.every((variable, index) => {
    if (variable.of === 'condition') return valueOf(index) === 0;
    return variable.of !== 'account' || variable.isNamed || valueOf(index) < variable.accounts.length;
  });
}

function approximateCondition(atom: Atom, flag: (name: string) => Condition): Condition {
  switch (atom.kind) {
    case 'has':
      return flag(`has ${atom.key}`);
    case 'not-equals':
      return not(flag(`${atom.key} equals ${atom.value}`));
    case 'not-in':
      return allOf(atom.values.map((value) => not(flag(`${atom.key} equals ${value}`))));
    case 'in':
      return anyOf(atom.values.map((value) => flag(`${atom.key} equals ${value}`)));
    default:
      return flag(`${atom.key} ${atom.kind} ${atom.value}`);
  }
}
