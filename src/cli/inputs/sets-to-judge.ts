import { findConventions, findProject } from '../../application/read/find-conventions.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import type { ValuesOf } from '../../settings.ts';
import type { CommandContext } from '../command.ts';
import { type applicationSettings, type Around, readContext } from './read-context.ts';
import type { ReadValues } from './read-set.ts';
import { readSets, type SetToJudge, type setSettings } from './read-sets.ts';

/** A set with everything that it is judged by. */
export interface PreparedSet extends SetToJudge {
  readonly conventions: ConventionSet;
  readonly around: Around;
  /** Of objects that name none. */
  readonly namespace: string;
}

/** What a command judges. */
export interface SetsToJudge {
  readonly sets: readonly [PreparedSet, ...PreparedSet[]];
  /** It is one set that nobody has named and nothing was set apart from. */
  readonly isWhole: boolean;
}

type Values = ReadValues & ValuesOf<typeof applicationSettings & typeof setSettings>;

/** Reads what a command judges: the manifests, the conventions of each set, and what exists already. */
export async function setsToJudge(
  paths: readonly string[],
  values: Values,
  context: CommandContext,
): Promise<SetsToJudge> {
  const project = await findProject(values.conventions, context.folder, context.stdin);
  const read = await readSets(paths, values, project, context);
  const around = await readContext(values, context);
  const usual = { conventions: project.conventions, around, namespace: values.namespace };
  if ('whole' in read) return { isWhole: true, sets: [{ name: '', manifests: read.whole, ...usual }] };
  const prepare = async (set: SetToJudge): Promise<PreparedSet> => {
    const { named } = set;
    if (!named) return { ...set, ...usual };
    // The cluster itself has been read once for all of them.
    const own = await readContext({ ...values, live: false, context: named.context }, context);
    return {
      ...set,
      namespace: named.namespace,
      around: together(around, own),
      conventions:
        named.conventions.length > 0
          ? await findConventions(named.conventions, context.folder)
          : project.conventions,
    };
  };
  const [first, ...others] = read.sets;
  const sets: [PreparedSet, ...PreparedSet[]] = [await prepare(first)];
  for (const set of others) sets.push(await prepare(set));
  return { isWhole: false, sets };
}

/** What exists for every set, and for one of them beside that. */
function together(usual: Around, own: Around): Around {
  const calico = usual.application.calico ?? own.application.calico;
  return {
    application: {
      ...usual.application,
      existing: [...own.application.existing, ...usual.application.existing],
      ...(calico ? { calico } : {}),
    },
    gaps: [...usual.gaps, ...own.gaps],
  };
}
