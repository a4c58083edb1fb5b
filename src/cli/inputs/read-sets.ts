import { findSets, type FoundSet, isJudged } from '../../application/read/find-sets.ts';
import { type NamedSet, namedSets } from '../../application/read/named-sets.ts';
import type { Project } from '../../application/read/find-conventions.ts';
import { TollgateError } from '../../errors.ts';
import { programsOf } from '../../manifests/render/programs.ts';
import { assembleParts, type LoadedManifests } from '../../manifests/load-manifests.ts';
import { list } from '../../settings.ts';
import { didYouMean } from '../../text/did-you-mean.ts';
import type { CommandContext } from '../command.ts';
import { sourcesOf } from './render-settings.ts';
import { loadNamed, type ReadValues, refuseEmpty } from './read-set.ts';

/** Which of the sets that a file names are judged. */
export const setSettings = {
  set: list('set', {
    placeholder: 'NAME',
    description:
      'Judge this set of tollgate.yaml alone; without it and without a PATH every set that is named there',
    read: (text) => (text === '' ? { problem: 'is empty' } : { value: text }),
  }),
} as const;

/** A set that is judged, and what a file says of it beside its manifests. */
export interface SetToJudge extends FoundSet {
  readonly named?: NamedSet;
}

/** What a command judges: one set without a name, or several. */
export type ReadSets =
  | { readonly whole: LoadedManifests }
  | { readonly sets: readonly [SetToJudge, ...SetToJudge[]] };

type Values = ReadValues & { readonly set: readonly string[] };

/**
 * Reads what a command judges: the sets that a file names, where the command names nothing else; or what is behind its
 * paths, with what of it is found to be applied together: overlays, and folders that contradict each other. What flags
 * render is one set with all the rest.
 */
export async function readSets(
  paths: readonly string[],
  values: Values,
  { manifestSets }: Pick<Project, 'manifestSets'>,
  context: CommandContext,
): Promise<ReadSets> {
  const sources = sourcesOf(values, values);
  const isNamed = paths.length + sources.charts.length + sources.kustomizations.length > 0;
  if (isNamed && values.set.length > 0)
    throw usage('--set names a set of tollgate.yaml, so it takes no PATH, --helm or --kustomize beside it');
  const [first, ...rest] = isNamed ? [] : chosen(namedSets(manifestSets, values), values.set);
  if (first)
    return {
      sets: [
        await readNamed(first, values, context),
        ...(await Promise.all(rest.map((set) => readNamed(set, values, context)))),
      ],
    };
  const { parts, names, isRendered } = await loadNamed({ paths, sources }, values, context);
  const { folder, environment } = context;
  const { namespace } = values;
  const search = { folder, name: names.join(' '), namespace, programs: programsOf(environment) };
  const [found, ...others] = isRendered ? [] : await findSets(parts, search);
  if (found) return { sets: [found, ...others] };
  return { whole: refuseEmpty(assembleParts(parts, { namespace, isJudged }), names) };
}

async function readNamed(named: NamedSet, values: Values, context: CommandContext): Promise<SetToJudge> {
  const { name, namespace } = named;
  const { parts, names } = await loadNamed(named, { ...values, namespace }, context);
  const manifests = refuseEmpty(assembleParts(parts, { namespace, isJudged }), names);
  return { name, named, manifests };
}

function chosen(sets: readonly NamedSet[], names: readonly string[]): readonly NamedSet[] {
  const known = sets.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw usage(`there is no set ${JSON.stringify(unknown)} in tollgate.yaml${didYouMean(unknown, known)}`);
  return names.length === 0 ? sets : sets.filter(({ name }) => names.includes(name));
}

function usage(problems: string): TollgateError {
  return new TollgateError('ERR_USAGE', { command: 'check', problems });
}
