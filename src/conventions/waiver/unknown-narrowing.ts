import { isRecord } from '../../kubernetes/object.ts';
import { record } from '../../kubernetes/read.ts';
import { waiverFindings, waiverMatch } from '../document/schema/waiver.ts';
import { findStrayKeys } from '../document/stray-keys.ts';

/**
 * Whether a waiver narrows what it is for by a field that this version does not know. What it is really for is then
 * unknown, and no former version, which may be wider, can stand in for it.
 */
export function hasUnknownNarrowing(document: unknown): boolean {
  if (!isRecord(document) || document.kind !== 'Waiver') return false;
  const { findings, match } = record(document.spec);
  return [
    ...(isRecord(match) ? findStrayKeys(waiverMatch, match) : []),
    ...(Array.isArray(findings) ? findStrayKeys(waiverFindings, findings) : []),
  ].some(() => true);
}
