import { rememberByOwner } from '../../memo/by-owner.ts';
import type { RuleId } from '../document/action.ts';
import type { WaiverTerms } from '../convention/convention.ts';
import { dayOf, daysThrough } from '../document/days.ts';
import { groupNameOf } from '../convention/rule-action.ts';
import type { WaiverStatement } from './waiver.ts';
import { isDocument, lacksPins, widthFaults } from './waiver-width.ts';

/** Whether a waiver counts for a rule at this time: begun, not ended, and within the convention's terms. */
export function countsOn(waiver: WaiverStatement, rule: RuleId, terms: WaiverTerms, now: Date): boolean {
  return (
    mayWaive(waiver, rule, terms) &&
    !lacksPins(waiver, rule, terms) &&
    isSound(waiver, terms) &&
    isInForce(waiver, dayOf(now))
  );
}

function isSound(waiver: WaiverStatement, terms: WaiverTerms): boolean {
  return isDocument(waiver) ? isSoundBy(terms)(waiver) : faultsOf(waiver, terms).length === 0;
}

/** By the terms of a convention and the document of a waiver, whatever the time; never stale. */
const isSoundBy = rememberByOwner({ name: 'waivers by terms' }, (terms: WaiverTerms) =>
  rememberByOwner(
    { name: 'waivers without a fault' },
    (waiver: WaiverStatement) => faultsOf(waiver, terms).length === 0,
  ),
);

/** Whether a day, YYYY-MM-DD in UTC, lies between `from` and `until`, both counted; days written so sort as text. */
export function isInForce({ from, until }: WaiverStatement, today: string): boolean {
  return today <= until && (from === undefined || today >= from);
}

/** Whether waivers may speak of a rule at all: not of what says that a waiver is wrong or that something was not judged. */
function isWaivable(rule: RuleId): boolean {
  return !rule.startsWith('waiver/') && !rule.startsWith('manifest/');
}

/** Whether the convention lets this waiver speak of the rule: not one that nothing waives, nor by its whole group. */
export function mayWaive({ rules }: WaiverStatement, rule: RuleId, terms: WaiverTerms): boolean {
  if (!isWaivable(rule) || terms.never.has(rule) || terms.never.has(groupNameOf(rule))) return false;
  return terms.wholeGroups || rules.includes(rule);
}

/** What a waiver lacks by the convention's terms, one sentence each; while there is any, it does not count. */
export function faultsOf(waiver: WaiverStatement, terms: WaiverTerms): string[] {
  const { requiredFields, maxDays } = terms;
  const faults = [
    ...requiredFields
      .filter((field) => waiver[field] === undefined)
      .map((field) => `it has no ${field}, which the convention requires`),
    ...notApproved(waiver, terms),
    ...widthFaults(waiver, terms),
  ];
  if (maxDays === undefined || requiredFields.includes('from'))
    return [...faults, ...tooLong(waiver, maxDays)];
  // Without a first day the limit would only be of what is left: what was refused would count one day by itself.
  if (waiver.from === undefined)
    faults.push(
      `it has no from, so how long it lasts is not known, and the convention allows ${maxDays} days`,
    );
  return [...faults, ...tooLong(waiver, maxDays)];
}

function notApproved(
  { approvedBy }: WaiverStatement,
  { approvers, requiredFields }: WaiverTerms,
): readonly string[] {
  if (!approvers || (approvedBy !== undefined && approvers.includes(approvedBy))) return [];
  if (approvedBy === undefined && requiredFields.includes('approvedBy')) return [];
  const by = approvedBy === undefined ? 'nobody has approved it' : `"${approvedBy}" may not approve it`;
  return [`${by}, and the convention names who may: ${approvers.join(', ') || 'nobody'}`];
}

function tooLong({ from, until }: WaiverStatement, maxDays: number | undefined): string[] {
  if (maxDays === undefined || from === undefined) return [];
  const days = daysThrough(from, until);
  return days > maxDays ? [`it lasts ${days} days, and the convention allows ${maxDays}`] : [];
}
