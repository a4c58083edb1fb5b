import { selectsLabels } from '../../kubernetes/label-selector.ts';
import { labelsOf, stringMap, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import { nameLabel } from '../../kubernetes/namespace.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { injectAnnotation } from '../annotations/annotation-names.ts';
import { isHandedDown } from '../annotations/catalogue.ts';
import { declaresUdp } from '../ports/container-ports.ts';
import { opaquePortsAnnotation } from '../ports/opaque-ports.ts';
import { declaredOpaquePorts, exposedOpaquePorts } from '../ports/default-opaque-ports.ts';
import { predictCommand } from './inject-command.ts';
import {
  undecodable,
  untouched,
  type Injection,
  type InjectionNamespace,
  type InjectionOrigin,
  type InjectionReason,
} from './injection-answer.ts';
import { injectionReasons } from './injection-reasons.ts';
import { throughAnnotationTemplate, throughPatchTemplate } from './patch-text.ts';
import { ownerLabels } from './owner-labels.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { annotationMap, settingsOf, type AnnotationMap } from '../proxy/proxy-annotations.ts';
import { renderingFailure } from '../proxy/proxy-rendering.ts';

/**
 * Predicts from objects alone what Linkerd would do to the pods that a workload (or Pod) makes in a namespace, or to
 * a Service. Only the pod's and the namespace's annotations count: a workload's own metadata is never read.
 * Source: Linkerd controller/proxy-injector/webhook.go, pkg/inject, charts/linkerd-control-plane values.yaml.
 */
export function predictInjection(
  object: KubernetesObject,
  namespace: InjectionNamespace,
  profile: LinkerdProfile,
  options: {
    readonly origin?: InjectionOrigin;
    /** The API server has still to mount the token of the service account, as it will into pods that are made. */
    readonly tokenComes?: boolean;
  } = {},
): Injection {
  const template = podTemplateOf(object);
  if (options.origin === 'cli') return predictCommand(object, template, profile);
  if (!template) return predictForService(object, namespace, profile);
  const asked = askedOf(object, template, namespace, profile, options.tokenComes);
  return predictForPods(asked, annotationMap(namespace.annotations));
}

/**
 * The same for a workload as it is (`now`) and, where nobody says whether its pods are to be injected, as if its
 * namespace asked for it with some value; undefined for what has no pods.
 */
export function predictInjectionIfAsked(
  object: KubernetesObject,
  namespace: InjectionNamespace,
  profile: LinkerdProfile,
  value: string,
  tokenComes: boolean,
): { readonly now: Injection; readonly ifAsked: Injection } | undefined {
  const template = podTemplateOf(object);
  if (!template) return undefined;
  const asked = askedOf(object, template, namespace, profile, tokenComes);
  const annotations = annotationMap(namespace.annotations);
  const now = predictForPods(asked, annotations);
  const isSilent =
    now.reasons.includes('injection_enable_annotation_absent') &&
    isBlank(asked.annotations.get(injectAnnotation)) &&
    isBlank(annotations.get(injectAnnotation));
  const ifAsked = isSilent ? predictForPods(asked, new Map(annotations).set(injectAnnotation, value)) : now;
  return { now, ifAsked };
}

/** Pods about which the injector is asked. */
interface Asked {
  readonly object: KubernetesObject;
  readonly template: PodTemplate;
  /** Of the pods. */
  readonly annotations: AnnotationMap;
  readonly namespace: InjectionNamespace;
  readonly profile: LinkerdProfile;
  readonly udpWarning: boolean;
  readonly isSent: boolean;
  readonly tokenComes: boolean | undefined;
}

function askedOf(
  object: KubernetesObject,
  template: PodTemplate,
  namespace: InjectionNamespace,
  profile: LinkerdProfile,
  tokenComes: boolean | undefined,
): Asked {
  return {
    object,
    template,
    annotations: annotationMap(template.metadata.annotations),
    namespace,
    profile,
    udpWarning: declaresUdp(template.spec),
    isSent: isSentToInjector(template.labels, namespace, profile),
    tokenComes,
  };
}

function predictForPods(asked: Asked, namespaceAnnotations: AnnotationMap): Injection {
  const { annotations, isSent, profile, template, tokenComes, udpWarning } = asked;
  if (!isSent) return untouched({ webhookCalled: false, udpWarning });
  const reasons = injectionReasons(
    template.spec,
    annotations,
    namespaceAnnotations,
    profile,
    'webhook',
    tokenComes,
  );
  if (reasons.length === 0) return injected(asked, namespaceAnnotations);
  const ports = declaredOpaquePorts(template.spec, profile);
  return skipped(reasons, annotations, namespaceAnnotations, ports, udpWarning);
}

function predictForService(
  object: KubernetesObject,
  namespace: InjectionNamespace,
  profile: LinkerdProfile,
): Injection {
  if (object.kind !== 'Service' || !isSentToInjector(labelsOf(object), namespace, profile))
    return untouched({ webhookCalled: false });
  return skipped(
    ['unsupported_resource'],
    annotationMap(object.metadata.annotations),
    annotationMap(namespace.annotations),
    exposedOpaquePorts(object.spec, profile),
    false,
  );
}

function isBlank(value: string | undefined): boolean {
  return value === undefined || value === '';
}

function isSentToInjector(
  labels: StringMap,
  namespace: InjectionNamespace,
  profile: LinkerdProfile,
): boolean {
  return (
    selectsLabels(profile.injectorNamespaceSelector, namespaceLabels(namespace)) &&
    selectsLabels(profile.injectorObjectSelector, labels)
  );
}

/** What a namespace says of its name label itself counts; mostly it says it. */
function namespaceLabels({ labels, name }: InjectionNamespace): StringMap {
  const own = stringMap(labels);
  return Object.hasOwn(own, nameLabel) ? own : { ...own, [nameLabel]: name };
}

/** A pod without a proxy, or a Service, may still be told which of its ports are opaque. */
function skipped(
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

function injected(asked: Asked, namespaceAnnotations: AnnotationMap): Injection {
  const { annotations: podAnnotations, namespace, object, profile, template, udpWarning } = asked;
  const added = addedAnnotations(template, podAnnotations, namespaceAnnotations, profile);
  const effective = withAll(podAnnotations, added);
  const settings = settingsOf(profile, effective, namespaceAnnotations, template.spec);
  const failure = renderingFailure(settings, profile);
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
    labelsAdded: ownerLabels(object, namespace.name, profile),
    ingressMode: effective.get(injectAnnotation) === 'ingress',
    proxyAs: settings.nativeSidecar ? 'initContainer' : 'container',
    settings,
    udpWarning,
  };
}

function withAll(annotations: AnnotationMap, added: AnnotationMap): AnnotationMap {
  if (added.size === 0) return annotations;
  const all = new Map(annotations);
  for (const [key, value] of added) all.set(key, value);
  return all;
}

/** What the namespace hands down and the pod does not say itself, and the default opaque ports that it declares. */
function addedAnnotations(
  template: PodTemplate,
  podAnnotations: AnnotationMap,
  namespaceAnnotations: AnnotationMap,
  profile: LinkerdProfile,
): AnnotationMap {
  const added = new Map<string, string>();
  for (const [key, value] of namespaceAnnotations) {
    if (isHandedDown(key, profile.version) && !podAnnotations.has(key)) added.set(key, value);
  }
  if (!podAnnotations.has(opaquePortsAnnotation) && !added.has(opaquePortsAnnotation)) {
    const ports = declaredOpaquePorts(template.spec, profile);
    if (ports !== undefined) added.set(opaquePortsAnnotation, ports);
  }
  return added;
}
