import type { Inventory } from '../inventory/inventory.ts';
import { isRecord, type KubernetesObject, type ObjectReference } from '../kubernetes/object.ts';
import { rememberLast } from '../memo/last.ts';

/** Who made a pod: the workload that an inventory knows, or else the owner that the pod names. */
export interface PodOwner {
  readonly reference: ObjectReference;
  readonly workload?: KubernetesObject;
}

/** Tells the owners of pods; best asked for one namespace after the other. */
export type FindPodOwner = (pod: KubernetesObject) => PodOwner | undefined;

/**
 * Finds the workloads that pods were made from. A Deployment's replica sets and a CronJob's jobs are not among what is
 * followed, but their names begin with that of their maker.
 * Source: Kubernetes pkg/controller/deployment/sync.go (getNewReplicaSet) and pkg/controller/cronjob/utils.go (getJobName).
 */
export function createPodOwners(inventory: Inventory): FindPodOwner {
  // Of the last list: an inventory gives another one as soon as a workload of the namespace changes.
  const byNameIn = rememberLast(
    { name: 'workloads of the last namespace by name' },
    (list: Iterable<KubernetesObject>): ReadonlyMap<string, KubernetesObject> =>
      new Map(Array.from(list, (object) => [`${object.kind}/${object.metadata.name}`, object] as const)),
  );
  return ({ metadata }) => {
    const owner = controllerOf(metadata.ownerReferences);
    if (!owner) return undefined;
    const { namespace = 'default', labels } = metadata;
    const byName = byNameIn(inventory.workloads(namespace));
    const direct = byName.get(`${owner.kind}/${owner.name}`);
    const { uid } = direct?.metadata ?? {};
    const isSame = uid === undefined || owner.uid === undefined || uid === owner.uid;
    const made = direct && isSame ? direct : byName.get(makerOf(owner, labels?.['pod-template-hash']));
    const { apiVersion, kind, name } = owner;
    return made
      ? {
          reference: {
            apiVersion: made.apiVersion,
            kind: made.kind,
            namespace,
            name: made.metadata.name ?? '',
          },
          workload: made,
        }
      : { reference: { apiVersion, kind, namespace, name } };
  };
}

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid?: unknown;
}

function controllerOf(owners: unknown): Owner | undefined {
  if (!Array.isArray(owners)) return undefined;
  return owners.find(
    (owner): owner is Owner =>
      isRecord(owner) &&
      owner.controller === true &&
      typeof owner.apiVersion === 'string' &&
      typeof owner.kind === 'string' &&
      typeof owner.name === 'string',
  );
}

/** `Deployment/web` for the replica set `web-5445b6557f`; nothing that exists where the owner has no such name. */
function makerOf({ kind, name }: Owner, hash: string | undefined): string {
  if (kind === 'ReplicaSet' && hash !== undefined && name.endsWith(`-${hash}`))
    return `Deployment/${name.slice(0, -hash.length - 1)}`;
  const [, job] = /^(.+)-\d+$/.exec(name) ?? [];
  return kind === 'Job' && job !== undefined ? `CronJob/${job}` : '';
}
