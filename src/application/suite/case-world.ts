import type { ConventionSet } from '../../conventions/convention-set.ts';
import { problemInWords } from '../../conventions/document/document-problem.ts';
import { loadConventions } from '../../conventions/load-conventions.ts';
import { TollgateError } from '../../errors.ts';
import { isKubernetesObject, type KubernetesObject, referenceOf } from '../../kubernetes/object.ts';
import { loadManifests } from '../../manifests/load-manifests.ts';
import { rules } from '../../rules/registry.ts';
import { findConventions } from '../read/find-conventions.ts';
import type { Suite } from './find-suites.ts';
import type { CaseDocument, ObjectSource } from './suite-schema.ts';
import { isClusterScoped } from '../../kinds.ts';

/** What holds for one case. */
export interface CaseWorld {
  readonly objects: readonly KubernetesObject[];
  readonly conventions: ConventionSet;
  readonly clock: Date;
}

/** Reads what a suite and a case give. What is given and cannot be read is a mistake in the suite. */
export async function caseWorld(suite: Suite, { given = {} }: CaseDocument, now: Date): Promise<CaseWorld> {
  const { given: shared = {} } = suite.document;
  const clock = given.clock ?? shared.clock;
  return {
    objects: await readObjects([...(shared.objects ?? []), ...(given.objects ?? [])], suite),
    conventions: await readConventionSources(given.conventions ?? shared.conventions ?? [], suite),
    clock: clock === undefined ? now : new Date(clock),
  };
}

/** Every object of files, folders and objects written out. */
export async function readObjects(
  sources: readonly ObjectSource[],
  suite: Suite,
): Promise<readonly KubernetesObject[]> {
  const lists = await Promise.all(
    sources.map(async (source) =>
      typeof source === 'string' ? readFiles(source, suite) : [inline(source, suite)],
    ),
  );
  return lists.flat();
}

/** The one object of a source. */
export async function readObject(source: ObjectSource, suite: Suite): Promise<KubernetesObject> {
  const objects = await readObjects([source], suite);
  const [object] = objects;
  if (object && objects.length === 1) return object;
  throw suiteError(suite, `${describe(source)} holds ${objects.length} objects, and one is needed`);
}

/** A mistake in a suite that is only seen when it runs. */
export function suiteError({ file }: Suite, problem: string): TollgateError {
  return new TollgateError('ERR_SUITES', { problems: `${file}: ${problem}` });
}

async function readFiles(path: string, suite: Suite): Promise<readonly KubernetesObject[]> {
  const set = await loadManifests([path], {
    folder: suite.folder,
    exclude: [],
    useGitIgnore: false,
    namespace: 'default',
    stdin: () => Promise.reject(suiteError(suite, 'standard input cannot be given')),
  });
  const [unread] = set.notJudged;
  if (unread) throw suiteError(suite, `${unread.file}:${unread.line}:${unread.column}: ${unread.reason}`);
  if (set.objects.length === 0) throw suiteError(suite, `there is no Kubernetes object in ${path}`);
  return set.objects.map(({ object }) => object);
}

function inline(source: Readonly<Record<string, unknown>>, suite: Suite): KubernetesObject {
  const value: unknown = source;
  if (!isKubernetesObject(value)) {
    throw suiteError(suite, 'an object that is written out lacks apiVersion, kind or metadata');
  }
  const hasNamespace = value.metadata.namespace !== undefined || isClusterScoped(value.kind);
  return hasNamespace ? value : { ...value, metadata: { ...value.metadata, namespace: 'default' } };
}

async function readConventionSources(sources: readonly ObjectSource[], suite: Suite): Promise<ConventionSet> {
  const files = sources.filter((source) => typeof source === 'string');
  const written = sources.filter((source) => typeof source !== 'string');
  if (written.length === 0) return findConventions(files, suite.folder);
  if (files.length > 0)
    throw suiteError(suite, 'conventions are given as files or written out, not both at once');
  const { set, problems } = loadConventions(
    written.map((value) => ({ file: suite.file, value })),
    rules,
  );
  if (set) return set;
  throw new TollgateError('ERR_SUITES', { problems: problems.map(problemInWords).join('\ntollgate: ') });
}

function describe(source: ObjectSource): string {
  if (typeof source === 'string') return source;
  return isKubernetesObject(source) ? referenceOf(source).name : 'what is written out';
}
