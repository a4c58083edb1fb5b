import type { ConventionSet } from '../../../conventions/convention-set.ts';
import type { ReadinessCheck } from '../../../server/probes.ts';

/** The conventions that hold now, wherever they come from. */
export interface ConventionsInForce {
  readonly current: () => ConventionSet;
  /** What is to be seen of them at `/readyz`; nothing where they cannot change. */
  readonly checks: () => readonly ReadinessCheck[];
  readonly start: () => void;
  readonly close: () => Promise<void>;
  /** Whether this replica leads may have changed, or what waivers cover. */
  readonly wake?: () => void;
}
