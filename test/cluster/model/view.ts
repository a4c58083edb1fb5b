import { type KubernetesObject, labelsOf } from '../../../src/kubernetes/object.ts';
import { isTerminating } from '../../../src/kubernetes/namespace.ts';
import type { Draw } from './draw.ts';
import { path } from './paths.ts';
import type { State } from './state.ts';
import { tenantsOf, type User } from './users.ts';

/** An object as operations name it: with `%` in the place of the run's suffix. */
export interface Known {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly terminating: boolean;
  readonly finalizers: readonly string[];
}

/** What the next operation is drawn from. */
export interface View {
  readonly draw: Draw;
  readonly namespaces: readonly Known[];
  readonly pods: readonly Known[];
  readonly accounts: readonly Known[];
  /** Of every kind that is no Tier of Calico's own. */
  readonly policies: readonly Known[];
  readonly ownDefaultDeny: unknown;
  /** A namespace to work in, with somebody who may. */
  readonly place: () => { readonly namespace: string; readonly user: User };
}

const resources: Readonly<Record<string, readonly [Parameters<typeof path>[0], string]>> = {
  Namespace: ['core', 'namespaces'],
  Pod: ['core', 'pods'],
  ServiceAccount: ['core', 'serviceaccounts'],
  NetworkPolicy: ['calico', 'networkpolicies'],
  GlobalNetworkPolicy: ['calico', 'globalnetworkpolicies'],
  NetworkSet: ['calico', 'networksets'],
  GlobalNetworkSet: ['calico', 'globalnetworksets'],
  Tier: ['calico', 'tiers'],
  HostEndpoint: ['calico', 'hostendpoints'],
};

export function viewOf(draw: Draw, state: State, suffix: string, ownDefaultDeny: unknown): View {
  const shown = (name: string) => (name.endsWith(suffix) ? `${name.slice(0, -suffix.length)}%` : name);
  const known = (object: KubernetesObject): Known => {
    const { apiVersion, kind, metadata } = object;
    const [group, resource] =
      apiVersion === 'networking.k8s.io/v1'
        ? (['networking', 'networkpolicies'] as const)
        : (resources[kind] ?? (['core', 'none'] as const));
    const namespace = metadata.namespace === undefined ? undefined : shown(metadata.namespace);
    const name = shown(metadata.name ?? '');
    const finalizers = (metadata as { finalizers?: readonly string[] }).finalizers ?? [];
    const terminating =
      kind === 'Namespace' ? isTerminating(object) : metadata.deletionTimestamp !== undefined;
    const labels = labelsOf(object);
    return {
      kind,
      namespace,
      name,
      path: path(group, resource, namespace, name),
      labels,
      terminating,
      finalizers,
    };
  };
  const namespaces = state.namespaces.map(known).filter(({ terminating }) => !terminating);
  const names = new Set(namespaces.map(({ name }) => name));
  const isOurs = ({ namespace, name }: Known) =>
    namespace === undefined ? name.endsWith('%') : names.has(namespace);
  return {
    draw,
    ownDefaultDeny,
    namespaces,
    pods: state.pods.map(known).filter(isOurs),
    accounts: state.accounts.map(known).filter(isOurs),
    policies: state.policies.map(known).filter(isOurs),
    place: () => {
      const namespace = draw.one(namespaces).name;
      return { namespace, user: userIn(draw, namespace) };
    },
  };
}

/** Mostly the tenant whose namespace it is, often the administrator, now and then somebody who may not. */
export function userIn(draw: Draw, namespace: string | undefined): User {
  const tenant = tenantsOf[namespace?.replace('%', '') ?? ''];
  if (!tenant) return draw.chance(0.02) ? 'red' : 'admin';
  return draw.weighted<User>([
    [70, tenant],
    [28, 'admin'],
    [1, 'red'],
    [1, 'blue'],
  ]);
}
