import { dirname } from 'node:path';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { isKustomizationFile } from '../../manifests/document/kustomization.ts';
import { shownName } from '../../manifests/files/shown-name.ts';
import { assembleParts, type LoadedManifests, type ManifestParts } from '../../manifests/load-manifests.ts';
import type { NotJudged } from '../../manifests/manifest-problem.ts';
import { type ParsedFile, parseFiles, type ReadOptions } from '../../manifests/read-manifests.ts';
import { type KustomizationTree, readKustomizationTree } from '../../manifests/render/kustomization-tree.ts';
import { kustomizePrograms, type Programs } from '../../manifests/render/programs.ts';
import { renderKustomization } from '../../manifests/render/render-kustomization.ts';
import { conflict, separateFolders } from '../../manifests/sets/separate-folders.ts';
import { rulesFor } from '../../rules/registry.ts';
import { atMost } from './at-most.ts';

/** What is applied together to one cluster. */
export interface FoundSet {
  readonly name: string;
  readonly manifests: LoadedManifests;
}

/** Where sets are looked for, and by what overlays are rendered. */
export interface SetSearch extends ReadOptions {
  readonly folder: string;
  /** What the files that are in no set of their own are called. */
  readonly name: string;
  readonly programs: Programs;
}

/** Whether any rule is about an object. */
export function isJudged(object: KubernetesObject): boolean {
  return rulesFor({ operation: 'STATE', object }).length > 0;
}

/**
 * Finds what is applied together among files: each overlay of a kustomization, rendered where a program for that is
 * there, and each folder that defines an object otherwise than another folder does. What is in none of them is taken to
 * be applied with each, unless it contradicts it.
 *
 * @returns nothing where the files suggest no sets
 */
export async function findSets(parts: ManifestParts, search: SetSearch): Promise<readonly FoundSet[]> {
  const { overlays, failed } = await renderOverlays(parts.parsed, search);
  const owned = new Set(overlays.flatMap(({ tree }) => tree.files));
  const rest = parts.parsed.filter(({ file }) => file.path === undefined || !owned.has(file.path));
  const branches = separateFolders(rest, isJudged);
  if (overlays.length + branches.length === 0) return [];
  const lost = [...parts.lost, ...failed];
  const shared = branches.reduce(
    (common, { parsed }) => common.filter((file) => parsed.includes(file)),
    rest,
  );
  const assemble = (name: string, parsed: readonly ParsedFile[], isWhole: boolean): FoundSet => ({
    name,
    manifests: assembleParts({ parsed, lost: isWhole ? lost : [], missing: [] }, { ...search, isJudged }),
  });
  const rendered = overlays.map(({ name, parsed }) => {
    const isJoined = !conflict(parsed, shared, isJudged);
    return { isJoined, set: assemble(name, isJoined ? [...shared, ...parsed] : parsed, isJoined) };
  });
  const folders = branches.map(({ folder, parsed }) =>
    assemble(shownName(folder, search.folder), parsed, true),
  );
  const isRestJudged = branches.length > 0 || rendered.some(({ isJoined }) => isJoined);
  const alone = isRestJudged
    ? []
    : [assemble(search.name, rest, true)].filter(({ manifests }) => saysSomething(manifests));
  return [...rendered.map(({ set }) => set), ...folders, ...alone];
}

function saysSomething({ objects, notJudged }: LoadedManifests): boolean {
  return objects.length + notJudged.length > 0;
}

interface Overlay {
  readonly name: string;
  readonly tree: KustomizationTree;
  readonly parsed: readonly ParsedFile[];
}

/**
 * Renders what stands at the top of kustomizations, where one of them is an overlay: what is only named by others is
 * applied with them. What cannot be rendered is left as it was found.
 */
async function renderOverlays(
  parsed: readonly ParsedFile[],
  { folder, programs }: SetSearch,
): Promise<{ readonly overlays: readonly Overlay[]; readonly failed: readonly NotJudged[] }> {
  const folders = parsed.flatMap(({ file }) =>
    isKustomizationFile(file) && file.path !== undefined ? dirname(file.path) : [],
  );
  const none = { overlays: [], failed: [] };
  if (folders.length === 0 || !kustomizePrograms.some((name) => programs.has(name))) return none;
  const trees = folders.flatMap((path) => {
    const tree = readKustomizationTree(path);
    return tree ? { path, tree } : [];
  });
  const bases = new Set(trees.flatMap(({ tree }) => tree.bases));
  const tops = trees.filter(({ path, tree }) => !bases.has(path) && !tree.isComponent);
  if (!tops.some(({ tree }) => tree.bases.length > 0)) return none;
  const results = await atMost(4, tops, async ({ path, tree }) => {
    const name = shownName(path, folder) || '.';
    return { name, tree, rendered: await renderKustomization(name, programs, folder) };
  });
  return {
    overlays: results.flatMap(({ rendered, ...overlay }) =>
      rendered.inputs.length > 0 ? { ...overlay, parsed: parseFiles(rendered.inputs) } : [],
    ),
    failed: results.flatMap(({ rendered }) => rendered.notJudged),
  };
}
