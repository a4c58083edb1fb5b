import { denies, type JudgedFinding, waiverInWords } from '../engine/judgement.ts';
import { printable, printableLine } from '../engine/printable.ts';
import { witnessWord } from '../rules/registry.ts';
import { nameOf } from '../facts/object-name.ts';
import { cut } from '../text/cut.ts';

/** The longest message of a denial; longer ones are cut and say how to see the rest. */
const longestMessage = 4096;
/** Kubernetes asks for at most 120 characters a warning, and drops everything past 4,096 in all. */
const longestWarning = 120;
const mostWarnings = 16;

/** The text kubectl prints after "denied the request:": each denying finding with its witness and what to write instead. */
export function denialMessage(findings: readonly JudgedFinding[], note?: string): string {
  const parts: readonly (JudgedFinding | string)[] = [...findings.filter(denies), ...(note ? [note] : [])];
  let message = '';
  for (const [index, part] of parts.entries()) {
    const block = typeof part === 'string' ? printable(part) : describe(part);
    const rest = `\n… and ${parts.length - index} more, shown by: tollgate check`;
    const room = longestMessage - message.length - rest.length - 1;
    if (block.length > room) return index === 0 ? cut(block, room + 1, { printable: true }) : message + rest;
    message += index === 0 ? block : `\n${block}`;
  }
  return message;
}

/**
 * One finding in full, as denials and `tollgate check` show it. Whatever an object holds that cannot be printed is
 * written out here, whichever rule told it; only what is expected has lines of its own.
 */
export function describe(finding: JudgedFinding): string {
  const lines = [`${finding.rule}: ${printableLine(finding.message)}`];
  if (finding.witness) lines.push(`  ${witnessWord(finding.rule)}: ${printableLine(finding.witness)}`);
  if (finding.found) lines.push(`  found: ${printableLine(finding.found)}`);
  if (finding.expected) lines.push(`  expected: ${finding.expected}`);
  if (finding.lapsed) lines.push(`  not waived: ${printableLine(finding.lapsed)}`);
  lines.push(`  more: tollgate explain ${finding.rule}`);
  return printable(lines.join('\n'));
}

/** One short line for each finding that does not deny, standing violations first, waived ones last. */
export function warningsFor(findings: readonly JudgedFinding[]): readonly string[] {
  const quiet = findings.filter((finding) => !denies(finding)).toSorted((a, b) => weight(a) - weight(b));
  const lines = quiet.slice(0, mostWarnings).map(warningOf);
  if (quiet.length <= mostWarnings) return lines;
  return [...lines, `${quiet.length - mostWarnings} more warnings, shown by: tollgate check`];
}

function weight({ waiver, standing, deniesFrom }: JudgedFinding): number {
  if (waiver) return 3;
  if (standing) return 0;
  return deniesFrom ? 1 : 2;
}

function warningOf(finding: JudgedFinding): string {
  const { rule, waiver, deniesFrom, standing, lapsed } = finding;
  const message = remedyFirst(finding);
  if (waiver) return shortened(`${rule}: ${widened(finding)}${waiverInWords(waiver)}`);
  // The fact comes first, since what is longer than a warning may be is cut.
  if (standing && lapsed) return shortened(`${rule}: ${lapsed}: ${message}`);
  return shortened(`${rule}: ${deniesFrom ? `denied from ${deniesFrom} on: ` : ''}${message}`);
}

/** What to write comes before what follows from the fault: of a long warning the end is lost. */
function remedyFirst({ brief, message, object }: JudgedFinding): string {
  if (brief === undefined) return message;
  const name = `${nameOf(object)}: `;
  return message.startsWith(name) ? `${name}${brief}; ${message.slice(name.length)}` : `${brief}; ${message}`;
}

/** What a waiver lets through that was not there before the change, with what was. */
function widened({ found, waivedBefore }: JudgedFinding): string {
  if (waivedBefore === undefined || found === undefined) return '';
  const same = commonBeginning(found, waivedBefore);
  return `now ${cut(found.slice(same), 30)}, was ${cut(waivedBefore.slice(same), 30)}: `;
}

/** How many characters two texts begin with, in whole words: what differs is what has to be read. */
function commonBeginning(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return one.lastIndexOf(' ', at - 1) + 1;
}

/** A text as one printable line, in the length that Kubernetes asks of a warning. */
export function shortened(text: string): string {
  return cut(printableLine(text), longestWarning, { printable: true });
}
