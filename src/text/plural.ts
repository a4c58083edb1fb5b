/**
 * The form of a word for a number of things: `error` for one, `errors` for any other number.
 *
 * @example
 * plural(2, 'is', 'are') // 'are'
 */
export function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}

/** The number with its word: `1 error`, `2 errors`. */
export function counted(count: number, one: string, many?: string): string {
  return `${count} ${plural(count, one, many)}`;
}
