import { createHash } from 'node:crypto';

/**
 * A short text that is equal for equal lists and for no others that anybody could make, so that keys which hold it stay
 * short: what is hashed is written by tenants, and two lists of one signature would share a verdict.
 */
export function signatureIn(parts: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('base64');
}
