import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import { selectsLabels } from '../../kubernetes/label-selector.ts';
import { accountOfIdentity } from './identity-owner.ts';
import type { MeshPolicySet } from './mesh-policy-set.ts';
import type { PolicyName } from './reading.ts';
import { insteadOf, linkerdGroup, type MissingTarget } from './missing-target.ts';
import { targetKind, type TargetReference } from './target-reference.ts';

/** A reference of a policy object to something that does not exist. Linkerd accepts it silently. */
export interface DanglingReference extends MissingTarget {
  readonly from: PolicyName & { readonly kind: string };
  readonly pointer: JsonPointer;
  /** The effect, as a sentence without a full stop. */
  readonly effect: string;
}

/** What else exists. Without a function, everything it would tell about is assumed to exist. */
export interface Surroundings {
  readonly hasServiceAccount?: (name: PolicyName) => boolean;
  readonly hasNamespace?: (name: string) => boolean;
}

/**
 * Finds every reference between inbound policy objects, and to ServiceAccounts and Namespaces, whose target does not
 * exist.
 *
 * @param policies The inbound policy objects, from `createMeshPolicySet`.
 * @param surroundings Functions that tell which ServiceAccounts and Namespaces exist; all do where one is not given.
 * @returns Each reference with the object and the JSON pointer it comes from.
 * @example
 * const route = {
 *   apiVersion: 'policy.linkerd.io/v1beta3',
 *   kind: 'HTTPRoute',
 *   metadata: { name: 'live', namespace: 'shop' },
 *   spec: { parentRefs: [{ group: 'policy.linkerd.io', kind: 'Server', name: 'api' }] },
 * };
 * danglingReferences(createMeshPolicySet([route])).map(({ missing }) => missing); // ['Server shop/api']
 */
export function danglingReferences(
  policies: MeshPolicySet,
  surroundings: Surroundings = {},
): readonly DanglingReference[] {
  return [
    ...policyReferences(policies, surroundings),
    ...identityReferences(policies, surroundings),
    ...authorizationReferences(policies),
    ...routeReferences(policies),
    ...rateLimitReferences(policies),
  ];
}

function identityReferences(
  { meshTlsAuthentications }: MeshPolicySet,
  surroundings: Surroundings,
): DanglingReference[] {
  const effect = 'no client has this identity';
  return meshTlsAuthentications.flatMap(({ identities, identityRefs, name, namespace }) => {
    const from = { kind: 'MeshTLSAuthentication', namespace, name };
    const byReference = identityRefs.flatMap((reference, index) => {
      const missing = missingIdentity(reference, namespace, surroundings);
      return missing === undefined ? [] : [{ from, pointer: `/spec/identityRefs/${index}`, missing, effect }];
    });
    const byName = identities.flatMap((identity, index) => {
      const account = accountOfIdentity(identity);
      if (!account || surroundings.hasServiceAccount?.(account) !== false) return [];
      const missing = `ServiceAccount ${account.namespace}/${account.name}`;
      return [{ from, pointer: `/spec/identities/${index}`, missing, effect }];
    });
    return [...byReference, ...byName];
  });
}

function policyReferences(policies: MeshPolicySet, surroundings: Surroundings): DanglingReference[] {
  return policies.authorizationPolicies.flatMap((policy) => {
    const { authentications, name, namespace, target } = policy;
    const from = { kind: 'AuthorizationPolicy', namespace, name };
    const found: DanglingReference[] = [];
    if (!targetExists(policy, policies))
      found.push({
        from,
        pointer: '/spec/targetRef',
        ...insteadOf({ ...target, namespace }, policies),
        effect: 'the policy authorizes nothing',
      });
    for (const [index, reference] of authentications.entries()) {
      const full = { namespace: reference.namespace ?? namespace, name: reference.name };
      const exists = {
        MeshTLSAuthentication: () => policies.meshTlsAuthentication(full) !== undefined,
        NetworkAuthentication: () => policies.networkAuthentication(full) !== undefined,
        ServiceAccount: () => surroundings.hasServiceAccount?.(full) ?? true,
      }[reference.authentication]();
      if (exists) continue;
      found.push({
        from,
        pointer: `/spec/requiredAuthenticationRefs/${index}`,
        ...insteadOf({ ...full, kind: reference.authentication, group: reference.group }, policies),
        effect:
          reference.authentication === 'ServiceAccount'
            ? 'no client has this identity'
            : 'Linkerd ignores the whole policy, so nobody is authorized by it',
      });
    }
    return found;
  });
}

function targetExists(
  { namespace, target }: MeshPolicySet['authorizationPolicies'][number],
  { routes, servers }: MeshPolicySet,
): boolean {
  if (target.kind === 'Namespace') return true;
  if (target.kind === 'Server')
    return servers.some((server) => server.namespace === namespace && server.name === target.name);
  return routes.some(
    (route) =>
      route.kind === target.kind &&
      route.group === target.group &&
      route.namespace === namespace &&
      route.name === target.name,
  );
}

function authorizationReferences(policies: MeshPolicySet): DanglingReference[] {
  const { serverAuthorizations, servers } = policies;
  return serverAuthorizations.flatMap(({ name, namespace, server }) => {
    const candidates = servers.filter((candidate) => candidate.namespace === namespace);
    const exists =
      'name' in server
        ? candidates.some((candidate) => candidate.name === server.name)
        : candidates.some((candidate) => selectsLabels(server.selector, candidate.labels));
    if (exists) return [];
    return [
      {
        from: { kind: 'ServerAuthorization', namespace, name },
        pointer: '/spec/server',
        ...('name' in server
          ? insteadOf({ kind: 'Server', group: linkerdGroup, namespace, name: server.name }, policies)
          : { missing: `Server in ${namespace} with these labels` }),
        effect: 'the authorization authorizes nothing',
      },
    ];
  });
}

function routeReferences(policies: MeshPolicySet): DanglingReference[] {
  const { routes, servers } = policies;
  return routes.flatMap(({ kind, name, namespace, servers: parents }) =>
    parents
      .filter((parent) => !servers.some((server) => server.namespace === namespace && server.name === parent))
      .map((parent) => ({
        from: { kind, namespace, name },
        pointer: '/spec/parentRefs',
        ...insteadOf({ kind: 'Server', group: linkerdGroup, namespace, name: parent }, policies),
        effect: 'the route matches no traffic',
      })),
  );
}

function rateLimitReferences(policies: MeshPolicySet): DanglingReference[] {
  const { rateLimits, servers } = policies;
  return rateLimits
    .filter(
      ({ namespace, server }) =>
        !servers.some((candidate) => candidate.namespace === namespace && candidate.name === server),
    )
    .map(({ name, namespace, server }) => ({
      from: { kind: 'HTTPLocalRateLimitPolicy', namespace, name },
      pointer: '/spec/targetRef',
      ...insteadOf({ kind: 'Server', group: linkerdGroup, namespace, name: server }, policies),
      effect: 'nothing is limited',
    }));
}

function missingIdentity(
  reference: TargetReference,
  namespace: string,
  { hasNamespace, hasServiceAccount }: Surroundings,
): string | undefined {
  if (targetKind(reference) === 'Namespace')
    return hasNamespace?.(reference.name) === false ? `Namespace ${reference.name}` : undefined;
  const full = { namespace: reference.namespace ?? namespace, name: reference.name };
  return hasServiceAccount?.(full) === false ? `ServiceAccount ${full.namespace}/${full.name}` : undefined;
}
