import { isRecord } from '../../kubernetes/object.ts';

/**
 * What JSON reads of a text that Linkerd's patch template prints between quotes without escaping it; undefined if the
 * patch is invalid JSON, as with a quote in the text.
 * Source: Linkerd charts/patch/templates/patch.json.
 */
export function throughPatchTemplate(text: string): string | undefined {
  // The usual case: no character that JSON reads differently.
  if (/^[ !#-[\]-~]*$/.test(text)) return text;
  try {
    const operations: unknown = JSON.parse(`[{"value": "${text}"}]`);
    const operation: unknown = Array.isArray(operations) ? operations[0] : undefined;
    return isRecord(operation) && typeof operation.value === 'string' ? operation.value : undefined;
  } catch {
    return undefined;
  }
}

const htmlEntities = new Map([
  ['"', '&#34;'],
  ['&', '&amp;'],
  ["'", '&#39;'],
  ['+', '&#43;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

/**
 * The same for the smaller patch that only adds `opaque-ports`, whose template escapes for HTML.
 * Source: Linkerd pkg/inject/annotation_patch.go.
 */
export function throughAnnotationTemplate(text: string): string | undefined {
  return throughPatchTemplate(
    text.replaceAll(/["&'+<>]/g, (character) => htmlEntities.get(character) ?? character),
  );
}
