import { dirname, relative, resolve, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { groupOf, type KubernetesObject } from '../../kubernetes/object.ts';
import type { ManifestObject } from '../manifest-set.ts';
import type { ParsedFile } from '../read-manifests.ts';

/** A folder that cannot be applied together with another one, and what is applied with it. */
export interface FolderSet {
  readonly folder: string;
  readonly parsed: readonly ParsedFile[];
}

/**
 * Finds folders that define the same object differently, as those of several clusters or environments do: only one of
 * them can be in a cluster. What lies in none of them, or further up, is applied with each.
 *
 * @param parsed the files, each read by itself
 * @param isJudged whether an object is one that anything is judged of; the others separate nothing
 * @returns the deepest such folders; none where everything can be applied together
 */
export function separateFolders(
  parsed: readonly ParsedFile[],
  isJudged: (object: KubernetesObject) => boolean,
): readonly FolderSet[] {
  const branches = new Set(
    conflictsAmong(
      parsed.flatMap(({ content }) => content.objects),
      isJudged,
    ).flatMap(([one, other]) => branchesOf(one, other)),
  );
  const leaves = [...branches].filter(
    (folder) => ![...branches].some((other) => other !== folder && isBelow(other, folder)),
  );
  return leaves.toSorted().map((folder) => {
    const others = [...branches].filter((branch) => branch !== folder && !isBelow(folder, branch));
    const isShared = (path: string | undefined) =>
      path === undefined || !others.some((other) => isBelow(path, other));
    return { folder, parsed: parsed.filter(({ file }) => isShared(file.path)) };
  });
}

/** Whether some object of the one files is another one in the other files. */
export function conflict(
  ones: readonly ParsedFile[],
  others: readonly ParsedFile[],
  isJudged: (object: KubernetesObject) => boolean,
): boolean {
  const objectsOf = (parsed: readonly ParsedFile[]) => parsed.flatMap(({ content }) => content.objects);
  const known = new Map(objectsOf(ones).map(({ object }) => [keyOf(object), object]));
  return objectsOf(others).some(({ object }) => {
    const same = known.get(keyOf(object));
    return same !== undefined && isJudged(object) && !isDeepStrictEqual(same, object);
  });
}

/** The folders of each object that two files in different folders define differently. */
function conflictsAmong(
  objects: readonly ManifestObject[],
  isJudged: (object: KubernetesObject) => boolean,
): readonly (readonly [string, string])[] {
  const named = objects.filter(({ object, document }) => object.metadata.name && document.file.path);
  const groups = Map.groupBy(named, ({ object }) => keyOf(object));
  return [...groups.values()].flatMap((members) => {
    const [first, ...rest] = members;
    if (!first || rest.length === 0 || !isJudged(first.object)) return [];
    const differs = rest.some(({ object }) => !isDeepStrictEqual(object, first.object));
    const folders = [...new Set(members.map(({ document }) => dirname(document.file.path ?? '')))];
    return differs ? folders.slice(1).map((folder) => [folders[0] ?? '', folder] as const) : [];
  });
}

/** The folders right below the one that both lie in; none where one of the two is that folder itself. */
function branchesOf(one: string, other: string): readonly string[] {
  const [left, right] = [one.split(sep), other.split(sep)];
  let depth = 0;
  while (depth < left.length && depth < right.length && left[depth] === right[depth]) depth++;
  if (depth >= left.length || depth >= right.length) return [];
  return [left, right].map((parts) => parts.slice(0, depth + 1).join(sep));
}

function isBelow(path: string, folder: string): boolean {
  const inside = relative(folder, resolve(path));
  return inside !== '' && !inside.startsWith('..');
}

function keyOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  return [groupOf(apiVersion), kind, metadata.namespace ?? '', metadata.name ?? ''].join('/');
}
