import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createTextEditor } from '../../manifests/edit/edit-text.ts';
import { defaultLimits } from '../../manifests/limits.ts';
import { applyTextEdits, type TextEdit } from '../../manifests/edit/text-edit.ts';
import { pointerInCase } from './expand-rows.ts';
import type { SuiteResult } from './suite-result.ts';

/**
 * Puts what was found into the expectations that failed, in the files of the suites and of their patches. Everything
 * else in the files stays as it is. The sentences say what could not be put in.
 */
export async function updateSuites(results: readonly SuiteResult[]): Promise<readonly string[]> {
  const editor = await createTextEditor(defaultLimits);
  const refusals: string[] = [];
  for (const [path, members] of Map.groupBy(results, ({ suite }) => suite.path)) {
    const edits = members.flatMap(({ suite, cases }): TextEdit[] => {
      const wanted = cases.flatMap((entry) => editsOf(entry, suite));
      const { text, offset } = suite.source.document;
      const made = wanted.length > 0 ? editor.editsFor(text, wanted) : { edits: [] };
      if ('refusal' in made) refusals.push(`${suite.file}: left alone, ${made.refusal}`);
      return 'edits' in made
        ? made.edits.map((edit) => ({ ...edit, start: edit.start + offset, end: edit.end + offset }))
        : [];
    });
    const [first] = members;
    if (first && edits.length > 0) writeFileSync(path, applyTextEdits(first.suite.text, edits));
  }
  return refusals;
}

/** A patch that is expected in a file of its own is written there. */
function editsOf(
  { index, mismatches }: SuiteResult['cases'][number],
  { document, folder, origins }: SuiteResult['suite'],
): { pointer: string; value: unknown }[] {
  const expect = document.cases[index]?.expect;
  return mismatches.flatMap(({ actual, field, path }) => {
    if (actual === undefined) return [];
    if (field === 'patch' && typeof expect?.patch === 'string') {
      writeFileSync(resolve(folder, expect.patch), `${JSON.stringify(actual, undefined, 2)}\n`);
      return [];
    }
    return [{ pointer: pointerInCase(origins[index] ?? { index }, ...path), value: actual }];
  });
}
