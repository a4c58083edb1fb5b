import {
  changeWorld,
  createPolicyWorld,
  type PolicyWorld,
  type PolicyWorldOptions,
} from '../calico/index.ts';
import type { KubernetesObject, ObjectReference } from '../kubernetes/object.ts';

/** The policies of a store as one Calico reads them, in step with the store at the cost of each change alone. */
export interface CompiledPolicies {
  readonly put: (key: string, object: KubernetesObject) => void;
  readonly remove: (key: string, reference: ObjectReference) => void;
  /** The world of now; `everything` is asked for where it has to be made anew. */
  readonly world: (options: PolicyWorldOptions, everything: () => Iterable<KubernetesObject>) => PolicyWorld;
  /** The same without some policies. */
  readonly without: (present: PolicyWorld, leaving: ReadonlyMap<string, ObjectReference>) => PolicyWorld;
}

export function createCompiledPolicies(): CompiledPolicies {
  const changes = new Map<
    string,
    { readonly object?: KubernetesObject; readonly reference?: ObjectReference }
  >();
  let world: PolicyWorld | undefined;
  let lasting: PolicyWorld | undefined;
  return {
    put: (key, object) => {
      changes.set(key, { object });
      lasting = undefined;
    },
    remove: (key, reference) => {
      changes.set(key, { reference });
      lasting = undefined;
    },
    world: (options, everything) => {
      if (!world || !isSameCalico(world.options, options)) {
        world = createPolicyWorld(everything(), options);
        lasting = undefined;
      } else if (changes.size > 0) {
        const all = [...changes.values()];
        world = changeWorld(world, {
          put: all.flatMap(({ object }) => object ?? []),
          remove: all.flatMap(({ reference }) => reference ?? []),
        });
      }
      changes.clear();
      return world;
    },
    without: (present, leaving) =>
      leaving.size === 0 ? present : (lasting ??= changeWorld(present, { remove: [...leaving.values()] })),
  };
}

function isSameCalico(one: PolicyWorldOptions, other: PolicyWorldOptions): boolean {
  return one.mode === other.mode && one.version === other.version && one.staged === other.staged;
}
