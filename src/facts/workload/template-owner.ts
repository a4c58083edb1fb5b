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
import { rememberLast } from '../../memo/last.ts';
import { judgedOwnerOf } from '../../workloads/makers.ts';
import { carriesTemplate, makersOf } from '../../workloads/owners.ts';
import type { RuleContext, Subject } from '../subject.ts';

/**
 * Whether one of Kubernetes' own controllers made an object from a template that has been judged where it is written.
 * In a review the user must be the controller of an owner of that kind. For an object that simply exists, in files and
 * in an audit, the owner must be there with that uid and say of its pods what the object says.
 */
export function isFromJudgedTemplate(
  { object, operation, user }: Subject,
  { inventory }: Pick<RuleContext, 'inventory'>,
): boolean {
  const owner = judgedOwnerOf(object);
  if (!owner) return false;
  if (operation !== 'STATE') return owner.isMadeBy(user?.username);
  return isMadeOfOwner({ object, reference: owner.reference, inventory });
}

interface MadeObject {
  readonly object: KubernetesObject;
  readonly reference: OwnerReference;
  readonly inventory: Inventory;
}

/**
 * Whether an object that exists was made of the template of the owner it names: the owner is there with that uid, or
 * the owner of that one where a live view keeps no more, and says of its pods what the object says.
 * By object and inventory: one after the other each object is asked about by many rules.
 */
const isMadeOfOwner = rememberLast(
  {
    name: 'whether the last object was made of its owner',
    isSame: (one: MadeObject, other: MadeObject) =>
      one.object === other.object && one.inventory === other.inventory,
  },
  ({ object, reference, inventory }) => {
    const { further, named } = makersOf(object, reference, inventory.workloads);
    const { uid } = named?.metadata ?? {};
    if (named && (uid === undefined || uid !== reference.uid)) return false;
    const maker = named ?? further;
    return maker !== undefined && saysTheSame(object, maker, inventory);
  },
);

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
    carriesTemplate(made, template) &&
    Object.entries(made.annotations).every(([key, value]) => !isSetting(key) || isFromThere(key, value)) &&
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
