import { selectsLabels } from '../kubernetes/label-selector.ts';
import {
  annotationsOf,
  labelsOf,
  stringMap,
  type KubernetesObject,
  type StringMap,
} from '../kubernetes/object.ts';
import { nameLabel } from '../kubernetes/namespace.ts';
import { podTemplateOf, type PodTemplate } from '../kubernetes/pod-template.ts';
import { injectAnnotation, opaquePortsAnnotation } from './annotation-names.ts';
import { isHandedDown } from './catalogue.ts';
import { declaresUdp, namedContainerPorts } from './container-ports.ts';
import { declaredOpaquePorts, exposedOpaquePorts } from './default-opaque-ports.ts';
import { injectionReasons } from './injection-reasons.ts';
import { throughAnnotationTemplate, throughPatchTemplate } from './patch-text.ts';
import { ownerLabels } from './owner-labels.ts';
import type { LinkerdProfile } from './profile.ts';
import { settingsOf, type AnnotationMap } from './proxy-annotations.ts';
import { renderingFailure } from './proxy-rendering.ts';
import type { ProxySettings } from './proxy-settings.ts';

/** Linkerd's own strings for why a pod gets no proxy; the empty one is what `linkerd inject` says of an opt-out. */
export type InjectionReason =
  | 'host_network_enabled'
  | 'sidecar_already_exists'
  | 'unsupported_resource'
  | 'invalid_inject_annotation_at_ns'
  | 'invalid_inject_annotation_at_workload'
  | 'injection_disable_annotation_present'
  | 'injection_enable_annotation_absent'
  | 'disabled_automount_service_account_token_account'
  | '';

/** What the injector needs to know of a namespace. */
export interface InjectionNamespace {
  readonly name: string;
  readonly labels: StringMap;
  readonly annotations: StringMap;
}

/** `webhook`: what happens in the cluster; `cli`: what the command `linkerd inject` would do. */
export type InjectionOrigin = 'webhook' | 'cli';

/** What Linkerd would do to the pods of a workload, or to a Service. */
export interface Injection {
  readonly injected: boolean;
  /** Why not, in Linkerd's order; empty when injected, and when the injector is not called or its answer is no use. */
  readonly reasons: readonly InjectionReason[];
  /** Whether the API server sends the pod or Service to the injector at all. */
  readonly webhookCalled: boolean;
  /** `undecodable-patch`: the answer is no JSON, so the webhook's failure policy decides. */
  readonly podCreation: 'allowed' | 'denied' | 'undecodable-patch';
  /** For an undecodable patch: what each failure policy makes of it. */
  readonly podCreationByFailurePolicy?: { readonly Fail: string; readonly Ignore: string };
  /** Why the pod is refused, or what is wrong with the patch. */
  readonly denialMessage?: string;
  /** Annotations that the patch adds, without those every injected pod gets (created-by, version, trust root). */
  readonly annotationsAdded: StringMap;
  readonly labelsAdded: StringMap;
  readonly ingressMode: boolean;
  /** Which kind of container the proxy is; undefined where there is none. */
  readonly proxyAs?: 'container' | 'initContainer';
  /** The proxy's settings, where there is one. */
  readonly settings?: ProxySettings;
  /** Some container has a UDP port, which the proxy leaves alone. */
  readonly udpWarning: boolean;
}

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
  if (!template && object.kind !== 'Service') return untouched({ webhookCalled: false });
  const udpWarning = template !== undefined && declaresUdp(template.spec);
  const labels = template ? stringMap(template.metadata.labels) : labelsOf(object);
  if (!isSentToInjector(labels, namespace, profile)) return untouched({ webhookCalled: false, udpWarning });

  const namespaceAnnotations = new Map(Object.entries(stringMap(namespace.annotations)));
  if (!template) {
    const annotations = new Map(Object.entries(annotationsOf(object)));
    return skipped(
      ['unsupported_resource'],
      annotations,
      namespaceAnnotations,
      exposedOpaquePorts(object.spec, profile),
      false,
    );
  }
  const podAnnotations = new Map(Object.entries(stringMap(template.metadata.annotations)));
  const reasons = injectionReasons(
    template.spec,
    podAnnotations,
    namespaceAnnotations,
    profile,
    'webhook',
    options.tokenComes,
  );
  if (reasons.length > 0)
    return skipped(
      reasons,
      podAnnotations,
      namespaceAnnotations,
      declaredOpaquePorts(template.spec, profile),
      udpWarning,
    );
  return injected(
    object,
    template,
    namespace.name,
    podAnnotations,
    namespaceAnnotations,
    profile,
    udpWarning,
  );
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

const nothingAdded: Pick<Injection, 'annotationsAdded' | 'labelsAdded' | 'ingressMode'> = {
  annotationsAdded: {},
  labelsAdded: {},
  ingressMode: false,
};

function untouched(facts: Partial<Injection>): Injection {
  return {
    injected: false,
    reasons: [],
    webhookCalled: true,
    podCreation: 'allowed',
    udpWarning: false,
    ...nothingAdded,
    ...facts,
  };
}

/** The kinds whose pods `linkerd inject` knows how to find. */
const commandKinds = new Set([
  'deployment',
  'replicationcontroller',
  'replicaset',
  'job',
  'daemonset',
  'statefulset',
  'pod',
  'cronjob',
]);

function predictCommand(
  { kind }: KubernetesObject,
  template: PodTemplate | undefined,
  profile: LinkerdProfile,
): Injection {
  if (!template || !commandKinds.has(kind.toLowerCase()))
    return untouched({ reasons: ['unsupported_resource'], webhookCalled: false });
  const annotations = new Map(Object.entries(stringMap(template.metadata.annotations)));
  const reasons = injectionReasons(template.spec, annotations, new Map(), profile, 'cli');
  return untouched({
    injected: reasons.length === 0,
    reasons,
    webhookCalled: false,
    udpWarning: declaresUdp(template.spec),
  });
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

function injected(
  object: KubernetesObject,
  template: PodTemplate,
  namespace: string,
  podAnnotations: AnnotationMap,
  namespaceAnnotations: AnnotationMap,
  profile: LinkerdProfile,
  udpWarning: boolean,
): Injection {
  const added = addedAnnotations(template, podAnnotations, namespaceAnnotations, profile);
  const effective = added.size === 0 ? podAnnotations : new Map([...podAnnotations, ...added]);
  const settings = settingsOf(profile, effective, namespaceAnnotations, namedContainerPorts(template.spec));
  const failure = renderingFailure(settings, profile);
  if (failure !== undefined) return untouched({ podCreation: 'denied', denialMessage: failure, udpWarning });

  const written = new Map<string, string>();
  for (const [key, value] of added) {
    const text = throughPatchTemplate(value);
    if (text === undefined) return undecodable(key, udpWarning);
    written.set(key, text);
  }
  return {
    injected: true,
    reasons: [],
    webhookCalled: true,
    podCreation: 'allowed',
    annotationsAdded: Object.fromEntries(written),
    labelsAdded: ownerLabels(object, namespace, profile),
    ingressMode: effective.get(injectAnnotation) === 'ingress',
    proxyAs: settings.nativeSidecar ? 'initContainer' : 'container',
    settings,
    udpWarning,
  };
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

function undecodable(key: string, udpWarning: boolean): Injection {
  return untouched({
    podCreation: 'undecodable-patch',
    podCreationByFailurePolicy: {
      Fail: 'denied',
      Ignore: 'created without a proxy on kube-apiserver >= 1.34, denied on <= 1.33',
    },
    denialMessage: `patch is not valid JSON: the namespace's ${key} is printed into it unescaped`,
    udpWarning,
  });
}
