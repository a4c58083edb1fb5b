import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';

/** Objects as tests need them: the least that is valid, with what the test is about on top. */
export function namespace(name: string, labels: StringMap = {}, rest: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } },
    ...rest,
  };
}

export function globalNetworkPolicy(name: string, spec: object): KubernetesObject {
  return { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', metadata: { name }, spec };
}

export function networkPolicy(name: string, namespace: string, spec: object): KubernetesObject {
  return { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy', metadata: { name, namespace }, spec };
}

export function kubernetesNetworkPolicy(name: string, namespace: string, spec: object): KubernetesObject {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace }, spec };
}

/** The metadata of a pod template. */
export interface TemplateMetadata {
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
}

export function deployment(
  name: string,
  namespace: string,
  template: TemplateMetadata = {},
  podSpec: object = {},
): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { ...template, labels: { app: name, ...template.labels } },
        spec: { containers: [{ name: 'app', image: 'example/app:1' }], ...podSpec },
      },
    },
  };
}

export function pod(
  name: string,
  namespace: string,
  metadata: object = {},
  spec: object = {},
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, ...metadata },
    spec: { containers: [{ name: 'app', image: 'example/app:1' }], ...spec },
  };
}

export function networkSet(
  name: string,
  namespace: string,
  labels: StringMap,
  nets: readonly string[],
): KubernetesObject {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkSet',
    metadata: { name, namespace, labels },
    spec: { nets },
  };
}

export function globalNetworkSet(name: string, labels: StringMap, nets: readonly string[]): KubernetesObject {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkSet',
    metadata: { name, labels },
    spec: { nets },
  };
}
