import type { ConventionSet } from '../../../conventions/convention-set.ts';
import type { ReadinessCheck } from '../../../server/probes.ts';

/** The conventions that hold now, wherever they come from. */
export interface ConventionsInForce {
  readonly current: () => ConventionSet;
  /** What is to be seen of them at `/readyz`; nothing where they cannot change. */
  readonly checks: () => readonly ReadinessCheck[];
  /** How many documents are not in force as they are written, or are gone without a confirmation. */
  readonly problems: () => number;
  /** The generation of the object that a convention in force was read from; without it they are files. */
  readonly generationOf?: (convention: string) => string | undefined;
  readonly start: () => void;
  readonly close: () => Promise<void>;
  /** Whether this replica leads may have changed, or what waivers cover. */
  readonly wake?: () => void;
}
