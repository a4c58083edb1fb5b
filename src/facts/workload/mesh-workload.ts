import type { Point } from '../../conventions/document/action.ts';
import type { Convention, MeshConvention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { KubernetesObject, StringMap } from '../../kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import {
  afterInjectionProblems,
  hasItsContainers,
  injectAnnotation,
  isAsInjected,
  podSecurityConflict,
  predictInjectionIfAsked,
  proxyMakerOf,
  unfinishedJob,
  withoutGaps,
  withoutInjected,
  type AfterInjectionProblem,
  type Injection,
  type InjectionNamespace,
  type PodSecurityConflict,
  type UnfinishedJob,
} from '../../linkerd/index.ts';
import { injectionNamespaceOf } from './injection-namespace.ts';
import { rememberInScope } from '../../memo/scope.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { isFromJudgedTemplate } from './template-owner.ts';

/** A workload that a convention wants in the mesh, with what Linkerd would make of its pods. */
export interface MeshWorkload {
  readonly object: KubernetesObject;
  /** As its author wrote it: a pod that has its proxy already is shown without what the injector put into it. */
  readonly template: PodTemplate;
  /** The annotations of the template. */
  readonly annotations: StringMap;
  readonly namespace: InjectionNamespace;
  readonly mesh: MeshConvention;
  /** What Linkerd does with the pods as they are written. */
  readonly injection: Injection;
  /** The same where nobody says anything of injection, as if the namespace did: a silent pod takes its word. */
  readonly wanted: Injection;
  /** Who says `disabled`, if anybody does. */
  readonly optOut?: 'template' | 'namespace';
  readonly podSecurity?: PodSecurityConflict;
  /** Why the API server would refuse its pods once they are injected. */
  readonly refusedOnceInjected: readonly AfterInjectionProblem[];
  /** For Jobs that would never finish once they are meshed. */
  readonly unfinished?: UnfinishedJob;
  /** A pod that comes with its proxy, as it does after Linkerd's injector. */
  readonly hasProxy: boolean;
}

/** The convention's word on the mesh, where it has one and it is not `off`. */
export function meshConventionOf(convention: Convention | undefined): MeshConvention | undefined {
  return convention?.mesh && convention.mesh.inject !== 'off' ? convention.mesh : undefined;
}

/**
 * The workload in question, where a convention wants it in the mesh; undefined for what a controller made from a
 * template that has been judged already.
 */
export const meshWorkloadOf = rememberInScope(
  { name: 'subject as a workload of the mesh' },
  (subject: Subject, context: RuleContext) => {
    const mesh = meshConventionOf(context.convention);
    return mesh && !isFromJudgedTemplate(subject, context)
      ? describeWorkload(subject.object, mesh, context.inventory, context.point, subject.operation)
      : undefined;
  },
);

/**
 * Any workload, as a convention on the mesh sees it; a pod that runs keeps the proxy that it has. Only when it is made is
 * a proxy held against the settings in force: those of before made the pods of before.
 */
export function describeWorkload(
  object: KubernetesObject,
  mesh: MeshConvention,
  inventory: Inventory,
  point: Point,
  operation: Subject['operation'] = 'STATE',
): MeshWorkload | undefined {
  const written = podTemplateOf(object);
  if (!written) return undefined;
  const namespace = injectionNamespaceOf(object, inventory);
  // Only a pod that is being created has been through the API server already.
  const tokenComes = object.kind !== 'Pod' || point === 'ci';
  const predict = (pods: KubernetesObject) =>
    predictInjectionIfAsked(pods, namespace, mesh.linkerd, mesh.inject, tokenComes);
  const isRunning = operation === 'UPDATE';
  const bare = carriesProxy(object, written, isRunning)
    ? withoutItsProxy(object, written, mesh, predict)
    : undefined;
  // What the injector leaves alone has no proxy of its making, whatever it carries.
  const hasProxy =
    bare !== undefined &&
    (isRunning || wasInjected(bare.predicted.now)) &&
    (operation !== 'CREATE' ||
      isAsInjected(written, namespace.annotations, mesh.linkerd, bare.predicted.now.settings));
  const predicted = hasProxy ? bare.predicted : predict(object);
  if (!predicted) return undefined;
  const template = hasProxy ? bare.template : written;
  const { annotations } = template;
  const { now: injection, ifAsked: wanted } = predicted;
  const optOut = optOutOf(annotations, namespace);
  const podSecurity = podSecurityConflict(namespace.labels, mesh.linkerd);
  const unfinished = unfinishedJob(object, wanted, mesh.linkerd);
  return {
    object,
    template,
    annotations,
    namespace,
    mesh,
    injection,
    wanted,
    refusedOnceInjected: hasProxy ? [] : afterInjectionProblems(template, wanted, mesh.linkerd),
    ...(optOut ? { optOut } : {}),
    ...(podSecurity ? { podSecurity } : {}),
    ...(unfinished ? { unfinished } : {}),
    hasProxy,
  };
}

/** Whether its pods would be meshed if only the annotation were there that is missing, and would live with it. */
export function lacksOnlyAnnotation({
  hasProxy,
  injection,
  podSecurity,
  refusedOnceInjected,
  unfinished,
  wanted,
}: MeshWorkload): boolean {
  return (
    !hasProxy &&
    injection !== wanted &&
    wanted.injected &&
    !podSecurity &&
    !unfinished &&
    refusedOnceInjected.length === 0
  );
}

/** Whether its pods are in the mesh, once the mutating webhook has added what it adds. */
export function becomesMeshed(workload: MeshWorkload): boolean {
  return workload.hasProxy || workload.injection.injected || lacksOnlyAnnotation(workload);
}

/** The value that a namespace or a pod gives to the inject annotation; an empty one says nothing. */
export function injectValueOf(annotations: StringMap): string | undefined {
  const value = Object.hasOwn(annotations, injectAnnotation) ? annotations[injectAnnotation] : undefined;
  return value === '' ? undefined : value;
}

function optOutOf(annotations: StringMap, namespace: InjectionNamespace): MeshWorkload['optOut'] {
  const own = injectValueOf(annotations);
  if (own === 'disabled') return 'template';
  return own === undefined && injectValueOf(namespace.annotations) === 'disabled' ? 'namespace' : undefined;
}

/** Whether a pod comes with a proxy of the injector's making; in files as well, where running pods were written down. */
export function carriesProxy({ kind }: KubernetesObject, template: PodTemplate, isRunning = false): boolean {
  if (kind !== 'Pod') return false;
  return isRunning ? hasItsContainers(template.spec) : proxyMakerOf(template) === 'injector';
}

/** Another mesh's sidecar keeps Linkerd's injector away only where it came first, which a pod does not tell. */
function wasInjected({ injected, podCreation, reasons, webhookCalled }: Injection): boolean {
  if (injected) return true;
  const isOnlyBeside = reasons.every((reason) => reason === 'sidecar_already_exists');
  return webhookCalled && podCreation === 'allowed' && isOnlyBeside;
}

/** A pod as its author wrote it, and what the injector makes of that. */
function withoutItsProxy(
  object: KubernetesObject,
  template: PodTemplate,
  { linkerd }: MeshConvention,
  predict: (pods: KubernetesObject) => ReturnType<typeof predictInjectionIfAsked>,
) {
  const without = (debug: boolean) => withoutInjected(template.spec, { cni: linkerd.cni, debug });
  const predicted = predict({ ...object, spec: withoutGaps(without(false)) });
  const debug = predicted?.now.settings?.debugSidecar === true;
  return predicted && { predicted, template: { ...template, spec: without(debug) } };
}
