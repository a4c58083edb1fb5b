import type { KubernetesObject, OwnerReference } from '../../kubernetes/object.ts';
import { isRecord } from '../../kubernetes/object.ts';
import { isMadeOfOwner } from './made-of-owner.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { kinds, type Kind } from '../../kinds.ts';

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

/**
 * Whether one of Kubernetes' own controllers made an object from a template that has been judged where it is written.
 * In a review the user must be the controller of an owner of that kind: anybody may write an owner reference, and the
 * API server checks its shape only (pkg/apis/core/validation, ValidateOwnerReferences). For an object that simply
 * exists, in files and in an audit, the owner must be there with that uid and say of its pods what the object says.
 */
export function isFromJudgedTemplate(
  { object, operation, user }: Subject,
  { inventory }: Pick<RuleContext, 'inventory'>,
): boolean {
  const owner = judgedOwnerOf(object);
  if (!owner) return false;
  if (operation === 'STATE') return isMadeOfOwner(object, owner.reference, inventory);
  const name = user?.username;
  return name === sharedUser || name === `system:serviceaccount:kube-system:${owner.controller}`;
}

/** Whether an object says of itself that it belongs to an owner whose template is judged, which proves nothing. */
export function namesJudgedOwner(object: KubernetesObject): boolean {
  return judgedOwnerOf(object) !== undefined;
}

/** The controller that an object names as its owner, whatever its kind. */
export function controllerOf({ metadata }: KubernetesObject): OwnerReference | undefined {
  const owners: unknown = metadata.ownerReferences;
  if (!Array.isArray(owners)) return undefined;
  return owners.find((owner: unknown) => isRecord(owner) && owner.controller === true) as
    | OwnerReference
    | undefined;
}

/** Whether a pod is the API server's image of a static pod, which nobody can change. */
export function isMirrorPod({ kind, metadata }: KubernetesObject): boolean {
  return kind === 'Pod' && metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}

function judgedOwnerOf(
  object: KubernetesObject,
): { readonly reference: OwnerReference; readonly controller: string } | undefined {
  const owners = makers.get(`${object.apiVersion} ${object.kind}`);
  const reference = owners && controllerOf(object);
  if (!reference) return undefined;
  const controller = owners.get(`${reference.apiVersion} ${reference.kind}`);
  return controller === undefined ? undefined : { reference, controller };
}
