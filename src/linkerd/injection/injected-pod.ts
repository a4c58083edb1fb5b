import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { injectAnnotation, isHandedDown } from '../annotations/catalogue.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { declaredOpaquePorts } from '../ports/default-opaque-ports.ts';
import { opaquePortsAnnotation } from '../ports/opaque-ports.ts';
import { settingsOf, type AnnotationMap } from '../proxy/proxy-annotations.ts';
import { renderingFailure } from '../proxy/proxy-rendering.ts';
import {
  undecodable,
  untouched,
  type Injection,
  type InjectionNamespace,
  type InjectionReason,
} from './injection-answer.ts';
import { ownerLabels } from './owner-labels.ts';
import { throughAnnotationTemplate, throughPatchTemplate } from './patch-text.ts';

/** Pods that the injector makes a patch for. */
export interface PatchedPod {
  readonly object: KubernetesObject;
  readonly template: PodTemplate;
  /** The annotations of the pods. */
  readonly annotations: AnnotationMap;
  readonly namespace: InjectionNamespace;
  readonly installation: LinkerdProfile;
  readonly udpWarning: boolean;
}

/** Predicts the patch of a pod that gets a proxy, or why the injector makes none. */
export function injectedPod(pod: PatchedPod, namespaceAnnotations: AnnotationMap): Injection {
  const { annotations: podAnnotations, namespace, object, installation, template, udpWarning } = pod;
  const added = addedAnnotations(template, podAnnotations, namespaceAnnotations, installation);
  const effective = withAll(podAnnotations, added);
  const settings = settingsOf(installation, effective, namespaceAnnotations, template.spec);
  const failure = renderingFailure(settings, installation);
  if (failure !== undefined) return untouched({ podCreation: 'denied', denialMessage: failure, udpWarning });

  const annotationsAdded: Record<string, string> = {};
  for (const [key, value] of added) {
    const text = throughPatchTemplate(value);
    if (text === undefined) return undecodable(key, udpWarning);
    annotationsAdded[key] = text;
  }
  return {
    injected: true,
    reasons: [],
    webhookCalled: true,
    podCreation: 'allowed',
    annotationsAdded,
    labelsAdded: ownerLabels(object, namespace.name, installation),
    ingressMode: effective.get(injectAnnotation) === 'ingress',
    proxyAs: settings.nativeSidecar ? 'initContainer' : 'container',
    settings,
    udpWarning,
  };
}

/** Predicts the patch of a pod without a proxy or of a Service: it may still add opaque ports. */
export function skippedObject(
  reasons: readonly InjectionReason[],
  annotations: AnnotationMap,
  namespaceAnnotations: AnnotationMap,
  defaultPorts: string | undefined,
  udpWarning: boolean,
): Injection {
  const ports = annotations.has(opaquePortsAnnotation)
    ? undefined
    : (namespaceAnnotations.get(opaquePortsAnnotation) ?? defaultPorts);
  if (ports === undefined) return untouched({ reasons, udpWarning });
  const written = throughAnnotationTemplate(ports);
  if (written === undefined) return undecodable(opaquePortsAnnotation, udpWarning);
  return untouched({ reasons, annotationsAdded: { [opaquePortsAnnotation]: written }, udpWarning });
}

function withAll(annotations: AnnotationMap, added: AnnotationMap): AnnotationMap {
  if (added.size === 0) return annotations;
  const all = new Map(annotations);
  for (const [key, value] of added) all.set(key, value);
  return all;
}

/** The annotations that a pod inherits from its namespace, and the default opaque ports that it declares. */
function addedAnnotations(
  template: PodTemplate,
  podAnnotations: AnnotationMap,
  namespaceAnnotations: AnnotationMap,
  installation: LinkerdProfile,
): AnnotationMap {
  const added = new Map<string, string>();
  for (const [key, value] of namespaceAnnotations) {
    if (isHandedDown(key, installation.version) && !podAnnotations.has(key)) added.set(key, value);
  }
  if (!podAnnotations.has(opaquePortsAnnotation) && !added.has(opaquePortsAnnotation)) {
    const ports = declaredOpaquePorts(template.spec, installation);
    if (ports !== undefined) added.set(opaquePortsAnnotation, ports);
  }
  return added;
}
