import { renderSources, type SourcesToRender } from '../../application/read/render-sources.ts';
import { TollgateError } from '../../errors.ts';
import {
  assembleParts,
  type LoadedManifests,
  loadParts,
  type ManifestParts,
} from '../../manifests/load-manifests.ts';
import type { ValuesOf } from '../../settings.ts';
import type { CommandContext } from '../command.ts';
import type { manifestSettings } from './manifest-settings.ts';
import { type renderSettings, sourcesOf } from './render-settings.ts';
import { counted } from '../../text/plural.ts';

export type ReadValues = ValuesOf<typeof manifestSettings> & Partial<ValuesOf<typeof renderSettings>>;

/** What is read: files, and what is rendered. */
export interface Wanted {
  readonly paths: readonly string[];
  readonly sources: SourcesToRender;
}

/**
 * Reads what is behind the paths of a command and what charts and kustomizations make, or the working directory where
 * neither is named; having nothing to judge is a failure.
 */
export async function readSet(
  paths: readonly string[],
  values: ReadValues,
  context: CommandContext,
): Promise<LoadedManifests> {
  const { parts, names } = await loadNamed({ paths, sources: sourcesOf(values, values) }, values, context);
  return refuseEmpty(assembleParts(parts, values), names);
}

/** What was read of paths, charts and kustomizations, and how the user named them. */
export interface NamedParts {
  readonly parts: ManifestParts;
  readonly names: readonly string[];
  /** Whether flags name charts or kustomizations. */
  readonly isRendered: boolean;
}

/** Reads each file that a command names by itself, and renders what it wants rendered. */
export async function loadNamed(
  { paths, sources }: Wanted,
  values: ValuesOf<typeof manifestSettings>,
  { folder, stdin, environment }: CommandContext,
): Promise<NamedParts> {
  const rendered = [...sources.charts.map(({ chart }) => chart), ...sources.kustomizations];
  const isRendered = rendered.length > 0;
  const wanted = paths.length > 0 || isRendered ? paths : ['.'];
  const { exclude, noIgnore, namespace, stdinFilename } = values;
  const parts = await loadParts(wanted, {
    folder,
    stdin,
    exclude,
    useGitIgnore: !noIgnore,
    namespace,
    ...(stdinFilename === undefined ? {} : { stdinName: stdinFilename }),
    rendered: isRendered ? await renderSources(sources, { environment, folder }) : [],
  });
  if (parts.missing.length > 0)
    throw new TollgateError('ERR_NO_SUCH_PATH', { paths: parts.missing.join(', ') });
  return { parts, names: [...wanted, ...rendered], isRendered };
}

/** Having nothing to judge is a failure, since it looks like a pass. */
export function refuseEmpty(set: LoadedManifests, names: readonly string[]): LoadedManifests {
  if (set.objects.length > 0 || set.notJudged.length > 0) return set;
  const files = counted(set.files.length, 'file');
  throw new TollgateError('ERR_NO_MANIFESTS', { files: `${names.join(', ')} (${files} read)` });
}
