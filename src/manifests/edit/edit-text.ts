import { isDeepStrictEqual } from 'node:util';
import type { Edit } from '../../facts/finding.ts';
import { applyEdits } from './apply-edits.ts';
import type { ManifestLimits } from '../limits.ts';
import { EditRefused, type EditContext, type Slot } from './edit-context.ts';
import { createDocumentParser } from '../yaml/parse-document.ts';
import { inStrictLayout } from '../yaml/read-events.ts';
import { reconcile } from './reconcile.ts';
import { applyTextEdits, overlap, type TextEdit } from './text-edit.ts';
import { yamlOptions } from '../yaml/yaml-options.ts';

export type TextEdits = { readonly edits: readonly TextEdit[] } | { readonly refusal: string };

/** Turns edits of a document's value into edits of its text. */
export interface TextEditor {
  /** Offsets are the text's; no edits where everything is already as wanted. Pointers start at the document. */
  readonly editsFor: (text: string, edits: readonly Edit[]) => TextEdits;
}

/**
 * Creates an editor of YAML and JSON texts that keeps every comment, quote and line break it need not touch. It
 * reads the edited text again and refuses unless that gives exactly the edited value, so it never breaks a file.
 */
export async function createTextEditor(limits: ManifestLimits): Promise<TextEditor> {
  const kinds = await import('yaml');
  const options = yamlOptions();
  const parser = createDocumentParser(limits);

  const propose = (original: string, found: unknown, wanted: unknown): readonly TextEdit[] => {
    const { offsetIn, text } = inStrictLayout(original, limits.depth);
    const document = kinds.parseDocument(text, options);
    if (document.errors[0]) throw new EditRefused(document.errors[0].message);
    const context: EditContext = { text, kinds, style: styleOf(text) };
    const root: Slot = { node: document.contents, opened: 0, indent: -1, flow: false };
    return reconcile(context, root, found, wanted).map((edit) => ({
      ...edit,
      start: offsetIn(edit.start),
      end: offsetIn(edit.end),
    }));
  };

  return {
    editsFor: (text, edits) => {
      const before = parser.parse(text);
      if ('problem' in before) return { refusal: before.problem.reason };
      const wanted = applyEdits(before.value, edits);
      try {
        const proposed = propose(text, before.value, wanted);
        const after = overlap(proposed) ? undefined : parser.parse(applyTextEdits(text, proposed));
        const isRight = after && 'value' in after && isDeepStrictEqual(after.value, wanted);
        return isRight ? { edits: proposed } : { refusal: 'its layout is one that cannot be edited safely' };
      } catch (error) {
        if (error instanceof EditRefused) return { refusal: error.message };
        throw error;
      }
    },
  };
}

function styleOf(text: string): EditContext['style'] {
  const eol = /\r\n|\r|\n/.exec(text)?.[0] ?? '\n';
  const nested = /^( *)[^\s#-][^\r\n]*:[ \t]*(?:#[^\r\n]*)?[\r\n]+\1( +)[^\s#-]/m.exec(text);
  return { eol, step: nested?.[2]?.length ?? 2, json: /^\s*\{\s*"/.test(text) };
}
