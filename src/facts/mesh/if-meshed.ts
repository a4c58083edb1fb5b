import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import {
  afterInjectionProblems,
  injectAnnotation,
  podSecurityConflict,
  predictInjection,
  unfinishedJob,
  type InjectionNamespace,
  type LinkerdProfile,
  type UnfinishedJob,
} from '../../linkerd/index.ts';

/** What pods of a template run into once they are in the mesh. */
export interface IfMeshed {
  /** Whether there is nothing in the way: pods that cannot be meshed are told no such thing. */
  readonly possible: boolean;
  readonly unfinished?: UnfinishedJob;
}

/** What becomes of the pods of a template as they are written, or with other annotations. */
export function ifMeshed(
  template: PodTemplate,
  namespace: InjectionNamespace,
  profile: LinkerdProfile,
  annotations: PodTemplate['annotations'] = template.annotations,
): IfMeshed {
  const { metadata, spec } = template;
  const pod: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name: 'pod', annotations },
    spec,
  };
  // Pods are made with a token whatever stands in their template.
  const injection = predictInjection(pod, namespace, { ...profile, tokenProjection: true });
  const unfinished = unfinishedJob(pod, injection, profile);
  const possible =
    injection.injected &&
    podSecurityConflict(namespace.labels, profile) === undefined &&
    afterInjectionProblems(template, injection, profile).length === 0;
  return { possible, ...(unfinished ? { unfinished } : {}) };
}

/**
 * What a template has to say so that its pods are in the mesh and live there; undefined where they cannot be. An advice
 * that leads to the next refusal helps nobody.
 */
export function askForMesh(
  template: PodTemplate,
  namespace: InjectionNamespace,
  profile: LinkerdProfile,
): string | undefined {
  const asked = { ...template.annotations, [injectAnnotation]: 'enabled' };
  const { possible, unfinished } = ifMeshed(template, namespace, profile, asked);
  if (!possible) return undefined;
  const { key, value } = unfinished?.lacks ?? unfinished?.remedy ?? {};
  return `${injectAnnotation}: enabled${key === undefined ? '' : ` with ${key}: "${value}"`}`;
}
