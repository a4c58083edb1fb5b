import { createHash } from 'node:crypto';

/** A short text that is equal for equal lists, so that keys which hold it stay short. */
export function signatureIn(parts: Iterable<string>): string {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part).update('\n');
  return hash.digest('base64');
}
