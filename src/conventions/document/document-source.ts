import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import type { DocumentPosition } from './document-problem.ts';

/** A parsed document, whatever it holds, and how its places are found. */
export interface DocumentSource {
  /** The file, or what else it came from, as the user knows it. */
  readonly file: string;
  readonly value: unknown;
  /** The place of a pointer, or of the nearest thing above it that is there; asked only where somebody wants to know. */
  readonly locate?: (pointer: JsonPointer) => DocumentPosition | undefined;
}

/** `file:line` of a pointer, or the file alone where its places are not known. */
export function placeInWords({ file, locate }: DocumentSource, pointer: JsonPointer): string {
  const position = locate?.(pointer);
  return position ? `${file}:${position.line}` : file;
}
