import { selectsLabels } from '../../kubernetes/label-selector.ts';
import { nameLabel } from '../../kubernetes/namespace.ts';
import { labelsOf, stringMap, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { injectAnnotation } from '../annotations/catalogue.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { declaresUdp } from '../ports/container-ports.ts';
import { declaredOpaquePorts, exposedOpaquePorts } from '../ports/default-opaque-ports.ts';
import { annotationMap, type AnnotationMap } from '../proxy/proxy-annotations.ts';
import { predictCommand } from './inject-command.ts';
import { injectedPod, skippedObject, type PatchedPod } from './injected-pod.ts';
import {
  untouched,
  type Injection,
  type InjectionNamespace,
  type InjectionOrigin,
} from './injection-answer.ts';
import { injectionReasons } from './injection-reasons.ts';

/**
 * Predicts from objects alone what Linkerd would do to the pods that a workload (or Pod) makes in a namespace, or to
 * a Service. Only the pod's and the namespace's annotations count: a workload's own metadata is never read.
 * Source: Linkerd controller/proxy-injector/webhook.go, pkg/inject, charts/linkerd-control-plane values.yaml.
 *
 * @param object The workload, Pod or Service. Its pod template is found by structure, so custom workloads count too.
 * @param namespace The name, labels and annotations of the namespace that it is created in.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @param options `origin`: `webhook`, the default, for what happens in the cluster, or `cli` for `linkerd inject`;
 * `tokenComes`: the API server has still to mount the token of the service account.
 * @returns Whether the pods are injected and why not, what is added to them, and whether they can be created at all.
 * @example
 * const pod = {
 *   apiVersion: 'v1',
 *   kind: 'Pod',
 *   metadata: { name: 'web', annotations: { 'linkerd.io/inject': 'enabled' } },
 *   spec: { hostNetwork: true, containers: [{ name: 'web', image: 'web' }] },
 * };
 * const shop = { name: 'shop', labels: {}, annotations: {} };
 * predictInjection(pod, shop, defaultProfile()).reasons; // ['host_network_enabled']
 */
export function predictInjection(
  object: KubernetesObject,
  namespace: InjectionNamespace,
  installation: LinkerdProfile,
  options: {
    readonly origin?: InjectionOrigin;
    /** The API server has still to mount the token of the service account, as it does into every new pod. */
    readonly tokenComes?: boolean;
  } = {},
): Injection {
  const template = podTemplateOf(object);
  if (options.origin === 'cli') return predictCommand(object, template, installation);
  if (!template) return predictForService(object, namespace, installation);
  const asked = askedOf(object, template, namespace, installation, options.tokenComes);
  return predictForPods(asked, annotationMap(namespace.annotations));
}

/**
 * Predicts the injection of a workload as it is (`now`) and as if its namespace asked for it with a value (`ifAsked`),
 * which differs only where neither the pods nor the namespace have a value of their own.
 *
 * @param object The workload or Pod.
 * @param namespace The name, labels and annotations of the namespace that it is created in.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @param value The value of `linkerd.io/inject` that the namespace would have: `enabled` or `ingress`.
 * @param tokenComes Whether the API server has still to mount the token of the service account.
 * @returns Both predictions, which are the same one where the pods or the namespace have a value; undefined for an
 * object without a pod template.
 * @example
 * const pod = {
 *   apiVersion: 'v1',
 *   kind: 'Pod',
 *   metadata: { name: 'web' },
 *   spec: { containers: [{ name: 'web', image: 'web' }] },
 * };
 * const shop = { name: 'shop', labels: {}, annotations: {} };
 * const found = predictInjectionIfAsked(pod, shop, defaultProfile(), 'enabled', true);
 * [found?.now.injected, found?.ifAsked.injected]; // [false, true]
 */
export function predictInjectionIfAsked(
  object: KubernetesObject,
  namespace: InjectionNamespace,
  installation: LinkerdProfile,
  value: string,
  tokenComes: boolean,
): { readonly now: Injection; readonly ifAsked: Injection } | undefined {
  const template = podTemplateOf(object);
  if (!template) return undefined;
  const asked = askedOf(object, template, namespace, installation, tokenComes);
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
interface Asked extends PatchedPod {
  readonly isSent: boolean;
  readonly tokenComes: boolean | undefined;
}

function askedOf(
  object: KubernetesObject,
  template: PodTemplate,
  namespace: InjectionNamespace,
  installation: LinkerdProfile,
  tokenComes: boolean | undefined,
): Asked {
  return {
    object,
    template,
    annotations: annotationMap(template.metadata.annotations),
    namespace,
    installation,
    udpWarning: declaresUdp(template.spec),
    isSent: isSentToInjector(template.labels, namespace, installation),
    tokenComes,
  };
}

function predictForPods(asked: Asked, namespaceAnnotations: AnnotationMap): Injection {
  const { annotations, isSent, installation, template, tokenComes, udpWarning } = asked;
  if (!isSent) return untouched({ webhookCalled: false, udpWarning });
  const reasons = injectionReasons(
    template.spec,
    annotations,
    namespaceAnnotations,
    installation,
    'webhook',
    tokenComes,
  );
  if (reasons.length === 0) return injectedPod(asked, namespaceAnnotations);
  const ports = declaredOpaquePorts(template.spec, installation);
  return skippedObject(reasons, annotations, namespaceAnnotations, ports, udpWarning);
}

function predictForService(
  object: KubernetesObject,
  namespace: InjectionNamespace,
  installation: LinkerdProfile,
): Injection {
  if (object.kind !== 'Service' || !isSentToInjector(labelsOf(object), namespace, installation))
    return untouched({ webhookCalled: false });
  return skippedObject(
    ['unsupported_resource'],
    annotationMap(object.metadata.annotations),
    annotationMap(namespace.annotations),
    exposedOpaquePorts(object.spec, installation),
    false,
  );
}

function isBlank(value: string | undefined): boolean {
  return value === undefined || value === '';
}

function isSentToInjector(
  labels: StringMap,
  namespace: InjectionNamespace,
  installation: LinkerdProfile,
): boolean {
  return (
    selectsLabels(installation.injectorNamespaceSelector, namespaceLabels(namespace)) &&
    selectsLabels(installation.injectorObjectSelector, labels)
  );
}

/** The labels of a namespace, with its name label if that is missing. */
function namespaceLabels({ labels, name }: InjectionNamespace): StringMap {
  const own = stringMap(labels);
  return Object.hasOwn(own, nameLabel) ? own : { ...own, [nameLabel]: name };
}
