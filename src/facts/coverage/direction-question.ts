import type { NamespaceLike } from '../../calico/index.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import type { DefaultDenyConvention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { Direction } from '../../kubernetes/direction.ts';
import { type NamespaceIdentity, namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { FamilyName } from '../../kubernetes/net/family.ts';
import { coveredNamespace } from './covered-namespace.ts';

/** A namespace, and what is asked of it to learn whether one direction is closed in one family. */
export interface DirectionQuestion {
  readonly namespace: NamespaceLike;
  readonly asked: DefaultDenyConvention;
}

/**
 * Creates the question whether one direction of a namespace is closed in one family, whatever its convention asks for,
 * but with the labels that its convention keeps off pods.
 */
export function askDirection(
  identity: NamespaceIdentity,
  direction: Direction,
  family: FamilyName,
  { conventions, inventory }: { readonly conventions: ConventionSet; readonly inventory: Inventory },
): DirectionQuestion {
  const known = namespaceIdentity(identity.name, inventory.namespace(identity.name));
  const { forbiddenLabels = [] } = conventions.governing(known)?.defaultDeny ?? {};
  const asked = {
    directions: [direction],
    families: [family],
    onMissing: 'reject',
    forbiddenLabels,
  } as const;
  return { namespace: coveredNamespace(identity, asked, inventory), asked };
}
