import type { StoreClient } from '../../conventions/convention/convention.ts';
import { selectorLabels } from '../workload/own-selector.ts';
import type { Store } from './store.ts';

/**
 * The lock of a store, complete: a Server for each of these ports, and who may use them. Of several identities in one
 * MeshTLSAuthentication one is enough, of several required authentications each is needed.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/index.rs.
 */
export function lockFor(
  { object, speaksBytes, template }: Store,
  clients: readonly StoreClient[],
  ports: readonly number[],
): string {
  const { name = 'store', namespace = 'default' } = object.metadata;
  const labels = JSON.stringify(selectorLabels(object, template));
  const own = JSON.stringify(namespace);
  const list = JSON.stringify(`${name}-clients`);
  const objects = ports.flatMap((port) => {
    const server = JSON.stringify(`${name}-${port}`);
    const bytes = speaksBytes(port) ? ', proxyProtocol: opaque' : '';
    return [
      `apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: { name: ${server}, namespace: ${own} }
spec: { podSelector: { matchLabels: ${labels} }, port: ${port}${bytes} }`,
      `apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: { name: ${server}, namespace: ${own} }
spec:
  targetRef: { group: policy.linkerd.io, kind: Server, name: ${server} }
  requiredAuthenticationRefs: [{ group: policy.linkerd.io, kind: MeshTLSAuthentication, name: ${list} }]`,
    ];
  });
  const identities = clients.map(({ namespace: of, serviceAccount }) =>
    serviceAccount === undefined
      ? `    - { kind: Namespace, name: ${JSON.stringify(of)} }`
      : `    - { kind: ServiceAccount, namespace: ${JSON.stringify(of)}, name: ${JSON.stringify(serviceAccount)} }`,
  );
  const authentication = `apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: { name: ${list}, namespace: ${own} }
spec:
  identityRefs:
${identities.join('\n')}`;
  return [...objects, authentication].join('\n---\n');
}
