import type { Edit } from '../../facts/finding.ts';
import type { TextEditor } from '../../manifests/edit/edit-text.ts';
import { applyTextEdits, type TextEdit } from '../../manifests/edit/text-edit.ts';
import {
  editsOf,
  type ManifestDocument,
  type ManifestFile,
  type ManifestObject,
} from '../../manifests/manifest-set.ts';
import { createPlaceFinder } from '../../manifests/place-finder.ts';
import type { JudgedManifest } from '../check/judge-manifests.ts';

/** How a set is fixed: what is said of objects, how texts are edited, and how they are read again. */
export interface Fixing {
  readonly judge: (objects: readonly ManifestObject[]) => readonly JudgedManifest[];
  readonly read: (files: readonly ManifestFile[]) => readonly ManifestObject[];
  readonly editor: TextEditor;
}

/** A file that was edited, as it was and as it is. */
export interface FixedFile {
  readonly file: ManifestFile;
  readonly text: string;
  /** How many findings were put right in it. */
  readonly findings: number;
}

export interface Fixed {
  readonly files: readonly FixedFile[];
  /** Where a remedy could not be written down, and why. */
  readonly refusals: readonly string[];
  /** What is said of the objects in the end. */
  readonly judged: readonly JudgedManifest[];
}

/** A remedy may bring up another one, of the Service before a port that has become opaque; none goes on for longer. */
const mostRounds = 5;

/** Puts right what the rules know how to, and what comes up because of that, until nothing is left to put right. */
export function fixManifests(
  files: readonly ManifestFile[],
  objects: readonly ManifestObject[],
  { editor, judge, read }: Fixing,
): Fixed {
  let now = files;
  let judged = judge(objects);
  const counts = files.map(() => 0);
  const refusals = new Set<string>();
  for (let round = 0; round < mostRounds; round += 1) {
    const entries = Map.groupBy(judged, ({ manifest }) => manifest.document.file);
    const changes = now.map((file) => editFile(file, entries.get(file) ?? [], editor));
    for (const refusal of changes.flatMap((change) => change.refusals)) refusals.add(refusal);
    if (changes.every(({ edits }) => edits.length === 0)) break;
    for (const [index, { findings }] of changes.entries()) counts[index] = (counts[index] ?? 0) + findings;
    now = changes.map(({ edits, file }) =>
      edits.length === 0 ? file : { ...file, text: applyTextEdits(file.text, edits) },
    );
    judged = judge(read(now));
  }
  return {
    files: now.map(({ text }, index) => ({
      file: files[index] as ManifestFile,
      text,
      findings: counts[index] ?? 0,
    })),
    refusals: [...refusals],
    judged,
  };
}

interface FileChange {
  readonly file: ManifestFile;
  readonly edits: readonly TextEdit[];
  readonly findings: number;
  readonly refusals: readonly string[];
}

function editFile(file: ManifestFile, entries: readonly JudgedManifest[], editor: TextEditor): FileChange {
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
  return { file, edits, findings, refusals };
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
