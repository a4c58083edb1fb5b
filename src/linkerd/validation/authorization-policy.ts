import { policyName } from '../authorization/reading.ts';
import {
  canonicalKind,
  readTargetReference,
  targetKind,
  type TargetKind,
} from '../authorization/target-reference.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { list, record } from '../../kubernetes/read.ts';
import { eachItem, missingFields, referenceProblems } from './field-problems.ts';
import { bySchema, byWebhook, type ObjectProblem } from './object-problem.ts';

/**
 * What is refused of an AuthorizationPolicy.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, Validate<AuthorizationPolicySpec>;
 * k8s/index/src/inbound/authorization_policy.rs, target; charts/linkerd-crds policy/authorization-policy.yaml.
 */
export function authorizationPolicyProblems(object: KubernetesObject): readonly ObjectProblem[] {
  const spec = record(object.spec);
  const missing = missingFields(spec, ['targetRef', 'requiredAuthenticationRefs'], '/spec');
  const refs = spec.requiredAuthenticationRefs;
  const shape = [
    ...missing,
    ...(spec.targetRef === undefined ? [] : referenceProblems(spec.targetRef, '/spec/targetRef')),
    ...eachItem(refs, '/spec/requiredAuthenticationRefs', referenceProblems),
    ...(refs === undefined || Array.isArray(refs)
      ? []
      : [bySchema('/spec/requiredAuthenticationRefs', 'this is not a list', 'a list of references')]),
  ];
  if (shape.length > 0) return shape;
  return [...targetProblems(spec.targetRef, object), ...authenticationProblems(list(refs))];
}

const possibleTargets: ReadonlySet<TargetKind | undefined> = new Set([
  'Server',
  'Namespace',
  'HTTPRoute',
  'GRPCRoute',
] as const);

function targetProblems(value: unknown, object: KubernetesObject): ObjectProblem[] {
  const reference = readTargetReference(value);
  if (!reference) return [];
  const kind = targetKind(reference);
  if (!possibleTargets.has(kind))
    return [
      byWebhook(
        '/spec/targetRef',
        `${canonicalKind(reference)} cannot be the target of an AuthorizationPolicy`,
        'a target of kind Server or HTTPRoute (policy.linkerd.io), HTTPRoute or GRPCRoute (gateway.networking.k8s.io), or Namespace',
      ),
    ];
  const { namespace } = policyName(object);
  if (kind !== 'Namespace' || reference.name === namespace) return [];
  return [
    byWebhook(
      '/spec/targetRef/name',
      `an AuthorizationPolicy cannot target another namespace (${reference.name})`,
      `name: ${namespace}, or the policy in namespace ${reference.name}`,
    ),
  ];
}

function authenticationProblems(refs: readonly unknown[]): ObjectProblem[] {
  const pointer = '/spec/requiredAuthenticationRefs';
  const counts = { MeshTLSAuthentication: 0, NetworkAuthentication: 0, ServiceAccount: 0 };
  const unknown: ObjectProblem[] = [];
  for (const [index, value] of refs.entries()) {
    const reference = readTargetReference(value);
    const kind = reference && targetKind(reference);
    if (kind === 'MeshTLSAuthentication' || kind === 'NetworkAuthentication' || kind === 'ServiceAccount')
      counts[kind] += 1;
    else if (reference)
      unknown.push(
        byWebhook(
          `${pointer}/${index}`,
          `${canonicalKind(reference)} is not an authentication`,
          'MeshTLSAuthentication or NetworkAuthentication (policy.linkerd.io), or ServiceAccount',
        ),
      );
  }
  const identities = counts.MeshTLSAuthentication + counts.ServiceAccount;
  const asked =
    counts.ServiceAccount === 0
      ? `${identities} MeshTLSAuthentications`
      : counts.MeshTLSAuthentication === 0
        ? `${identities} ServiceAccounts`
        : 'a MeshTLSAuthentication and a ServiceAccount';
  return [
    ...unknown,
    ...(identities > 1
      ? [
          byWebhook(
            pointer,
            `it requires ${asked} at once, and a client has only one identity`,
            'one MeshTLSAuthentication that lists all of these identities',
          ),
        ]
      : []),
    ...(counts.NetworkAuthentication > 1
      ? [
          byWebhook(
            pointer,
            'it requires more than one NetworkAuthentication at once',
            'one NetworkAuthentication that lists all of these networks',
          ),
        ]
      : []),
  ];
}
