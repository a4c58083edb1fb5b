import { isDeepStrictEqual } from 'node:util';
import { annotationEffect, profileFromLinkerdConfig } from '../../src/linkerd/index.ts';

interface AnnotationCase {
  readonly annotation: string;
  readonly value: string;
  readonly placement: 'podTemplate' | 'namespace';
  readonly config: unknown;
  readonly outcome: string;
  readonly copiedToPod?: boolean;
  readonly reasons?: readonly string[];
}

/** Tells the effect of one annotation and compares outcome, copying and reasons. */
export function check(entry: AnnotationCase): string | undefined {
  const profile = profileFromLinkerdConfig(entry.config);
  const found = annotationEffect(entry.annotation, entry.value, entry.placement, profile);
  for (const field of ['outcome', 'copiedToPod', 'reasons'] as const) {
    const expected = entry[field];
    if (expected !== undefined && !isDeepStrictEqual(found[field], expected))
      return `expected ${field} ${JSON.stringify(expected)}, found ${JSON.stringify(found[field])}`;
  }
  return undefined;
}
