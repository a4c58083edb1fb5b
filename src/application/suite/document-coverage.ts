import { hashOf } from '../../conventions/convention-hash.ts';
import type { Convention } from '../../conventions/convention/convention.ts';
import { groupNameOf } from '../../conventions/convention/rule-action.ts';
import { defaultConventionFile } from '../../conventions/default-conventions.ts';
import type { Waiver } from '../../conventions/waiver/waiver.ts';
import { waiversOf } from '../../engine/judgement.ts';
import type { CaseOutcome } from './case-outcome.ts';
import type { SuiteResult } from './suite-result.ts';

/** Something that a document says, and in how many cases it showed. */
export interface Exercised {
  /** `convention "platform"`, `mesh/opt-out of convention "platform"`, `waiver "ftp"`. */
  readonly what: string;
  readonly file: string;
  readonly cases: number;
}

/**
 * Which conventions govern something in a case, which of their settings of rules had a finding to act on, and which waivers
 * cover one: of all documents that the cases give. The packaged convention is nobody's own.
 */
export function documentCoverage(results: readonly SuiteResult[]): readonly Exercised[] {
  const outcomes = results.flatMap(({ cases }) => cases.map(({ outcome }) => outcome));
  const found = new Map<string, Exercised>();
  for (const outcome of outcomes) {
    const { conventions, waivers } = outcome.conventions;
    for (const convention of conventions) {
      if (convention.source.file === defaultConventionFile) continue;
      for (const one of exercisedOf(convention, outcome)) add(found, one, convention);
    }
    for (const waiver of waivers) add(found, exercisedWaiver(waiver, outcome), waiver);
  }
  return [...found.values()];
}

/** The same document may be given by several suites, from whichever folder. */
function add(found: Map<string, Exercised>, one: Exercised, { source }: Convention | Waiver): void {
  const key = `${one.what} ${hashOf(source?.value)}`;
  const known = found.get(key);
  found.set(key, known ? { ...known, cases: known.cases + one.cases } : one);
}

function exercisedOf(
  { name, rules, source: { file } }: Convention,
  { asked, findings, governedBy, notices, patched }: CaseOutcome,
): readonly Exercised[] {
  const governs = governedBy.includes(name);
  const told = new Set([...findings, ...notices].map(({ rule }) => rule));
  const shown = [...new Set([...told, ...patched])];
  return [
    { what: `convention "${name}"`, file, cases: Number(governs) },
    ...[...rules].map(([key, { actions }]): Exercised => {
      // What is off finds nothing, so that its rules were asked is all that can be seen of it.
      const isOff = Object.values(actions).every((action) => action === 'off');
      const ids = isOff ? [...asked] : shown;
      const shows = ids.some((id) => id === key || groupNameOf(id) === key);
      return { what: `${key} of convention "${name}"`, file, cases: Number(governs && shows) };
    }),
  ];
}

function exercisedWaiver({ name, source }: Waiver, { findings }: CaseOutcome): Exercised {
  const covers = findings.some((finding) => waiversOf(finding).includes(name));
  return { what: `waiver "${name}"`, file: source?.file ?? '', cases: Number(covers) };
}

/** How much of what the documents say had a case, in percent; 100 where they say nothing. */
export function percentOf(coverage: readonly Exercised[]): number {
  if (coverage.length === 0) return 100;
  return (100 * coverage.filter(({ cases }) => cases > 0).length) / coverage.length;
}

/** What had no case, and how much had one. */
export function documentsInWords(coverage: readonly Exercised[]): string {
  const bare = coverage.filter(({ cases }) => cases === 0);
  const percent = Math.floor(percentOf(coverage));
  return [
    ...bare.map(({ file, what }) => `no case: ${what} (${file})`),
    `${coverage.length - bare.length} of ${coverage.length} parts of your own conventions and waivers have a case (${percent} %)`,
    '',
  ].join('\n');
}
