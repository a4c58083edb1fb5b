import { kinds, type Kind } from '../kinds.ts';
import { isRecord, type KubernetesObject, type OwnerReference } from '../kubernetes/object.ts';

/**
 * The owners whose templates are judged, for each kind that is made of them, and the controller that makes it:
 * `v1 Pod` of `apps/v1 ReplicaSet` by `replicaset-controller`.
 */
const makers: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  kinds
    .filter((made) => made.version !== undefined)
    .map((made) => [
      nameOf(made),
      new Map(
        kinds.flatMap((owner) =>
          owner.makes?.kind === made.kind ? [[nameOf(owner), owner.makes.controller] as const] : [],
        ),
      ),
    ]),
);

function nameOf({ group, kind, version }: Kind): string {
  return `${group === '' ? '' : `${group}/`}${version ?? ''} ${kind}`;
}

/** The user of all controllers where they have no accounts of their own (--use-service-account-credentials=false). */
const sharedUser = 'system:kube-controller-manager';

/** An owner whose template is judged where it is written. */
export interface JudgedOwner {
  readonly reference: OwnerReference;
  /**
   * Whether a user is the controller that makes objects of such an owner. Only then is the reference believed: anybody
   * may write one, and the API server checks its shape only (pkg/apis/core/validation, ValidateOwnerReferences).
   */
  readonly isMadeBy: (username: string | undefined) => boolean;
}

/** The owner with a judged template that an object names, which alone proves nothing; undefined where it names none. */
export function judgedOwnerOf(object: KubernetesObject): JudgedOwner | undefined {
  const owners = makers.get(`${object.apiVersion} ${object.kind}`);
  const reference = owners && controllerOf(object);
  const controller = reference && owners?.get(`${reference.apiVersion} ${reference.kind}`);
  if (!reference || controller === undefined) return undefined;
  return {
    reference,
    isMadeBy: (username) =>
      username === sharedUser || username === `system:serviceaccount:kube-system:${controller}`,
  };
}

/** The controller that an object names as its owner, whatever its kind. */
export function controllerOf({ metadata }: KubernetesObject): OwnerReference | undefined {
  const owners: unknown = metadata.ownerReferences;
  return Array.isArray(owners) ? owners.find(isController) : undefined;
}

function isController(owner: unknown): owner is OwnerReference {
  return (
    isRecord(owner) &&
    owner.controller === true &&
    [owner.apiVersion, owner.kind, owner.name].every((text) => typeof text === 'string')
  );
}

/** Whether a pod is the API server's image of a static pod, which nobody can change. */
export function isMirrorPod({ kind, metadata }: KubernetesObject): boolean {
  return kind === 'Pod' && metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}
