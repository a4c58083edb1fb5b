import { type Direction, directions as bothDirections, type Policy } from '../policy/policy.ts';
import type { PolicyWorld } from '../world/policy-world.ts';
import { closedToAll } from './closed-to-all.ts';
import type { Coverage, CoverageOptions, DirectionCoverage, Family, NamespaceLike } from './coverage.ts';
import { findHoles } from './find-holes.ts';
import { judgeDirection } from './judge-direction.ts';
import { candidateTiers, namespaceCase, partsOf, resultsOf } from './namespace-case.ts';
import { createModel, type ModelParts, type NamespaceModel } from './namespace-model.ts';
import { renamed, storedResult } from './stored-result.ts';

const bothFamilies: readonly Family[] = ['IPv4', 'IPv6'];

/**
 * Judges whether every pod that could be created in a namespace, under any service account, is closed to a
 * connection from or to an address, port and protocol that no policy mentions.
 */
export function judgeCoverage(
  world: PolicyWorld,
  namespace: NamespaceLike,
  { directions = bothDirections, families = bothFamilies, gaps = [] }: CoverageOptions = {},
): Coverage {
  const wanted = bothDirections.filter((direction) => directions.includes(direction));
  if (gaps.length > 0) {
    return { namespace: namespace.name, directions: wanted.map((direction) => incomplete(direction, gaps)) };
  }
  const named = bothFamilies.filter((family) => families.includes(family));
  // To be asked about no family must not mean that everything is covered.
  const inFamilies = named.length > 0 ? named : bothFamilies;
  const judged = namespaceCase(world, namespace);
  const results = resultsOf(judged, inFamilies);
  const asked = once(() => partsOf(judged));
  const model = once(() => createModel(asked()));
  return {
    namespace: namespace.name,
    directions: wanted.map((direction) => {
      results[direction] ??= storedResult(
        namespace.name,
        closedToAll(asked(), direction, inFamilies) ?? search(asked(), model(), direction, inFamilies),
      );
      return renamed(results[direction], namespace.name);
    }),
  };
}

/** The policies in force that can select a pod of the namespace, in the order of the walk. */
export function policiesSelecting(world: PolicyWorld, namespace: NamespaceLike): readonly Policy[] {
  const policies = candidateTiers(namespaceCase(world, namespace)).flatMap(({ candidates }) =>
    candidates.map(({ policy }) => policy),
  );
  return policies.filter(({ selector }) => selector !== undefined);
}

function search(
  { namespace, accounts }: ModelParts,
  model: NamespaceModel,
  direction: Direction,
  families: readonly Family[],
): DirectionCoverage {
  const judged = judgeDirection({ namespace: namespace.name, direction, families, model, accounts });
  return { ...judged, holes: judged.verdict === 'deny' ? findHoles(model, direction, families) : [] };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function incomplete(direction: Direction, gaps: NonNullable<CoverageOptions['gaps']>): DirectionCoverage {
  return {
    direction,
    verdict: 'unknown',
    decidedBy: [],
    holes: [],
    reasons: gaps.map(({ what, why }) => ({
      code: 'view-incomplete',
      message: `not everything that decides could be read: ${what} (${why})`,
    })),
  };
}
