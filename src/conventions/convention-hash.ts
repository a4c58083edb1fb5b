import { createHash } from 'node:crypto';
import { sortedJson } from '../text/sorted-json.ts';

/** The first twelve digits of the SHA-256 of a document or of several: enough to tell two versions apart in a report. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(sortedJson(value)).digest('hex').slice(0, 12);
}
