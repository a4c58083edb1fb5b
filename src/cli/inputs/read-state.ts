import { findConventions } from '../../application/read/find-conventions.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import type { Gap } from '../../inventory/inventory.ts';
import type { LoadedManifests } from '../../manifests/load-manifests.ts';
import type { ValuesOf } from '../../settings.ts';
import type { CommandContext } from '../command.ts';
import { type Around, type contextSettings, readContext } from './read-context.ts';
import { type ReadValues, readSet } from './read-set.ts';

/** The state that a question is asked of. */
export interface StateToAsk {
  /** What was read of files; nothing where the whole state is in the context. */
  readonly set: Pick<LoadedManifests, 'objects' | 'gaps' | 'notJudged'>;
  /** The same with what could not be read of the context. */
  readonly whole: { readonly objects: LoadedManifests['objects']; readonly gaps: readonly Gap[] };
  readonly stated: ConventionSet;
  readonly around: Around;
  /** The whole state is in the context: that of a cluster, or of a snapshot. */
  readonly isAround: boolean;
}

/** Reads the conventions, the context and the files of a question; without a PATH the context may be all there is. */
export async function readState(
  paths: readonly string[],
  values: ReadValues & ValuesOf<typeof contextSettings>,
  context: CommandContext,
): Promise<StateToAsk> {
  const stated = await findConventions(values.conventions, context.folder, context.stdin);
  const around = await readContext(values, context);
  const named = [...paths, ...(values.helm ?? []), ...(values.kustomize ?? [])];
  const isAround = named.length === 0 && (values.live || values.context.length > 0);
  const set = isAround ? nothing : await readSet(paths, values, context);
  const whole = { objects: set.objects, gaps: [...set.gaps, ...around.gaps] };
  return { set, whole, stated, around, isAround };
}

const nothing: StateToAsk['set'] = { objects: [], gaps: [], notJudged: [] };
