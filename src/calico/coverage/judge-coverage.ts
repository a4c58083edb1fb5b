import { type Direction, directions as bothDirections, type Policy } from '../policy/policy.ts';
import type { PolicyWorld } from '../world/policy-world.ts';
import type { Coverage, CoverageOptions, DirectionCoverage, Family, NamespaceLike } from './coverage.ts';
import { findHoles } from './find-holes.ts';
import { judgeDirection } from './judge-direction.ts';
import { remember } from './memory.ts';
import { candidateTiers, modelOf, type NamespaceCase, namespaceCase } from './namespace-case.ts';
import type { NamespaceModel } from './namespace-model.ts';
import { renamed } from './renamed.ts';

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
  const inFamilies = bothFamilies.filter((family) => families.includes(family));
  const judged = namespaceCase(world, namespace);
  let model: NamespaceModel | undefined;
  const modelOnce = () => {
    model ??= modelOf(judged);
    return model;
  };
  return {
    namespace: namespace.name,
    directions: wanted.map((direction) => coverageOf(judged, direction, inFamilies, modelOnce)),
  };
}

/** The policies in force that can select a pod of the namespace, in the order of the walk. */
export function policiesSelecting(world: PolicyWorld, namespace: NamespaceLike): readonly Policy[] {
  const policies = candidateTiers(namespaceCase(world, namespace)).flatMap(({ candidates }) =>
    candidates.map(({ policy }) => policy),
  );
  return policies.filter(({ selector }) => selector !== undefined);
}

function coverageOf(
  { namespace, world, key, accounts }: NamespaceCase,
  direction: Direction,
  families: readonly Family[],
  model: () => NamespaceModel,
): DirectionCoverage {
  const { shared } = world.memory.coverage;
  const fullKey = `${direction} ${families.join()} ${key}`;
  const stored = shared.results.get(fullKey);
  if (stored) {
    const { result, namespace: judgedFor } = stored;
    return judgedFor === namespace.name ? result : renamed(result, judgedFor, namespace.name);
  }
  const result = judge(namespace.name, direction, families, model(), accounts);
  remember(shared, fullKey, { namespace: namespace.name, result });
  return result;
}

function judge(
  namespace: string,
  direction: Direction,
  families: readonly Family[],
  model: NamespaceModel,
  accounts: NamespaceCase['accounts'],
): DirectionCoverage {
  const judged = judgeDirection({ namespace, direction, families, model, accounts });
  let holes: DirectionCoverage['holes'] | undefined;
  return {
    ...judged,
    get holes() {
      holes ??= judged.verdict === 'deny' ? findHoles(model, direction, families) : [];
      return holes;
    },
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
