import type { LinkerdProfile } from '../installation/installation.ts';
import type { AuthorizationPolicy } from './authorization-policy.ts';
import { everyNetwork, type Clients } from './clients.ts';
import type { MeshPolicySet } from './mesh-policy-set.ts';
import type { PolicyName } from './reading.ts';
import type { ServerAuthorization } from './server-authorization.ts';
import { targetKind, type TargetReference } from './target-reference.ts';

/**
 * Writes the mesh identity of a ServiceAccount.
 * Source: Linkerd policy-controller/k8s/index/src/cluster_info.rs.
 *
 * @param account The name and the namespace of the ServiceAccount.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns A DNS name.
 * @example
 * const account = { namespace: 'shop', name: 'web' };
 * serviceAccountIdentity(account, defaultProfile()); // 'web.shop.serviceaccount.identity.linkerd.cluster.local'
 */
export function serviceAccountIdentity(
  { namespace, name }: PolicyName,
  installation: LinkerdProfile,
): string {
  return `${name}.${namespace}.serviceaccount.identity.${installation.namespace}.${installation.trustDomain}`;
}

/**
 * Writes the pattern that matches the identities of all ServiceAccounts of a namespace.
 *
 * @param namespace The name of the namespace.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns A DNS name whose first label is `*`.
 * @example
 * identitiesOfNamespace('shop', defaultProfile()); // '*.shop.serviceaccount.identity.linkerd.cluster.local'
 */
export function identitiesOfNamespace(namespace: string, installation: LinkerdProfile): string {
  return serviceAccountIdentity({ name: '*', namespace }, installation);
}

/**
 * Finds the clients that an AuthorizationPolicy lets in, or why Linkerd ignores it: one missing authentication is
 * enough, and then the policy lets nobody in.
 *
 * @param policy The AuthorizationPolicy, from a policy set.
 * @param policies The inbound policy objects, from `createMeshPolicySet`.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns The clients, or the reason as the end of a sentence.
 * @example
 * const target = { kind: 'Server', group: 'policy.linkerd.io', name: 'api' } as const;
 * const policy = { namespace: 'shop', name: 'all', target, authentications: [] };
 * const clients = clientsOfPolicy(policy, createMeshPolicySet([]), defaultProfile());
 * typeof clients === 'string' ? clients : clients.identities; // 'anyone'
 */
export function clientsOfPolicy(
  policy: AuthorizationPolicy,
  policies: MeshPolicySet,
  installation: LinkerdProfile,
): Clients | string {
  let identities: Clients['identities'] = 'anyone';
  let networks = everyNetwork;
  const counts = { identities: 0, networks: 0 };
  for (const { authentication, name, namespace = policy.namespace } of policy.authentications) {
    if (authentication === 'NetworkAuthentication') {
      const found = policies.networkAuthentication({ namespace, name });
      if (!found) return `there is no NetworkAuthentication ${name} in namespace ${namespace}`;
      networks = found.networks;
      counts.networks += 1;
      continue;
    }
    counts.identities += 1;
    if (authentication === 'ServiceAccount') {
      identities = [serviceAccountIdentity({ namespace, name }, installation)];
      continue;
    }
    const found = policies.meshTlsAuthentication({ namespace, name });
    if (!found) return `there is no MeshTLSAuthentication ${name} in namespace ${namespace}`;
    identities = [
      ...found.identities,
      ...found.identityRefs.map((ref) => identityOf(ref, found.namespace, installation)),
    ];
  }
  if (counts.identities > 1) return 'it asks for more than one identity at once';
  return counts.networks > 1 ? 'it asks for more than one network at once' : { identities, networks };
}

/**
 * Finds the clients that a ServerAuthorization lets in.
 *
 * @param authorization The ServerAuthorization, from a policy set.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns The clients, with the identities of its ServiceAccounts written out.
 * @example
 * const authorization = {
 *   namespace: 'shop',
 *   name: 'web',
 *   server: { name: 'api' },
 *   clients: { identities: [], networks: [] },
 *   serviceAccounts: [{ namespace: 'shop', name: 'web' }],
 * };
 * const { identities } = clientsOfServerAuthorization(authorization, defaultProfile());
 * identities; // ['web.shop.serviceaccount.identity.linkerd.cluster.local']
 */
export function clientsOfServerAuthorization(
  { clients, serviceAccounts }: ServerAuthorization,
  installation: LinkerdProfile,
): Clients {
  if (typeof clients.identities === 'string') return clients;
  const accounts = serviceAccounts.map((account) => serviceAccountIdentity(account, installation));
  return { ...clients, identities: [...clients.identities, ...accounts] };
}

function identityOf(reference: TargetReference, namespace: string, installation: LinkerdProfile): string {
  return targetKind(reference) === 'Namespace'
    ? identitiesOfNamespace(reference.name, installation)
    : serviceAccountIdentity(
        { namespace: reference.namespace ?? namespace, name: reference.name },
        installation,
      );
}
