import { renderSources } from '../application/read/render-sources.ts';
import { TollgateError } from '../errors.ts';
import { type LoadedManifests, loadManifests } from '../manifests/load-manifests.ts';
import type { ValuesOf } from '../settings.ts';
import type { CommandContext } from './command.ts';
import type { manifestSettings } from './manifest-settings.ts';
import { type renderSettings, sourcesOf } from './render-settings.ts';
import { counted } from '../text/plural.ts';

type ReadValues = ValuesOf<typeof manifestSettings> & Partial<ValuesOf<typeof renderSettings>>;

/**
 * Reads what is behind the paths of a command and what charts and kustomizations make, or the working directory where
 * neither is named; having nothing to judge is a failure.
 */
export async function readSet(
  paths: readonly string[],
  values: ReadValues,
  { folder, stdin, environment }: CommandContext,
): Promise<LoadedManifests> {
  const sources = sourcesOf(values, values);
  const names = [...sources.charts.map(({ chart }) => chart), ...sources.kustomizations];
  const wanted = paths.length > 0 || names.length > 0 ? paths : ['.'];
  const { exclude, noIgnore, namespace, stdinFilename } = values;
  const set = await loadManifests(wanted, {
    folder,
    stdin,
    exclude,
    useGitIgnore: !noIgnore,
    namespace,
    ...(stdinFilename === undefined ? {} : { stdinName: stdinFilename }),
    rendered: names.length === 0 ? [] : await renderSources(sources, { environment, folder }),
  });
  if (set.missing.length > 0) throw new TollgateError('ERR_NO_SUCH_PATH', { paths: set.missing.join(', ') });
  if (set.objects.length === 0 && set.notJudged.length === 0) {
    const files = counted(set.files.length, 'file');
    throw new TollgateError('ERR_NO_MANIFESTS', {
      files: `${[...wanted, ...names].join(', ')} (${files} read)`,
    });
  }
  return set;
}
