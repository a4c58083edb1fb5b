/**
 * How many findings of one rule about one object are listed; the rest is counted. An object may give cause for as many
 * findings as it has keys, and nobody reads them all.
 */
export const mostListed = 50;

/**
 * A finding for each thing of a list that a user may make as long as he likes. What is costly about a finding, its remedy
 * above all, is worked out only as long as the findings are listed.
 */
export function listed<Item, Told>(
  items: readonly Item[],
  inFull: (item: Item) => Told,
  inBrief: (item: Item) => Told,
): readonly Told[] {
  return items.map((item, index) => (index < mostListed ? inFull(item) : inBrief(item)));
}
