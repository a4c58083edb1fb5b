import type { KubernetesObject } from '../../kubernetes/object.ts';

/** The policy of Linkerd that lets a service account connect to what a Server governs. */
export function authorizationFor(
  server: { readonly namespace: string; readonly name: string },
  account: { readonly namespace: string; readonly name: string },
): KubernetesObject {
  return {
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name: `${server.name}-${account.namespace}-${account.name}`, namespace: server.namespace },
    spec: {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: server.name },
      requiredAuthenticationRefs: [
        { kind: 'ServiceAccount', namespace: account.namespace, name: account.name },
      ],
    },
  };
}
