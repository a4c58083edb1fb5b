import type { KubernetesObject } from '../../../src/kubernetes/object.ts';
import type { ModelClient } from './client.ts';
import { foreignNamespace } from './cluster.ts';

/** Everything that decides, as the API server had it at one moment. */
export interface State {
  /** The namespaces of one run, and those of the installation in which the model writes. */
  readonly namespaces: readonly KubernetesObject[];
  readonly pods: readonly KubernetesObject[];
  readonly accounts: readonly KubernetesObject[];
  /** Policies of every kind, tiers, network sets and host endpoints, of the whole cluster. */
  readonly policies: readonly KubernetesObject[];
  /** The same for the same policies, accounts and namespaces. */
  readonly version: string;
  readonly revision: number;
}

const v3 = '/apis/projectcalico.org/v3';

/** What is listed, with what the items of a list do not say of themselves. */
const lists: readonly (readonly [keyof Omit<State, 'version' | 'revision'>, string, string, string])[] = [
  ['namespaces', '/api/v1/namespaces', 'v1', 'Namespace'],
  ['pods', '/api/v1/pods', 'v1', 'Pod'],
  ['accounts', '/api/v1/serviceaccounts', 'v1', 'ServiceAccount'],
  ['policies', '/apis/networking.k8s.io/v1/networkpolicies', 'networking.k8s.io/v1', 'NetworkPolicy'],
  ['policies', `${v3}/networkpolicies`, 'projectcalico.org/v3', 'NetworkPolicy'],
  ['policies', `${v3}/globalnetworkpolicies`, 'projectcalico.org/v3', 'GlobalNetworkPolicy'],
  ['policies', `${v3}/networksets`, 'projectcalico.org/v3', 'NetworkSet'],
  ['policies', `${v3}/globalnetworksets`, 'projectcalico.org/v3', 'GlobalNetworkSet'],
  ['policies', `${v3}/tiers`, 'projectcalico.org/v3', 'Tier'],
  ['policies', `${v3}/hostendpoints`, 'projectcalico.org/v3', 'HostEndpoint'],
];

const marker = '/api/v1/namespaces/tollgate-system';

/**
 * Reads the state straight from the API server, every kind at the same revision.
 * @param suffix that of the run whose namespaces count
 * @param known the revision, where it is known; else that of now
 */
export async function readState(client: ModelClient, suffix: string, known?: number): Promise<State> {
  const { call } = client;
  const revision = known ?? (await currentRevision(client));
  const answers = await Promise.all(
    lists.map(async ([, path]) => {
      const { status, body } = await call(
        'GET',
        `${path}?resourceVersion=${revision}&resourceVersionMatch=Exact`,
      );
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.message ?? ''}`);
      return body['items'] as readonly KubernetesObject[];
    }),
  );
  const found = { namespaces: [], pods: [], accounts: [], policies: [] } as Record<
    string,
    KubernetesObject[]
  >;
  for (const [index, [part, , apiVersion, kind]] of lists.entries())
    for (const item of answers[index] ?? []) found[part]?.push({ ...item, apiVersion, kind });
  const isOurs = ({ metadata: { name = '' } }: KubernetesObject) =>
    name.endsWith(suffix) || name === foreignNamespace;
  const { namespaces = [], pods = [], accounts = [], policies = [] } = found;
  const ours = namespaces.filter(isOurs);
  const names = new Set(ours.map(({ metadata }) => metadata.name));
  const inOurs = ({ metadata }: KubernetesObject) => names.has(metadata.namespace);
  const accountsOfOurs = accounts.filter(inOurs);
  const decisive = [...ours, ...accountsOfOurs, ...policies];
  return {
    namespaces: ours,
    pods: pods.filter(inOurs),
    accounts: accountsOfOurs,
    policies,
    revision,
    version: decisive
      .map(({ metadata }) => `${metadata.uid}@${(metadata as { resourceVersion?: string }).resourceVersion}`)
      .join(),
  };
}

/** A write of our own tells it. */
async function currentRevision({ call }: ModelClient): Promise<number> {
  const annotations = { 'model.example/read': String(performance.now()) };
  const options = { user: 'before', type: 'application/merge-patch+json' } as const;
  const { body } = await call('PATCH', marker, { metadata: { annotations } }, options);
  return Number(body.metadata.resourceVersion);
}
