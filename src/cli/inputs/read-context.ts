import { applyOrders, type ApplyOrder } from '../../application/check/apply-order.ts';
import type { Application } from '../../application/check/judge-creation.ts';
import type { ClusterContent } from '../../application/snapshot/read-cluster.ts';
import { readSnapshots } from '../../application/snapshot/snapshot-file.ts';
import { TollgateError } from '../../errors.ts';
import type { Gap } from '../../inventory/inventory.ts';
import { loadManifests } from '../../manifests/load-manifests.ts';
import { list, toggle, value, type ValuesOf } from '../../settings.ts';
import { didYouMean } from '../../text/did-you-mean.ts';
import { listInWords } from '../../text/list.ts';
import type { CommandContext } from '../command.ts';
import { kubeconfigFile, kubeconfigSetting } from '../kubeconfig.ts';
import type { manifestSettings } from './manifest-settings.ts';

/** What a cluster holds already. */
export const contextSettings = {
  context: list('context', {
    placeholder: 'PATH',
    description:
      'Files, folders or globs with what the cluster holds already: it counts and is never reported; an object that is checked as well is taken from what is checked',
    read: (text) => ({ value: text }),
  }),
  live: toggle('live', {
    description:
      'Read what the cluster of the kubeconfig file holds already, as --context does files; needs the rights to list what the webhook follows, and writes nothing',
  }),
  kubeconfig: kubeconfigSetting,
} as const;

/** How a set of manifests comes to its cluster, and what that holds already. */
export const applicationSettings = {
  ...contextSettings,
  applyOrder: value<ApplyOrder | undefined>('apply-order', {
    placeholder: applyOrders.join('|'),
    description:
      'Judge each namespace as it is created: in the order of the files (kubectl), or as Helm or Argo CD sort objects; without it where a convention says onMissing: reject itself',
    fallback: undefined,
    fallbackText: 'kubectl where a convention says onMissing: reject',
    read: (text) => {
      const order = applyOrders.find((candidate) => candidate === text);
      return order
        ? { value: order }
        : {
            problem: `is ${JSON.stringify(text)}, expected ${listInWords(applyOrders, { last: 'or' })}${didYouMean(text, applyOrders)}`,
          };
    },
  }),
} as const;

type ContextValues = ValuesOf<typeof contextSettings> & ValuesOf<typeof manifestSettings>;

/** What exists already, and how a set comes to it. */
export interface Around {
  readonly application: Application;
  /** What of the context could not be read, and may decide. */
  readonly gaps: readonly Gap[];
}

/** Reads what exists; a path that leads to nothing is wrong usage, and what cannot be read makes answers unknown. */
export async function readContext(
  values: ContextValues & Partial<Pick<ValuesOf<typeof applicationSettings>, 'applyOrder'>>,
  context: CommandContext,
): Promise<Around> {
  const order = values.applyOrder === undefined ? {} : { order: values.applyOrder };
  const [files, live] = [await readFiles(values, context), await readLive(values, context)];
  const calico = live?.calico ?? files.calico;
  return {
    application: {
      // What is read from the cluster itself is newer than any file.
      existing: [...files.objects, ...(live?.objects ?? [])],
      ...order,
      ...(calico ? { calico } : {}),
    },
    gaps: [...files.gaps, ...(live?.gaps ?? [])].map(({ what, why }) => ({ what: `context ${what}`, why })),
  };
}

async function readFiles(
  values: ContextValues,
  { folder, stdin, stderr }: CommandContext,
): Promise<ClusterContent> {
  if (values.context.length === 0) return { objects: [], gaps: [] };
  const { exclude, noIgnore, namespace } = values;
  const options = { folder, stdin, exclude, useGitIgnore: !noIgnore, namespace };
  const set = await loadManifests(values.context, options);
  if (set.missing.length > 0) throw new TollgateError('ERR_NO_SUCH_PATH', { paths: set.missing.join(', ') });
  for (const { file, line, column, reason } of set.notJudged)
    stderr.write(`context ${file}:${line}:${column}: not read, ${reason}\n`);
  const content = readSnapshots(set.objects.map(({ object }) => object));
  return { ...content, gaps: [...set.gaps, ...content.gaps] };
}

async function readLive(
  { kubeconfig, live }: ContextValues,
  context: CommandContext,
): Promise<ClusterContent | undefined> {
  if (!live) return undefined;
  const { contentOfCluster } = await import('../../application/snapshot/cluster-content.ts');
  return contentOfCluster(kubeconfigFile(kubeconfig, context));
}
