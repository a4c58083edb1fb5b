import { isDeepStrictEqual } from 'node:util';
import type { LinkerdProfile } from '../linkerd/index.ts';
import { createConventionSet, type ConventionSet } from './convention-set.ts';
import type { Convention } from './convention/convention.ts';
import { cut } from '../text/cut.ts';

/** The installations of Linkerd that are seen, by the namespace of their control plane. */
export type InstalledLinkerd = ReadonlyMap<string, LinkerdProfile>;

/**
 * The same conventions for the Linkerd that is there: what is seen counts, and what they say of it holds where nothing
 * is seen, as in files.
 */
export function withInstalledLinkerd(set: ConventionSet, installed: InstalledLinkerd): ConventionSet {
  const conventions = set.conventions.map((convention): Convention => {
    const { mesh } = convention;
    const linkerd = mesh && installed.get(mesh.linkerd.namespace);
    return mesh && linkerd ? { ...convention, mesh: { ...mesh, linkerd } } : convention;
  });
  return conventions.every((convention, index) => convention === set.conventions[index])
    ? set
    : createConventionSet(conventions, set.waivers);
}

/** What conventions say of Linkerd and is not so, each in one sentence: there, CI judges otherwise than the cluster. */
export function linkerdDifferences(set: ConventionSet, installed: InstalledLinkerd): readonly string[] {
  return set.conventions.flatMap(({ mesh, name }) => {
    const linkerd = mesh && installed.get(mesh.linkerd.namespace);
    if (!mesh || !linkerd) return [];
    return mesh.stated
      .filter((field) => !isDeepStrictEqual(mesh.linkerd[field], linkerd[field]))
      .map(
        (field) =>
          `mesh.linkerd.${field} of the convention "${name}" is ${inWords(mesh.linkerd[field])}, but in the cluster it is ${inWords(linkerd[field])}`,
      );
  });
}

/** A word as it is, anything else as JSON, and never more than a line can hold. */
function inWords(value: unknown): string {
  const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
  return cut(text, 120, { mark: '...' });
}
