import { isRecord } from '../kubernetes/object.ts';
import type { StatusCounts } from './document-status.ts';
import { deadNamesOf, useOfCounts } from './waiver-report.ts';
import type { WaiverCounts } from './waiver/waiver-count.ts';
import type { Waiver } from './waiver/waiver.ts';

/** What the status of a waiver says of what it covers; undefined before anybody has counted. */
export function countsInStatus(waiver: Waiver, counts: WaiverCounts | undefined): StatusCounts | undefined {
  if (!counts) return undefined;
  const own = counts.get(waiver.name);
  if (!own) return { findings: 0, objects: 0, namespaces: 0 };
  const { names, namespaces } = deadNamesOf(waiver, useOfCounts(counts));
  const dead = [...new Set([...namespaces, ...names])];
  return {
    findings: own.findings,
    objects: own.objects,
    namespaces: own.namespaces.size,
    ...(dead.length > 0 ? { deadNames: dead } : {}),
  };
}

/** The same, as a status that was written before has it. */
export function knownCounts(before: unknown): StatusCounts {
  if (!isRecord(before)) return {};
  const { findings, objects, namespaces, deadNames } = before;
  return {
    ...(typeof findings === 'number' ? { findings } : {}),
    ...(typeof objects === 'number' ? { objects } : {}),
    ...(typeof namespaces === 'number' ? { namespaces } : {}),
    ...(Array.isArray(deadNames) ? { deadNames: deadNames.filter((name) => typeof name === 'string') } : {}),
  };
}
