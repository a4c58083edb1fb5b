import { isDeepStrictEqual } from 'node:util';
import type { Inventory } from '../../inventory/inventory.ts';
import { annotationsOf, type KubernetesObject, type OwnerReference } from '../../kubernetes/object.ts';
import { containersOf, podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import {
  injectAnnotation,
  opaquePortsAnnotation,
  proxyMakerOf,
  withoutInjected,
} from '../../linkerd/index.ts';

/**
 * Whether an object that exists was made of the template of the owner it names: the owner is there with that uid, or
 * the owner of that one where a live view keeps no more, and says of its pods what the object says.
 */
export function isMadeOfOwner(
  object: KubernetesObject,
  reference: OwnerReference,
  inventory: Inventory,
): boolean {
  if (object !== last.object || inventory !== last.inventory)
    last = { object, inventory, answer: findOwner(object, reference, inventory) };
  return last.answer;
}

/** One after the other each object is asked about by many rules. */
let last: {
  readonly object: KubernetesObject | undefined;
  readonly inventory: Inventory | undefined;
  readonly answer: boolean;
} = { object: undefined, inventory: undefined, answer: false };

function findOwner(object: KubernetesObject, reference: OwnerReference, inventory: Inventory): boolean {
  const further = furtherOwner(object, reference);
  let other: KubernetesObject | undefined;
  for (const workload of inventory.workloads(object.metadata.namespace ?? 'default')) {
    if (isCalled(workload, reference)) {
      const { uid } = workload.metadata;
      return uid !== undefined && uid === reference.uid && saysTheSame(object, workload, inventory);
    }
    if (further && isCalled(workload, further)) other = workload;
  }
  return other !== undefined && saysTheSame(object, other, inventory);
}

type OwnerName = Pick<OwnerReference, 'apiVersion' | 'kind' | 'name'>;

function isCalled({ apiVersion, kind, metadata }: KubernetesObject, owner: OwnerName): boolean {
  return metadata.name === owner.name && kind === owner.kind && apiVersion === owner.apiVersion;
}

/**
 * The owner of an owner that a live view does not keep: the name of a Deployment's ReplicaSet ends in the hash that
 * its pods have as a label, that of a CronJob's Job in the minute.
 * Sources: Kubernetes pkg/controller/deployment/sync.go (getNewReplicaSet), pkg/controller/cronjob/cronjob_controllerv2.go
 * (getJobName).
 */
function furtherOwner({ metadata }: KubernetesObject, { kind, name }: OwnerName): OwnerName | undefined {
  const hash: unknown = metadata.labels?.['pod-template-hash'];
  if (kind === 'ReplicaSet' && typeof hash === 'string' && name.endsWith(`-${hash}`))
    return { apiVersion: 'apps/v1', kind: 'Deployment', name: name.slice(0, -hash.length - 1) };
  const cronJob = kind === 'Job' ? /^(.+)-\d+$/.exec(name)?.[1] : undefined;
  return cronJob === undefined ? undefined : { apiVersion: 'batch/v1', kind: 'CronJob', name: cronJob };
}

/**
 * Whether what rules ask of an object's pods is what the owner's template says, or was added to it on the way: a pod of
 * an older template, or one that somebody only hung onto an owner, is judged by what it says itself.
 */
function saysTheSame(object: KubernetesObject, owner: KubernetesObject, inventory: Inventory): boolean {
  const [made, template] = [podTemplateOf(object), podTemplateOf(owner)];
  if (!made || !template) return false;
  const namespace = inventory.namespace(object.metadata.namespace ?? 'default');
  const handedDown = namespace ? annotationsOf(namespace) : {};
  const isFromThere = (key: string, value: string) =>
    template.annotations[key] === value ||
    handedDown[key] === value ||
    (key === opaquePortsAnnotation && template.annotations[key] === undefined);
  return (
    Object.entries(template.labels).every(([key, value]) => made.labels[key] === value) &&
    Object.entries(template.annotations).every(([key, value]) => made.annotations[key] === value) &&
    Object.entries(made.annotations).every(([key, value]) => !isSetting(key) || isFromThere(key, value)) &&
    (made.spec.hostNetwork === true) === (template.spec.hostNetwork === true) &&
    isSame(made.spec.securityContext, template.spec.securityContext) &&
    hasItsContainers(made, template)
  );
}

/** What an annotation sets for a pod's proxy. */
function isSetting(key: string): boolean {
  return key === injectAnnotation || /^config\.(alpha\.|beta\.)?linkerd\.io\//.test(key);
}

function hasItsContainers(made: PodTemplate, template: PodTemplate): boolean {
  const known = new Map(containersOf(template.spec).map((container) => [container.name, container]));
  const isInjected = proxyMakerOf(made) === 'injector';
  const cni = containersOf(made.spec).some(({ name }) => name === 'linkerd-network-validator');
  const own = isInjected ? withoutInjected(made.spec, { cni, debug: true }) : made.spec;
  return containersOf(own).every((container) => {
    const same = known.get(container.name);
    return same !== undefined && isSame(container.securityContext, same.securityContext);
  });
}

/** An empty context is none. */
function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(one ?? {}, other ?? {});
}
