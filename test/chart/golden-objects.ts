import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';

/** The rendered charts that are kept; a suite with Helm holds them to what the chart makes. */
export const goldenSets = [
  'default',
  'born-closed',
  'certificate-by-cert-manager',
  'network-policy-of-calico',
  'in-the-nodes-network',
  'reports-of-the-audit-and-its-page',
] as const;
export type GoldenSet = (typeof goldenSets)[number];

/** The objects of a golden file. */
export function goldenObjects(set: GoldenSet): readonly KubernetesObject[] {
  const documents = parseAllDocuments(readFileSync(goldenFile(set), 'utf8'));
  if (!Array.isArray(documents)) throw new Error(`the golden file of ${set} is empty`);
  return documents.map((document) => document.toJS() as KubernetesObject);
}

export function goldenFile(set: GoldenSet): string {
  return join(import.meta.dirname, 'golden', `${set}.yaml`);
}

/** The only object of a kind. */
export function theOnly(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const [first, ...more] = objects.filter((object) => object.kind === kind);
  if (!first || more.length > 0)
    throw new Error(`expected one ${kind}, found ${more.length + (first ? 1 : 0)}`);
  return first;
}
