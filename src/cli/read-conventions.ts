import type { RuleId } from '../conventions/action.ts';
import type { DocumentProblem } from '../conventions/document-problem.ts';
import type { DocumentSource } from '../conventions/document-source.ts';
import type { LoadedConventions } from '../conventions/load-conventions.ts';
import type { JsonPointer } from '../kubernetes/json-pointer.ts';
import { defaultLimits } from '../manifests/limits.ts';
import { createLocator } from '../manifests/locate.ts';
import { createDocumentParser } from '../manifests/parse-document.ts';
import { createLineIndex } from '../manifests/source-position.ts';
import { splitDocuments } from '../manifests/split-documents.ts';
import { templateMarkOfText } from '../manifests/template.ts';

/** A file of conventions and waivers, as text; the name is the one that problems are reported with. */
export interface ConventionFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Reads conventions and waivers from the text of files, as the API server's clients would read them.
 * Every problem of every file is reported at once, with its place; the schema is loaded only now.
 */
export async function readConventions(
  files: readonly ConventionFile[],
  knownRules: readonly { readonly id: RuleId }[],
): Promise<LoadedConventions> {
  const { loadConventions } = await import('../conventions/load-conventions.ts');
  const read = files.map(readDocuments);
  const loaded = loadConventions(
    read.flatMap(({ sources }) => sources),
    knownRules,
  );
  const problems = [...read.flatMap((file) => file.problems), ...loaded.problems];
  return problems.length > 0 ? { problems } : loaded;
}

interface ReadFile {
  readonly sources: readonly DocumentSource[];
  readonly problems: readonly DocumentProblem[];
}

function readDocuments({ name: file, text: raw }: ConventionFile): ReadFile {
  const text = raw.replace(/^\uFEFF/, '');
  const parser = createDocumentParser(defaultLimits);
  const lines = createLineIndex(text);
  const sources: DocumentSource[] = [];
  const problems: DocumentProblem[] = [];
  for (const document of splitDocuments(text)) {
    const parsed = parser.parse(document.text);
    if ('problem' in parsed) {
      const template = templateMarkOfText(document.text);
      const { offset, reason } = template ?? parsed.problem;
      const message = template ? `${reason}; ${template.remedy}` : reason;
      problems.push({ file, ...lines.positionAt(document.offset + offset), pointer: '', path: '', message });
    } else if (parsed.value !== null) {
      sources.push({ file, value: parsed.value, locate: locatorOf(document, lines) });
    }
  }
  if (sources.length === 0 && problems.length === 0) {
    problems.push({ file, line: 1, column: 1, pointer: '', path: '', message: 'there is no document in it' });
  }
  return { sources, problems };
}

/** The text of a document is looked through only when somebody asks for a place in it. */
function locatorOf(
  { text, offset }: { readonly text: string; readonly offset: number },
  lines: ReturnType<typeof createLineIndex>,
): NonNullable<DocumentSource['locate']> {
  let find: ReturnType<typeof createLocator> | undefined;
  const startOf = (pointer: JsonPointer): number => {
    find ??= createLocator(text);
    const start = find(pointer)?.start ?? -1;
    // A list entry without a value stands nowhere; what it is in does.
    return start >= 0 || pointer === ''
      ? Math.max(start, 0)
      : startOf(pointer.slice(0, pointer.lastIndexOf('/')));
  };
  return (pointer) => lines.positionAt(offset + startOf(pointer));
}
