/** How a list is written. */
export interface ListForm {
  /**
   * What stands before the last item, `and` by default; with `, or` a comma as well, as between clauses; with `,` the
   * items are only separated.
   */
  readonly last?: 'and' | 'or' | ', or' | ',';
  /** How many items are written at most, all by default; the others are counted. */
  readonly most?: number;
  /** How many items have to be over the bound before they are counted instead of written, 1 by default. */
  readonly overBy?: number;
}

/**
 * A list in words: `a`, `a and b`, `a, b and c`, with a bound `a, b and 7 more`.
 *
 * @example
 * listInWords(['Allow', 'Deny', 'Pass'], { last: 'or' }) // 'Allow, Deny or Pass'
 */
export function listInWords(
  items: readonly string[],
  { last = 'and', most = Infinity, overBy = 1 }: ListForm = {},
): string {
  const more = items.length - most;
  if (more >= overBy) return `${items.slice(0, most).join(', ')} and ${more} more`;
  if (last === ',' || items.length < 2) return items.join(', ');
  const joint = last === ', or' ? last : ` ${last}`;
  return `${items.slice(0, -1).join(', ')}${joint} ${items.at(-1) ?? ''}`;
}
