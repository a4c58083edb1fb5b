import { type Atom, evaluateAtom } from '../../selector/evaluate.ts';
import { literalsOf, looksInside } from '../../selector/atoms.ts';
import { type LabelEffort, representativeValues } from './label-domain.ts';
import {
  accountLabel,
  accountNameLabel,
  accountNameLimit,
  accountValue,
  type KnownAccount,
} from '../../labels/account-labels.ts';
/** The name of an account that may be created; one of 63 characters or more gives its pods no label. */
export interface AccountName {
  readonly name: string;
  readonly isLabel: boolean;
}

/** What an account that may be created gives its pods as one of the labels of its name. */
export function nameLabel({ name, isLabel }: AccountName, key: string): string | undefined {
  return key === accountNameLabel || isLabel ? name : undefined;
}

/**
 * Names that an account yet to be created can have: none that is taken, short ones and ones too long for a label;
 * undefined where there are too many to tell.
 */
export function accountNames(
  atoms: readonly Atom[],
  accounts: readonly KnownAccount[],
  effort: LabelEffort,
): readonly AccountName[] | undefined {
  const taken = new Set(accounts.map(({ name }) => name));
  // Taken names count as named, so that no class is stood for by a name that cannot be given again.
  const takenAtoms = accounts.map(({ name }): Atom => ({ kind: 'equals', key: accountLabel, value: name }));
  const values = representativeValues([...atoms, ...takenAtoms], effort);
  if (!values) return undefined;
  const isFree = (name: string | undefined) => name !== undefined && !taken.has(name) && isAccountName(name);
  const short = values.filter(isFree) as string[];
  const literals = new Set(atoms.flatMap(literalsOf));
  const long = [...literals].filter((name) => name.length >= accountNameLimit && isFree(name));
  // What is said of parts of a name can be true of long names as well as of short ones.
  const asksParts = atoms.some(looksInside);
  const filler = asksParts ? unsaidCharacter(atoms) : '';
  if (filler === undefined) return undefined;
  const lengthened = asksParts ? short.map((name) => `${name}${filler.repeat(accountNameLimit)}${name}`) : [];
  const tooLong = [...lengthened, ...long, unnamedLong(literals)];
  return [
    ...short.map((name) => ({ name, isLabel: true })),
    ...tooLong.map((name) => ({ name, isLabel: false })),
  ];
}

/** Whether an account with some labels and a free name gives its pods the answer that a condition wants. */
export function knownMembers(accounts: readonly KnownAccount[], key: string, atom: Atom): readonly number[] {
  return accounts.flatMap((known, index) => (evaluateAtom(atom, accountValue(known, key)) ? [index] : []));
}

/** A name of a service account is a DNS name of up to 253 characters. */
function isAccountName(name: string): boolean {
  return name.length <= 253 && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(name);
}

/** A character that no condition names: put between two copies of a name it changes nothing that is said of parts. */
function unsaidCharacter(atoms: readonly Atom[]): string | undefined {
  const said = atoms.map((atom) => ('value' in atom ? atom.value : '')).join('');
  return 'xyzabcdefghijklmnopqrstuvw0123456789'.split('').find((character) => !said.includes(character));
}

function unnamedLong(literals: ReadonlySet<string>): string {
  let name = `account-${'x'.repeat(accountNameLimit - 8)}`;
  while (literals.has(name)) name += 'x';
  return name;
}
