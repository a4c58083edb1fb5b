import type { KubernetesObject } from '../../../kubernetes/object.ts';
import {
  admitsAnyIdentity,
  admitsAnyone,
  clientsOfDefault,
  clientsOfPolicy,
  clientsOfServerAuthorization,
  type Clients,
  type LinkerdProfile,
  type MeshPolicySet,
  type PolicyName,
} from '../../../linkerd/index.ts';
import { defineRule } from '../../define-rule.ts';
import { meshPoliciesAround } from '../../../facts/mesh/mesh-policies.ts';
import { reachedFromOutside } from '../../../facts/mesh/outside-clients.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';

/**
 * An authorization lets in every meshed client, or anybody at all, so that it tells nobody apart. One for a route is
 * about some requests only, such as probes, which come without an identity.
 */
export const authorizationAnyIdentity = defineRule({
  id: 'mesh/authorization-any-identity',
  title: 'An authorization lets in everybody',
  appliesTo: {
    kinds: [
      'AuthorizationPolicy.policy.linkerd.io',
      'ServerAuthorization.policy.linkerd.io',
      'Server.policy.linkerd.io',
    ],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const { object } = subject;
    const profile = meshConventionOf(context.convention)?.linkerd;
    const policies = profile && meshPoliciesAround(subject, context);
    const admitted = policies && clientsOf(object, policies, profile);
    if (!admitted || !admitsAnyIdentity(admitted.clients)) return [];
    // Clients from outside have no identity: a port for them is open on purpose.
    const isForAnyone = admitsAnyone(admitted.clients);
    const { server } = admitted;
    if (isForAnyone && server && reachedFromOutside(server, policies, context.inventory, profile)) return [];
    const who = isForAnyone ? 'anybody, meshed or not' : 'every meshed client';
    return [
      {
        pointer: admitted.pointer,
        message: `it lets in ${who}`,
        expected: isForAnyone
          ? 'the ServiceAccounts that may connect, by a MeshTLSAuthentication with identityRefs; for clients that have none (the API server, nodes, what is outside the cluster), their networks in a NetworkAuthentication'
          : 'the ServiceAccounts that may connect, by a MeshTLSAuthentication with identityRefs',
      },
    ];
  },
});

interface Admitted {
  readonly clients: Clients;
  readonly pointer: string;
  /** The Server that it is about, where it is about one by name. */
  readonly server?: PolicyName;
}

/** Whom an object lets in, and where it says so; undefined for what could not be read or is about one route. */
function clientsOf(
  object: KubernetesObject,
  policies: MeshPolicySet,
  profile: LinkerdProfile,
): Admitted | undefined {
  const { name, namespace } = object.metadata;
  const isOwn = (other: { readonly name: string; readonly namespace: string }) =>
    other.name === name && other.namespace === namespace;
  if (object.kind === 'Server') {
    const policy = policies.servers.find(isOwn)?.accessPolicy ?? 'deny';
    // An audit is meant to let everybody in, for as long as it lasts.
    const clients = policy === 'audit' ? undefined : clientsOfDefault(policy, profile);
    const server = policies.servers.find(isOwn);
    return clients && { clients, pointer: '/spec/accessPolicy', ...(server ? { server } : {}) };
  }
  if (object.kind === 'ServerAuthorization') {
    const authorization = policies.serverAuthorizations.find(isOwn);
    if (!authorization) return undefined;
    const target = 'name' in authorization.server ? authorization.server.name : undefined;
    return {
      clients: clientsOfServerAuthorization(authorization, profile),
      pointer: '/spec/client',
      ...(target === undefined ? {} : { server: { namespace: authorization.namespace, name: target } }),
    };
  }
  const policy = policies.authorizationPolicies.find(isOwn);
  if (!policy || policy.target.kind === 'HTTPRoute' || policy.target.kind === 'GRPCRoute') return undefined;
  const clients = clientsOfPolicy(policy, policies, profile);
  if (typeof clients === 'string') return undefined;
  const server = { namespace: policy.namespace, name: policy.target.name };
  return {
    clients,
    pointer: '/spec/requiredAuthenticationRefs',
    ...(policy.target.kind === 'Server' ? { server } : {}),
  };
}
