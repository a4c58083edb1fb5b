import type { TextEditor } from '../../manifests/edit/edit-text.ts';
import type { ManifestFile, ManifestObject } from '../../manifests/manifest-set.ts';
import type { JudgedManifest } from '../check/judge-manifests.ts';
import { editFile } from './edit-file.ts';
import type { FileChange } from './file-change.ts';
import { writeObjects, writtenIn } from './write-objects.ts';

/** What is applied together, what is said of its objects, and how its texts are read again. */
export interface SetToFix {
  readonly files: readonly ManifestFile[];
  readonly objects: readonly ManifestObject[];
  readonly judge: (objects: readonly ManifestObject[]) => readonly JudgedManifest[];
  readonly read: (files: readonly ManifestFile[]) => readonly ManifestObject[];
}

/** How sets are fixed. */
export interface Fixing {
  readonly editor: TextEditor;
  /** Whether the objects that remedies print are written as well: they open connections. */
  readonly writesObjects: boolean;
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

/**
 * Puts right what the rules know how to, and what comes up because of that, until nothing is left to put right. All sets
 * are edited at once, since copies of an object in several of them have to stay equal.
 */
export function fixSets(sets: readonly SetToFix[], { editor, writesObjects }: Fixing): Fixed {
  const files = new Map<string, FixedFile>();
  for (const file of sets.flatMap((set) => set.files))
    if (!files.has(keyOf(file))) files.set(keyOf(file), { file, text: file.text, findings: 0 });
  let states = sets.map((set) => stateOf(set, set.files, set.objects));
  const refusals = new Set<string>();
  for (let round = 0; round < mostRounds; round += 1) {
    const edits = changesOf(states, () => (file, entries) => editFile(file, entries, editor));
    // What is printed may be another object once the edits are made, so those come first.
    const changes =
      edits.size > 0 || !writesObjects
        ? edits
        : changesOf(states, ({ files: own, judged }) => {
            const written = writtenIn(own, judged);
            return (file, entries) => writeObjects(file, entries, written);
          });
    for (const refusal of [...edits.refusals, ...changes.refusals]) refusals.add(refusal);
    if (changes.size === 0) break;
    for (const [key, { findings, text }] of changes.byFile) {
      const before = files.get(key);
      if (before) files.set(key, { ...before, text, findings: before.findings + findings });
    }
    states = states.map((state) => readAgain(state, files, changes.byFile));
  }
  return {
    files: [...files.values()].filter(({ file }) => !file.rendering),
    refusals: [...refusals],
    judged: states.flatMap(({ judged }) => judged),
  };
}

/** A set as it is after some rounds. */
interface SetState {
  readonly set: SetToFix;
  readonly files: readonly ManifestFile[];
  readonly judged: readonly JudgedManifest[];
}

function stateOf(
  set: SetToFix,
  files: readonly ManifestFile[],
  objects: readonly ManifestObject[],
): SetState {
  return { set, files, judged: set.judge(objects) };
}

function readAgain(
  state: SetState,
  texts: ReadonlyMap<string, FixedFile>,
  changed: ReadonlyMap<string, unknown>,
): SetState {
  if (!state.files.some((file) => changed.has(keyOf(file)))) return state;
  const files = state.files.map((file) => {
    const text = texts.get(keyOf(file))?.text ?? file.text;
    return text === file.text ? file : { ...file, text };
  });
  return stateOf(state.set, files, state.set.read(files));
}

interface Changes {
  readonly size: number;
  readonly byFile: ReadonlyMap<string, { readonly text: string; readonly findings: number }>;
  readonly refusals: readonly string[];
}

/** What becomes of each file; where several sets want something of one, the one that wants most goes first. */
function changesOf(
  states: readonly SetState[],
  changeIn: (state: SetState) => (file: ManifestFile, entries: readonly JudgedManifest[]) => FileChange,
): Changes {
  const byFile = new Map<string, { readonly text: string; readonly findings: number }>();
  const refusals: string[] = [];
  for (const state of states) {
    const { files, judged } = state;
    const change = changeIn(state);
    const entries = Map.groupBy(judged, ({ manifest }) => manifest.document.file);
    for (const file of files) {
      const { text, findings, refusals: own } = change(file, entries.get(file) ?? []);
      refusals.push(...own);
      const before = byFile.get(keyOf(file));
      if (text !== undefined && (!before || before.findings < findings))
        byFile.set(keyOf(file), { text, findings });
    }
  }
  return { size: byFile.size, byFile, refusals };
}

/** Several sets may each have read the same file. */
function keyOf({ name, path }: ManifestFile): string {
  return path ?? name;
}
