import type { ManifestInput } from '../read-file.ts';
import type { NotJudged } from '../manifest-problem.ts';

/** What became of a chart or a kustomization: the text that a program made of it, or why there is none. */
export interface Rendered {
  readonly inputs: readonly ManifestInput[];
  readonly notJudged: readonly NotJudged[];
}

/** A chart or kustomization that could not be rendered, which is no pass. */
export function notRendered(
  problem: Omit<NotJudged, 'id' | 'line' | 'column'> & Partial<NotJudged>,
): Rendered {
  return { inputs: [], notJudged: [{ id: 'manifest/render', line: 1, column: 1, ...problem }] };
}

/**
 * Whether a path leads out of this machine, as Helm and kustomize read it: an address with a scheme, a repository of Git
 * or an OCI registry.
 * Source: kustomize api/internal/git/repospec.go, NewRepoSpecFromURL, and api/internal/loader/fileloader.go, Load; Helm
 * pkg/getter, All.
 */
export function isRemote(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*::?\/\/|^git::|^gh:|^[\w.-]+@[\w.-]+:|^(?:www\.)?github\.com[/:]|[?&](?:ref|version)=/i.test(
    path,
  );
}
