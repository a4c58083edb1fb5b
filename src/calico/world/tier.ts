import type { PolicyProblem } from '../policy/problem.ts';

/** A tier: a step of the walk that ends in its default action where none of its rules decided. */
export interface Tier {
  readonly name: string;
  /** `Infinity` for a tier that does not exist: it comes after all others. */
  readonly order: number;
  readonly defaultAction: 'Deny' | 'Pass';
  /** False for a tier that policies name although there is no such Tier. */
  readonly exists: boolean;
  /** True for the tiers that Calico makes itself. */
  readonly builtIn: boolean;
  readonly problems: readonly PolicyProblem[];
}

/** Orders tiers as Calico does: missing ones last, then by order, then by name. */
export function compareTiers(left: Tier, right: Tier): number {
  if (left.exists !== right.exists) return left.exists ? -1 : 1;
  if (left.order !== right.order) return left.order < right.order ? -1 : 1;
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}
