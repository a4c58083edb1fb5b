import type { DocumentProblem } from '../../conventions/document/document-problem.ts';
import type { DocumentSource } from '../../conventions/document/document-source.ts';
import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import { defaultLimits } from '../../manifests/limits.ts';
import { createLocator } from '../../manifests/yaml/locate.ts';
import { createDocumentParser } from '../../manifests/yaml/parse-document.ts';
import { createLineIndex, type LineIndex } from '../../manifests/source-position.ts';
import { type DocumentText, splitDocuments } from '../../manifests/yaml/split-documents.ts';
import { templateMarkOfText } from '../../manifests/document/template.ts';

/** A file as text; the name is the one that problems are reported with. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** A document of tollgate's own, with its text. */
export interface TextDocument extends DocumentSource {
  readonly document: DocumentText;
}

/** Reads the documents of a file as the API server's clients would, and every problem with its place. */
export function readDocuments({ name: file, text: raw }: TextFile): {
  readonly documents: readonly TextDocument[];
  readonly problems: readonly DocumentProblem[];
} {
  const text = raw.replace(/^\uFEFF/, '');
  const parser = createDocumentParser(defaultLimits);
  const lines = createLineIndex(text);
  const documents: TextDocument[] = [];
  const problems: DocumentProblem[] = [];
  for (const document of splitDocuments(text)) {
    const parsed = parser.parse(document.text);
    if ('problem' in parsed) {
      const template = templateMarkOfText(document.text);
      const { offset, reason } = template ?? parsed.problem;
      const message = template ? `${reason}; ${template.remedy}` : reason;
      problems.push({ file, ...lines.positionAt(document.offset + offset), pointer: '', path: '', message });
    } else if (parsed.value !== null) {
      documents.push({ file, value: parsed.value, document, locate: locatorOf(document, lines) });
    }
  }
  if (documents.length === 0 && problems.length === 0) {
    problems.push({ file, line: 1, column: 1, pointer: '', path: '', message: 'there is no document in it' });
  }
  return { documents, problems };
}

/** The text of a document is looked through only when somebody asks for a place in it. */
function locatorOf({ text, offset }: DocumentText, lines: LineIndex): NonNullable<DocumentSource['locate']> {
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
