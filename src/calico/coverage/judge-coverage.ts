import type { Policy } from '../policy/policy.ts';
import type { PolicyWorld } from '../world/policy-world.ts';
import type { Coverage, CoverageOptions, NamespaceLike } from './coverage.ts';

/**
 * Judges whether every pod that could be created in a namespace, under any service account, is closed to a
 * connection from or to an address, port and protocol that no policy mentions.
 */
export function judgeCoverage(
  _world: PolicyWorld,
  _namespace: NamespaceLike,
  _options?: CoverageOptions,
): Coverage {
  throw new Error('not built yet');
}

/** The policies in force that select some pod the namespace could have, in the order of the walk. */
export function policiesSelecting(_world: PolicyWorld, _namespace: NamespaceLike): readonly Policy[] {
  throw new Error('not built yet');
}
