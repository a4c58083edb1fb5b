import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { record, list } from '../../../kubernetes/read.ts';
import { identityOfNobody, serviceAccountIdentity, type LinkerdProfile } from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import { listed } from '../../../facts/limits.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { defineRule } from '../../define-rule.ts';

/**
 * A policy names clients by an identity that no workload has, so it lets none of them in. Linkerd takes any DNS name.
 * Source: linkerd2 policy-controller/k8s/index/src/cluster_info.rs, service_account_identity; runtime/src/validation.rs.
 */
export const identityIsNobodys = defineRule({
  id: 'mesh/identity-of-nobody',
  title: 'A policy lets in an identity that no workload has',
  appliesTo: {
    kinds: ['MeshTLSAuthentication.policy.linkerd.io', 'ServerAuthorization.policy.linkerd.io'],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  defaultAction: 'warn',
  check: ({ object }, { convention }) => {
    const mesh = meshConventionOf(convention);
    if (!mesh) return [];
    const { pointer, identities } = identitiesOf(object);
    const remarks = identities.flatMap((identity, index) => {
      const remark = typeof identity === 'string' ? remarkOn(identity, mesh.linkerd) : undefined;
      return remark ? [{ pointer: `${pointer}/${index}`, found: JSON.stringify(identity), ...remark }] : [];
    });
    return listed(
      remarks,
      (remark) => remark,
      (remark) => remark,
    );
  },
});

function identitiesOf({ kind, spec }: KubernetesObject): {
  readonly pointer: string;
  readonly identities: readonly unknown[];
} {
  if (kind === 'MeshTLSAuthentication')
    return { pointer: '/spec/identities', identities: list(record(spec).identities) };
  const { meshTLS } = record(record(spec).client);
  return { pointer: '/spec/client/meshTLS/identities', identities: list(record(meshTLS).identities) };
}

function remarkOn(
  identity: string,
  linkerd: LinkerdProfile,
): Pick<Remark, 'message' | 'expected'> | undefined {
  const problem = identityOfNobody(identity, linkerd);
  if (!problem) return undefined;
  const form = serviceAccountIdentity({ name: 'ACCOUNT', namespace: 'NAMESPACE' }, linkerd);
  if (problem.why === 'trust-domain')
    return {
      message: `no workload of this cluster has the identity "${identity}": here they end with ${linkerd.namespace}.${linkerd.trustDomain}`,
      expected: `${form}, or mesh.linkerd.trustDomain in the convention where the cluster has another one`,
    };
  const { meant } = problem;
  return {
    message: `no workload has the identity "${identity}", so it lets nobody in`,
    expected:
      meant === undefined
        ? `${form}, or identityRefs to the ServiceAccount`
        : `${serviceAccountIdentity(meant, linkerd)}, or identityRefs to ServiceAccount "${meant.namespace}/${meant.name}"`,
  };
}
