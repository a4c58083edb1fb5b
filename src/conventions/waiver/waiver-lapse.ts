import type { WaiverTerms } from '../convention/convention.ts';
import { dayOf } from '../document/days.ts';
import { groupNameOf } from '../convention/rule-action.ts';
import { faultsOf, mayWaive } from './waiver-validity.ts';
import { isPinned, mismatchInWords } from './pin.ts';
import type { Waivable, WaiverStatement } from './waiver.ts';
import { lacksPins } from './waiver-width.ts';

/**
 * Why a waiver that is about a finding does not cover it, in one sentence: whoever relied on it learns it where it
 * matters. Undefined where it does cover it.
 */
export function lapseInWords(
  waiver: WaiverStatement,
  { rule, pinnable }: Pick<Waivable, 'rule' | 'pinnable'>,
  terms: WaiverTerms,
  now: Date,
): string | undefined {
  const { name, owner, from = '', until } = waiver;
  const today = dayOf(now);
  const subject = `waiver "${name}" of ${owner}`;
  if (today > until) return `${subject} ended on ${until}`;
  if (today < from) return `${subject} begins on ${from}`;
  const [fault] = mayWaive(waiver, rule, terms)
    ? [...faultsOf(waiver, terms), ...(lacksPins(waiver, rule, terms) ? [unpinnedInWords(rule)] : [])]
    : [refusalInWords(waiver.rules.includes(rule) ? rule : groupNameOf(rule), terms)];
  if (fault !== undefined) return `${subject} does not count: ${fault}`;
  const finding = pinnable?.();
  if (!waiver.findings || !finding || isPinned(waiver.findings, finding)) return undefined;
  return `${subject} ${mismatchInWords(waiver.findings, finding)}`;
}

/** Why a waiver that lists no findings does not count for a rule. */
export function unpinnedInWords(rule: string): string {
  return `it lists no findings, and the convention has ${rule} waived only for those that are listed`;
}

/** Why a rule or group that a waiver names may not be waived. */
export function refusalInWords(name: string, { wholeGroups }: WaiverTerms): string {
  return name.endsWith('/*') && !wholeGroups
    ? `it names the whole group ${name}, and only single rules may be waived`
    : `nothing may waive ${name}`;
}
