import { TollgateError } from '../errors.ts';
import { type LoadedManifests, loadManifests } from '../manifests/load-manifests.ts';
import type { ValuesOf } from '../settings.ts';
import type { CommandContext } from './command.ts';
import type { manifestSettings } from './manifest-settings.ts';
import { counted } from '../text/plural.ts';

/** Reads what is behind the paths of a command, or the working directory; having nothing to judge is a failure. */
export async function readSet(
  paths: readonly string[],
  values: ValuesOf<typeof manifestSettings>,
  { folder, stdin }: CommandContext,
): Promise<LoadedManifests> {
  const wanted = paths.length > 0 ? paths : ['.'];
  const { exclude, noIgnore, namespace } = values;
  const set = await loadManifests(wanted, { folder, stdin, exclude, useGitIgnore: !noIgnore, namespace });
  if (set.missing.length > 0) throw new TollgateError('ERR_NO_SUCH_PATH', { paths: set.missing.join(', ') });
  if (set.objects.length === 0 && set.notJudged.length === 0) {
    const files = counted(set.files.length, 'file');
    throw new TollgateError('ERR_NO_MANIFESTS', { files: `${wanted.join(', ')} (${files} read)` });
  }
  return set;
}
