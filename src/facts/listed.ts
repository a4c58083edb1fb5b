import { limits } from './limits.ts';

/**
 * A finding for each thing of a list that a user may make as long as he likes. What is costly about a finding, its remedy
 * above all, is worked out only as long as the findings are listed.
 */
export function listed<Item, Told>(
  items: readonly Item[],
  inFull: (item: Item) => Told,
  inBrief: (item: Item) => Told,
): readonly Told[] {
  return items.map((item, index) => (index < limits.findingsListed.most ? inFull(item) : inBrief(item)));
}
