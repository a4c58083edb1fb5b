import { setTimeout as pause } from 'node:timers/promises';
import type { KubernetesObject } from '../../../src/kubernetes/object.ts';
import { createDraw } from './draw.ts';
import type { ModelCluster } from './cluster.ts';
import { foreignNamespace } from './cluster.ts';
import type { Outcome } from './operation.ts';
import { path } from './paths.ts';
import { deleteNamespace } from './fragments.ts';
import { setFinalizers } from './requests.ts';
import { readState } from './state.ts';
import { type Known, viewOf } from './view.ts';

/**
 * Ends a run as its users would: every namespace is deleted, and has to come to its end.
 * @returns what was refused on the way, which pods of controllers were, and the namespaces that stay for more than a minute
 */
export async function endRun(
  cluster: ModelCluster,
  suffix: string,
): Promise<{
  readonly outcomes: readonly Outcome[];
  readonly failed: readonly string[];
  readonly stuck: readonly string[];
}> {
  const { client } = cluster;
  const outcomes: Outcome[] = [];
  const state = await readState(client, suffix);
  const { namespaces } = viewOf(createDraw(0), state, suffix, undefined);
  const failed = await failedPods(cluster, suffix);
  for (const { name } of namespaces)
    if (name.endsWith('%')) outcomes.push(await client.send(deleteNamespace(name), suffix));
  let left: readonly KubernetesObject[] = [];
  for (let attempt = 0; attempt < 240; attempt += 1) {
    const now = await readState(client, suffix);
    left = now.namespaces.filter(({ metadata }) => metadata.name !== foreignNamespace);
    for (const { kind, path: at } of terminating(now.policies, suffix, left))
      outcomes.push(await client.send(setFinalizers(kind, 'admin', at, null), suffix));
    if (left.length === 0) break;
    await pause(250);
  }
  await clear(cluster, suffix);
  return { outcomes, failed, stuck: left.map(({ metadata }) => metadata.name ?? '') };
}

/** What controllers say of pods that tollgate refused them, although it had let their templates through. */
async function failedPods({ client }: ModelCluster, suffix: string): Promise<readonly string[]> {
  const { body } = await client.call('GET', '/api/v1/events?fieldSelector=reason%3DFailedCreate');
  const events = body['items'] as readonly {
    readonly message?: string;
    readonly metadata: { readonly namespace?: string };
  }[];
  return events
    .filter(({ metadata }) => metadata.namespace?.endsWith(suffix))
    .map(({ message = '', metadata }) => `${metadata.namespace}: ${message}`)
    .filter((message) => message.includes('tollgate.dev'));
}

/** Policies that users keep by a finalizer although they, or their namespaces, are being deleted. */
function terminating(
  policies: readonly KubernetesObject[],
  suffix: string,
  namespaces: readonly KubernetesObject[],
): readonly Known[] {
  const leaving = policies.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  const state = { namespaces: [], pods: [], accounts: [], policies: leaving, version: '', revision: 0 };
  const names = new Set(namespaces.map(({ metadata }) => metadata.name));
  const inLeft = leaving.filter(({ metadata }) => names.has(metadata.namespace));
  const view = viewOf(
    createDraw(0),
    { ...state, policies: inLeft, namespaces: asLive(namespaces) },
    suffix,
    undefined,
  );
  return view.policies.filter(({ finalizers }) => finalizers.length > 0);
}

function asLive(namespaces: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return namespaces.map(({ apiVersion, kind, metadata: { name = '' } }) => ({
    apiVersion,
    kind,
    metadata: { name },
  }));
}

/** Takes away all that decides of a run, past the gate, and lets its namespaces go. */
export async function clear({ client }: ModelCluster, suffix: string): Promise<void> {
  const state = await readState(client, suffix);
  const view = viewOf(createDraw(0), { ...state, namespaces: asLive(state.namespaces) }, suffix, undefined);
  const before = { user: 'before' } as const;
  for (const found of view.policies) {
    const at = found.path.replaceAll('%', suffix);
    if (found.finalizers.length > 0)
      await client.call(
        'PATCH',
        at,
        { metadata: { finalizers: null } },
        { ...before, type: 'application/merge-patch+json' },
      );
    await client.call('DELETE', at, undefined, before);
  }
  for (const { name } of view.namespaces)
    if (name.endsWith('%'))
      await client.call(
        'DELETE',
        path('core', 'namespaces', undefined, name.replaceAll('%', suffix)),
        undefined,
        before,
      );
  await client.call(
    'DELETE',
    path('calico', 'stagedglobalnetworkpolicies', undefined, `staged${suffix}`),
    undefined,
    before,
  );
  const labels = {
    team: null,
    gate: null,
    zone: null,
    mode: null,
    ways: null,
    born: null,
    'tollgate.dev/default-deny': null,
  };
  await client.call(
    'PATCH',
    path('core', 'namespaces', undefined, foreignNamespace),
    { metadata: { labels } },
    { ...before, type: 'application/merge-patch+json' },
  );
}
