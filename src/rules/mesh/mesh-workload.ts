import type { Point } from '../../conventions/action.ts';
import type { Convention, MeshConvention } from '../../conventions/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { isRecord, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import { containersOf, podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import {
  injectAnnotation,
  podSecurityConflict,
  predictInjectionIfAsked,
  unfinishedJob,
  type Injection,
  type InjectionNamespace,
  type PodSecurityConflict,
  type UnfinishedJob,
} from '../../linkerd/index.ts';
import { injectionNamespaceOf } from '../injection-namespace.ts';
import { oncePerJudgement } from '../once.ts';
import { carriesItsOwnersTemplate } from '../template-owner.ts';

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
export const meshWorkloadOf = oncePerJudgement(({ object }, { convention, inventory, point }) => {
  const mesh = meshConventionOf(convention);
  return mesh && !carriesItsOwnersTemplate(object)
    ? describeWorkload(object, mesh, inventory, point)
    : undefined;
});

/** Any workload, as a convention on the mesh sees it. */
export function describeWorkload(
  object: KubernetesObject,
  mesh: MeshConvention,
  inventory: Inventory,
  point: Point,
): MeshWorkload | undefined {
  const written = podTemplateOf(object);
  if (!written) return undefined;
  // In files nobody has injected anything yet: there, a container called linkerd-proxy is somebody's own.
  const hasProxy = object.kind === 'Pod' && point !== 'ci' && carriesProxy(written.spec);
  const template = hasProxy ? withoutInjected(written) : written;
  const asWritten = hasProxy ? { ...object, spec: template.spec } : object;
  const namespace = injectionNamespaceOf(object, inventory);
  const annotations = template.annotations;
  // Only a pod that is being created has been through the API server already.
  const tokenComes = object.kind !== 'Pod' || point === 'ci';
  const predicted = predictInjectionIfAsked(asWritten, namespace, mesh.linkerd, mesh.inject, tokenComes);
  if (!predicted) return undefined;
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
  unfinished,
  wanted,
}: MeshWorkload): boolean {
  return !hasProxy && injection !== wanted && wanted.injected && !podSecurity && !unfinished;
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

const proxyName = 'linkerd-proxy';

/** What the injector puts into a pod. */
const injectedContainers = new Set([proxyName, 'linkerd-init', 'linkerd-network-validator', 'linkerd-debug']);

/** Whether a pod has a proxy, as a container or, being a native sidecar, as an init container. */
export function carriesProxy(spec: PodTemplate['spec']): boolean {
  return containersOf(spec).some(({ name }) => name === proxyName);
}

/** Leaves gaps in the lists, so that pointers into them stay right. */
function withoutInjected(template: PodTemplate): PodTemplate {
  const isInjected = (item: unknown) =>
    isRecord(item) && typeof item.name === 'string' && injectedContainers.has(item.name);
  const kept = (list: unknown) =>
    Array.isArray(list) ? list.map((item: unknown) => (isInjected(item) ? null : item)) : list;
  const { containers, initContainers } = template.spec;
  return {
    ...template,
    spec: { ...template.spec, containers: kept(containers), initContainers: kept(initContainers) },
  };
}
