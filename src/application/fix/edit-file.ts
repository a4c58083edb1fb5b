import type { Edit } from '../../facts/finding.ts';
import type { TextEditor } from '../../manifests/edit/edit-text.ts';
import { applyTextEdits, type TextEdit } from '../../manifests/edit/text-edit.ts';
import { editsOf, type ManifestDocument, type ManifestFile } from '../../manifests/manifest-set.ts';
import { createPlaceFinder } from '../../manifests/place-finder.ts';
import type { JudgedManifest } from '../check/judge-manifests.ts';
import type { FileChange } from './file-change.ts';

/** Writes the edits of every finding of a file's objects into its text; what was rendered is left alone. */
export function editFile(
  file: ManifestFile,
  entries: readonly JudgedManifest[],
  editor: TextEditor,
): FileChange {
  if (file.rendering) return { findings: 0, refusals: [] };
  const places = createPlaceFinder();
  const edits: TextEdit[] = [];
  const refusals: string[] = [];
  let findings = 0;
  for (const [document, members] of Map.groupBy(entries, ({ manifest }) => manifest.document)) {
    const wanted = members.flatMap(fixesOf);
    if (wanted.length === 0) continue;
    const result = editor.editsFor(
      document.text,
      wanted.flatMap(({ fix }) => fix),
    );
    if ('refusal' in result) {
      const { line, column } = places.placeIn(document, wanted[0]?.fix[0]?.pointer ?? '');
      refusals.push(`${file.name}:${line}:${column}: left alone, ${result.refusal}`);
    } else {
      findings += result.edits.length === 0 ? 0 : wanted.length;
      edits.push(...shift(result.edits, document));
    }
  }
  return { findings, refusals, ...(edits.length === 0 ? {} : { text: applyTextEdits(file.text, edits) }) };
}

/** The remedies of every finding that no waiver covers. */
function fixesOf({ manifest, judgement }: JudgedManifest): { readonly fix: readonly Edit[] }[] {
  return judgement.findings.flatMap(({ fix, waiver }) =>
    fix && !waiver ? [{ fix: editsOf(manifest, fix) }] : [],
  );
}

function shift(edits: readonly TextEdit[], { offset }: ManifestDocument): TextEdit[] {
  return edits.map(({ start, end, text }) => ({ start: start + offset, end: end + offset, text }));
}
