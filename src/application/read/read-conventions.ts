import type { RuleId } from '../../conventions/document/action.ts';
import type { LoadedConventions } from '../../conventions/load-conventions.ts';
import { readDocuments, type TextFile } from './read-documents.ts';

/**
 * Reads conventions and waivers from the text of files. Every problem of every file is reported at once, with its
 * place; the schema is loaded only now.
 */
export async function readConventions(
  files: readonly TextFile[],
  knownRules: readonly { readonly id: RuleId }[],
): Promise<LoadedConventions> {
  const { loadConventions } = await import('../../conventions/load-conventions.ts');
  const read = files.map(readDocuments);
  const loaded = loadConventions(
    read.flatMap(({ documents }) => documents),
    knownRules,
  );
  const problems = [...read.flatMap((file) => file.problems), ...loaded.problems];
  return problems.length > 0 ? { problems } : loaded;
}
