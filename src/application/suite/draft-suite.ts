import { dirname, join, relative, sep } from 'node:path';
import { dump } from 'js-yaml';
import { dayOf } from '../../conventions/document/days.ts';
import { compareOutcome } from './compare-outcome.ts';
import type { Suite } from './find-suites.ts';
import { runCase } from './run-case.ts';
import type { CaseDocument } from './suite-schema.ts';

/** What a first suite is made of. */
export interface DraftQuestion {
  /** Where it is to lie. */
  readonly path: string;
  /** Files with manifests, one case each. */
  readonly files: readonly string[];
  readonly now: Date;
}

/** What of an outcome a first suite pins down; what is empty is left out, but for the decision. */
const pinned = ['decision', 'governedBy', 'rules', 'waived', 'waivedBy', 'warns'] as const;

/**
 * A first suite for manifests, with today's verdicts as what is expected: one case for each file, among all the others.
 * From then on whatever changes a verdict shows in a case that fails.
 */
export async function draftSuite({ files, now, path }: DraftQuestion): Promise<string> {
  const folder = dirname(path);
  const names = files.map((file) => relative(folder, file).split(sep).join('/'));
  const given = { clock: dayOf(now), objects: names };
  const entries = names.map((name): CaseDocument => ({ name: `${name} as it is today`, manifests: [name] }));
  const suite: Suite = {
    file: path,
    path,
    folder,
    text: '',
    source: { file: path, value: undefined, document: { text: '', offset: 0 } },
    document: { suite: 'verdicts of today', given, cases: entries },
    origins: [],
  };
  const cases = [];
  for (const entry of entries) {
    const outcome = await runCase(suite, entry, now);
    const nothing = { governedBy: [], rules: [], waived: [], waivedBy: [], warns: [] };
    const mismatches = compareOutcome(
      { ...nothing, decision: outcome.decision === 'allow' ? 'deny' : 'allow' },
      undefined,
      outcome,
    );
    const expect = Object.fromEntries(
      pinned.flatMap((field) => {
        const found = mismatches.find((mismatch) => mismatch.field === field);
        return found ? [[field, found.actual] as const] : [];
      }),
    );
    cases.push({ ...entry, expect });
  }
  const schema = '# yaml-language-server: $schema=https://tollgate.dev/schemas/test-suite-v1alpha1.json\n';
  return schema + dump({ suite: suite.document.suite, given, cases }, { lineWidth: 110, noRefs: true });
}

/** Where a suite is to lie: a name that `tollgate test` finds by itself. */
export function suitePath(folder: string, file: string): string | undefined {
  return /\.tollgate-test\.ya?ml$/.test(file) ? join(folder, file) : undefined;
}
