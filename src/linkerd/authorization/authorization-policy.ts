import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { policyName, refused, type PolicyName, type PolicyProblem, type Reading } from './reading.ts';
import {
  canonicalKind,
  readTargetReference,
  targetKind,
  type TargetKind,
  type TargetReference,
} from './target-reference.ts';

/** An AuthorizationPolicy: who may connect to a Server, to all Servers of its namespace, or to a route. */
export interface AuthorizationPolicy extends PolicyName {
  readonly target: {
    readonly kind: 'Server' | 'Namespace' | 'HTTPRoute' | 'GRPCRoute';
    readonly group: string;
    readonly name: string;
  };
  /** A client needs all of them; if there are none, anyone may connect. */
  readonly authentications: readonly (TargetReference & { readonly authentication: AuthenticationKind })[];
}

export type AuthenticationKind = 'MeshTLSAuthentication' | 'NetworkAuthentication' | 'ServiceAccount';

/**
 * Reads an AuthorizationPolicy, with the problems that Linkerd's webhook reports. There is a value if the policy
 * controller would accept the object without the webhook.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, inbound/authorization_policy.rs.
 */
export function readAuthorizationPolicy(object: KubernetesObject): Reading<AuthorizationPolicy> {
  const { spec } = object;
  if (!isRecord(spec)) return refused('/spec', 'an AuthorizationPolicy needs a spec');
  const name = policyName(object);
  const target = readTarget(spec.targetRef);
  if (typeof target === 'string') return refused('/spec/targetRef', target);
  const references = Array.isArray(spec.requiredAuthenticationRefs)
    ? spec.requiredAuthenticationRefs
    : undefined;
  if (!references) return refused('/spec/requiredAuthenticationRefs', 'a list of authentications is missing');

  const authentications: AuthorizationPolicy['authentications'][number][] = [];
  const problems: PolicyProblem[] = [];
  for (const [index, item] of references.entries()) {
    const reference = readTargetReference(item);
    const kind = reference && targetKind(reference);
    if (reference && isAuthenticationKind(kind)) authentications.push({ ...reference, authentication: kind });
    else
      problems.push({
        pointer: `/spec/requiredAuthenticationRefs/${index}`,
        message: reference
          ? `${canonicalKind(reference)} is no kind of authentication: those are MeshTLSAuthentication, NetworkAuthentication and ServiceAccount`
          : 'a reference needs a kind and a name',
      });
  }
  if (problems.length > 0) return { problems };
  return {
    value: { ...name, target, authentications },
    problems: [...targetProblems(target, name), ...countProblems(authentications)],
  };
}

const targetKinds: ReadonlySet<TargetKind | undefined> = new Set([
  'Server',
  'Namespace',
  'HTTPRoute',
  'GRPCRoute',
] as const);

function readTarget(value: unknown): AuthorizationPolicy['target'] | string {
  const reference = readTargetReference(value);
  if (!reference) return 'a target needs a kind and a name';
  const kind = targetKind(reference);
  if (!targetKinds.has(kind))
    return `${canonicalKind(reference)} cannot be a target: those are Server.policy.linkerd.io, HTTPRoute, GRPCRoute and Namespace`;
  return {
    kind: kind as AuthorizationPolicy['target']['kind'],
    group: reference.group.toLowerCase(),
    name: reference.name,
  };
}

function isAuthenticationKind(kind: TargetKind | undefined): kind is AuthenticationKind {
  return kind === 'MeshTLSAuthentication' || kind === 'NetworkAuthentication' || kind === 'ServiceAccount';
}

function targetProblems(target: AuthorizationPolicy['target'], { namespace }: PolicyName): PolicyProblem[] {
  if (target.kind !== 'Namespace' || target.name === namespace) return [];
  return [
    {
      pointer: '/spec/targetRef/name',
      message: `a policy can only be about its own namespace ${namespace}, not ${target.name}`,
    },
  ];
}

function countProblems(authentications: AuthorizationPolicy['authentications']): PolicyProblem[] {
  const count = (...kinds: AuthenticationKind[]) =>
    authentications.filter(({ authentication }) => kinds.includes(authentication)).length;
  const pointer = '/spec/requiredAuthenticationRefs';
  return [
    ...(count('MeshTLSAuthentication', 'ServiceAccount') > 1
      ? [{ pointer, message: 'only one MeshTLSAuthentication or ServiceAccount may be asked for' }]
      : []),
    ...(count('NetworkAuthentication') > 1
      ? [{ pointer, message: 'only one NetworkAuthentication may be asked for' }]
      : []),
  ];
}
