import type { CalicoMode } from '../../calico/index.ts';
import type { Gap } from '../../inventory/inventory.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { record, records, text } from '../../kubernetes/read.ts';
import type { ClusterContent } from './read-cluster.ts';
import { reduceObject } from './reduce-object.ts';

const head = { apiVersion: 'tollgate.dev/v1alpha1', kind: 'Snapshot' } as const;

/** A cluster as a file for `--context`: one object a line, the first of which says when it was taken and what is missing. */
export function printSnapshot({ calico, gaps, objects }: ClusterContent, taken: Date): string {
  const spec = { taken: taken.toISOString(), ...(calico ? { calico } : {}), missing: gaps };
  const documents = [{ ...head, metadata: { name: 'cluster' }, spec }, ...objects.map(reduceObject)];
  return documents.map((document) => `---\n${JSON.stringify(document)}\n`).join('');
}

/** What context holds that came from clusters: their objects, how they run Calico, and what is missing of them. */
export function readSnapshots(objects: readonly KubernetesObject[]): ClusterContent {
  const heads = objects.filter(isHead);
  const [calico] = heads.flatMap(({ spec }) => calicoOf(record(record(spec)['calico'])) ?? []);
  return {
    objects: objects.filter((object) => !isHead(object)),
    gaps: heads.flatMap(({ spec }) =>
      records(record(spec)['missing']).map(({ what, why }): Gap => ({ what: text(what), why: text(why) })),
    ),
    ...(calico ? { calico } : {}),
  };
}

function isHead({ apiVersion, kind }: KubernetesObject): boolean {
  return apiVersion === head.apiVersion && kind === head.kind;
}

function calicoOf({ mode, version }: Readonly<Record<string, unknown>>): ClusterContent['calico'] {
  const known = modes.find((candidate) => candidate === mode);
  return known && { mode: known, ...(typeof version === 'string' ? { version } : {}) };
}

const modes: readonly CalicoMode[] = ['apiserver', 'v3crd', 'raw'];
