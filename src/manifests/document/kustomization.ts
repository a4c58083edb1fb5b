import { basename, dirname, resolve } from 'node:path';
import { isRecord } from '../../kubernetes/object.ts';
import { shellWord } from '../../text/shell-word.ts';
import type { ManifestFile } from '../manifest-set.ts';

/** The files that kustomize looks for in a folder. Source: kustomize api/konfig/general.go. */
export const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

/** What to do about a kustomization: only kustomize knows what it makes. */
export function kustomizeRemedy(file: ManifestFile): string {
  return `judge what it makes: tollgate check --kustomize ${shellWord(dirname(file.name))}`;
}

export function isKustomizationFile(file: ManifestFile): boolean {
  return kustomizationNames.some((name) => name === basename(file.name));
}

/** A kustomization may leave out its apiVersion and kind: the file's name says what it is, and kustomize fills them in. */
export function nameKustomization(value: unknown, file: ManifestFile): unknown {
  if (!isRecord(value) || !isKustomizationFile(file) || value.apiVersion !== undefined) return value;
  return { ...value, apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };
}

/**
 * The paths of the files that a kustomization applies as patches: what they hold looks like objects and is only parts
 * of them. Source: kustomize, fields `patches`, `patchesStrategicMerge` and `patchesJson6902`.
 */
export function patchFilesOf(value: unknown, file: ManifestFile): readonly string[] {
  if (!isRecord(value) || file.path === undefined) return [];
  const { patches, patchesStrategicMerge, patchesJson6902 } = value;
  const folder = dirname(file.path);
  const entries = [patches, patchesStrategicMerge, patchesJson6902].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  return entries
    .map((entry: unknown) => (isRecord(entry) ? entry.path : entry))
    .filter((path) => typeof path === 'string')
    .filter((path) => !path.includes('\n'))
    .map((path) => resolve(folder, path));
}
