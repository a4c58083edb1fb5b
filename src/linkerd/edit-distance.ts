/** How many letters have to be added, dropped or changed to turn one text into the other, up to a limit. */
export function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const changed = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(changed, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return Math.min(previous[to.length] ?? 0, limit + 1);
}

/** The candidate nearest to a text, if any is within a distance; the first of several equally near ones. */
export function nearest(text: string, candidates: readonly string[], limit: number): string | undefined {
  let best: string | undefined;
  let distance = limit + 1;
  for (const candidate of candidates) {
    const found = editDistance(text, candidate, distance - 1);
    if (found < distance) [best, distance] = [candidate, found];
  }
  return best;
}
