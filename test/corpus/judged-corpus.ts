import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { judgeManifests, type JudgedManifest } from '../../src/application/check/judge-manifests.ts';
import { defaultConventions } from '../../src/conventions/default-conventions.ts';
import { loadManifests, type LoadedManifests } from '../../src/manifests/load-manifests.ts';

/** Manifests of public projects, a folder each, that lie beside the checkout where somebody has put them. */
export const corpus = resolve(import.meta.dirname, '../../../shared/corpus');
export const noCorpus = existsSync(corpus) ? false : 'the corpus is not beside the checkout';

/** What was judged together. */
export interface JudgedSet {
  /** The project, or the file. */
  readonly name: string;
  readonly set: LoadedManifests;
  readonly judged: readonly JudgedManifest[];
}

/**
 * Judges every project as its users would, all of its files together, or every file by itself, since of a project with
 * templates and copies much is not known.
 */
export async function* judgeCorpus(by: 'project' | 'file'): AsyncGenerator<JudgedSet> {
  for (const name of by === 'project' ? readdirSync(corpus) : filesOfCorpus()) {
    const set = await loadManifests([name], {
      folder: corpus,
      exclude: [],
      useGitIgnore: false,
      namespace: 'default',
      stdin: async () => Buffer.alloc(0),
    });
    yield { name, set, judged: judgeManifests(set, defaultConventions(), new Date('2026-11-21T00:00:00Z')) };
  }
}

export function filesOfCorpus(): readonly string[] {
  return readdirSync(corpus, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => join(parentPath, name).slice(corpus.length + 1));
}
