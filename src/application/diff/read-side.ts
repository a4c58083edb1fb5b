import { TollgateError } from '../../errors.ts';
import { type LoadedManifests, loadManifests } from '../../manifests/load-manifests.ts';
import type { ClusterContent } from '../snapshot/read-cluster.ts';
import { readSnapshots } from '../snapshot/snapshot-file.ts';
import { revisionOf, withRevision } from './read-revision.ts';

/** How files of a side are read. */
export interface SideOptions {
  readonly folder: string;
  readonly exclude: readonly string[];
  readonly useGitIgnore: boolean;
  readonly namespace: string;
}

/** One side of a diff: what was read, and what a snapshot among it says of the cluster. */
export interface ReadSide {
  readonly set: LoadedManifests;
  readonly calico?: NonNullable<ClusterContent['calico']>;
}

/** Reads a side: a file or folder, a snapshot of a cluster, or `git:REV`. */
export async function readSide(text: string, options: SideOptions): Promise<ReadSide> {
  const revision = revisionOf(text);
  if (!revision) return loaded(await load(text, options));
  return withRevision(revision, options.folder, async (folder) =>
    loaded(await load(revision.path, { ...options, folder, useGitIgnore: false })),
  );
}

async function load(path: string, options: SideOptions): Promise<LoadedManifests> {
  const stdin = () => Promise.reject(new TollgateError('ERR_NO_SUCH_PATH', { paths: '-' }));
  const set = await loadManifests([path], { ...options, stdin });
  if (set.missing.length > 0) throw new TollgateError('ERR_NO_SUCH_PATH', { paths: set.missing.join(', ') });
  return set;
}

function loaded(set: LoadedManifests): ReadSide {
  const content = readSnapshots(set.objects.map(({ object }) => object));
  const kept = new Set(content.objects);
  return {
    set: {
      ...set,
      objects: set.objects.filter(({ object }) => kept.has(object)),
      gaps: [...set.gaps, ...content.gaps],
    },
    ...(content.calico ? { calico: content.calico } : {}),
  };
}
