import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import type { ManifestSetDeclaration } from '../../conventions/manifest-set.ts';
import { defaultConventions } from '../../conventions/default-conventions.ts';
import { type DocumentProblem, problemInWords } from '../../conventions/document/document-problem.ts';
import { TollgateError } from '../../errors.ts';
import { findFiles } from '../../manifests/files/find-files.ts';
import { defaultLimits } from '../../manifests/limits.ts';
import { readText } from '../../manifests/files/read-text.ts';
import { rules } from '../../rules/registry.ts';
import { readConventions } from './read-conventions.ts';
import type { TextFile } from './read-documents.ts';

/**
 * Loads the conventions that files and folders hold; without any named, those of the nearest `tollgate.yaml` up to the
 * root of the repository, else the default one. Everything that is wrong with them is told at once.
 */
export async function findConventions(
  paths: readonly string[],
  folder: string,
  stdin?: () => Promise<Buffer>,
): Promise<ConventionSet> {
  return (await findProject(paths, folder, stdin)).conventions;
}

/** What the files of a project say: by which conventions it is judged, and what of it is applied together. */
export interface Project {
  readonly conventions: ConventionSet;
  readonly manifestSets: readonly ManifestSetDeclaration[];
}

/** Loads all that conventions are loaded from, as `findConventions` does, with the sets of manifests beside them. */
export async function findProject(
  paths: readonly string[],
  folder: string,
  stdin?: () => Promise<Buffer>,
): Promise<Project> {
  const nearest = paths.length > 0 ? undefined : nearestFile(folder);
  const wanted = nearest === undefined ? paths : [nearest];
  if (wanted.length === 0) return { conventions: defaultConventions(), manifestSets: [] };
  const piped = stdin && wanted.includes('-') ? await stdin() : undefined;
  const { files, missing } = await findFiles(piped ? wanted.filter((path) => path !== '-') : wanted, {
    folder,
    exclude: [],
    useGitIgnore: false,
  });
  if (missing.length > 0) throw new TollgateError('ERR_NO_SUCH_PATH', { paths: missing.join(', ') });

  const problems: DocumentProblem[] = [];
  const texts: TextFile[] = [];
  const inputs = [
    ...(piped ? [{ name: '<stdin>', bytes: () => piped }] : []),
    ...files.map(({ name, path }) => ({ name, bytes: () => readFileSync(path) })),
  ];
  for (const { name, bytes } of inputs) {
    const read = readText(bytes(), defaultLimits);
    if ('text' in read) texts.push({ name, text: read.text });
    else problems.push({ file: name, pointer: '', path: '', message: read.problem.reason });
  }
  const loaded = await readConventions(texts, rules);
  const all = [...problems, ...loaded.problems];
  if (all.length === 0 && loaded.set)
    return { conventions: loaded.set, manifestSets: loaded.manifestSets ?? [] };
  throw new TollgateError('ERR_CONVENTIONS', { problems: all.map(problemInWords).join('\ntollgate: ') });
}

function nearestFile(folder: string): string | undefined {
  return filesUpwards(folder)[0];
}

/** The second nearest `tollgate.yaml`, which the nearest keeps from being in force. */
export function fileAboveNearest(folder: string): string | undefined {
  return filesUpwards(folder)[1];
}

/** Every `tollgate.yaml` from a folder up to the root of the repository. */
function filesUpwards(folder: string): readonly string[] {
  const files: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'tollgate.yaml');
    if (existsSync(file)) files.push(relative(folder, file));
    if (existsSync(join(at, '.git')) || dirname(at) === at) return files;
  }
}
