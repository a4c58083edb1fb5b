import {
  groupOf,
  referenceOf,
  type KubernetesObject,
  type ObjectReference,
  type OwnerReference,
} from '../kubernetes/object.ts';
import type { PodTemplate } from '../kubernetes/pod-template.ts';
import { rememberLast } from '../memo/last.ts';
import { controllerOf } from './makers.ts';

/** Lists the workloads of a namespace; another list once any of them has changed. */
export type WorkloadsOf = (namespace: string) => Iterable<KubernetesObject>;

/** What made an object, as far as it is among the workloads of its namespace. */
export interface Makers {
  /** The owner that the object names. It may be another one of that name: its uid tells. */
  readonly named?: KubernetesObject;
  /** The owner of that owner, where a live view keeps no more: the Deployment of a ReplicaSet, the CronJob of a Job. */
  readonly further?: KubernetesObject;
}

/** Looks for what made an object that names an owner; best asked for one namespace after the other. */
export function makersOf(object: KubernetesObject, owner: OwnerReference, workloadsOf: WorkloadsOf): Makers {
  const known = byName(workloadsOf(object.metadata.namespace ?? 'default'));
  const named = known.get(nameOf(owner));
  const beyond = furtherOwner(object, owner);
  const further = beyond && known.get(nameOf(beyond));
  return { ...(named ? { named } : {}), ...(further ? { further } : {}) };
}

/** Who made a pod: the workload that is known, or else the owner that the pod names. */
export interface PodOwner {
  readonly reference: ObjectReference;
  readonly workload?: KubernetesObject;
}

/** The owner of a pod; undefined where it names none. An owner of another uid has only the same name. */
export function podOwnerOf(pod: KubernetesObject, workloadsOf: WorkloadsOf): PodOwner | undefined {
  const owner = controllerOf(pod);
  if (!owner) return undefined;
  const { further, named } = makersOf(pod, owner, workloadsOf);
  const { uid } = named?.metadata ?? {};
  const isSame = uid === undefined || owner.uid === undefined || uid === owner.uid;
  const workload = named && isSame ? named : further;
  if (workload) return { reference: referenceOf(workload), workload };
  const { namespace = 'default' } = pod.metadata;
  const { apiVersion, kind, name } = owner;
  return { reference: { apiVersion, kind, namespace, name } };
}

/** Whether what policies and Linkerd ask of every pod of a template is in another one, with whatever was added to it. */
export function carriesTemplate(made: PodTemplate, template: PodTemplate): boolean {
  return (
    includes(made.labels, template.labels) &&
    includes(made.annotations, template.annotations) &&
    (made.spec.hostNetwork === true) === (template.spec.hostNetwork === true)
  );
}

function includes(all: Readonly<Record<string, string>>, some: Readonly<Record<string, string>>): boolean {
  return Object.entries(some).every(([key, value]) => Object.hasOwn(all, key) && all[key] === value);
}

type OwnerName = Pick<OwnerReference, 'apiVersion' | 'kind' | 'name'>;

/**
 * The owner of an owner: the name of a Deployment's ReplicaSet ends in the hash that its pods have as a label, that of
 * a CronJob's Job in the minute.
 * Sources: Kubernetes pkg/controller/deployment/sync.go (getNewReplicaSet), pkg/controller/cronjob/utils.go (getJobName).
 */
function furtherOwner({ metadata }: KubernetesObject, { kind, name }: OwnerName): OwnerName | undefined {
  const hash: unknown = metadata.labels?.['pod-template-hash'];
  if (kind === 'ReplicaSet' && typeof hash === 'string' && name.endsWith(`-${hash}`))
    return { apiVersion: 'apps/v1', kind: 'Deployment', name: name.slice(0, -hash.length - 1) };
  const cronJob = kind === 'Job' ? /^(.+)-\d+$/.exec(name)?.[1] : undefined;
  return cronJob === undefined ? undefined : { apiVersion: 'batch/v1', kind: 'CronJob', name: cronJob };
}

function nameOf({ apiVersion, kind, name }: OwnerName): string {
  return `${groupOf(apiVersion)}/${kind}/${name}`;
}

/** By the list: pods come namespace after namespace, and a list is another one once a workload has changed. */
const byName = rememberLast(
  { name: 'workloads of a namespace by name' },
  (workloads: Iterable<KubernetesObject>): ReadonlyMap<string, KubernetesObject> =>
    new Map(Array.from(workloads, (object) => [nameOf(referenceOf(object)), object] as const)),
);
