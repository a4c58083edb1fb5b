/** Where an island is. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Boxes by their order, and the size of the whole. */
export interface Layout {
  readonly boxes: readonly Box[];
  readonly width: number;
  readonly height: number;
}

const islandWidth = 224;
const gap = { x: 110, y: 84 };
const margin = 36;
/** How often every pair of places is tried; enough for 40 islands to settle, and a bound on the time it takes. */
const mostRounds = 12;

/**
 * Places islands in a grid so that what is connected is near and few bridges pass behind an island.
 * @param heights how high each island is
 * @param links pairs of islands, by position
 * @returns the same for the same input
 * @example
 * layOut([80, 80], [[0, 1]]).boxes.length; // 2
 */
export function layOut(heights: readonly number[], links: readonly (readonly [number, number])[]): Layout {
  const count = heights.length;
  const columns = Math.max(1, Math.min(6, Math.ceil(Math.sqrt(count * 1.3))));
  const places = settle(count, columns, links);
  const rows = Math.ceil(count / columns);
  const rowHeights = Array.from({ length: rows }, () => 0);
  for (const [island, place] of places.entries()) {
    const row = Math.floor(place / columns);
    rowHeights[row] = Math.max(rowHeights[row] ?? 0, heights[island] ?? 0);
  }
  const tops = rowHeights.map((_, row) =>
    rowHeights.slice(0, row).reduce((sum, height) => sum + height + gap.y, margin),
  );
  const boxes = places.map((place, island): Box => {
    const row = Math.floor(place / columns);
    return {
      x: margin + (place % columns) * (islandWidth + gap.x),
      y: tops[row] ?? margin,
      width: islandWidth,
      height: heights[island] ?? 0,
    };
  });
  return {
    boxes,
    width: 2 * margin + columns * (islandWidth + gap.x) - gap.x,
    height: (tops.at(-1) ?? margin) + (rowHeights.at(-1) ?? 0) + gap.y,
  };
}

/** The place of each island: exchanges two as long as that makes bridges shorter. */
function settle(
  count: number,
  columns: number,
  links: readonly (readonly [number, number])[],
): readonly number[] {
  const places = Array.from({ length: count }, (_, index) => index);
  const cost = () => {
    let sum = 0;
    for (const [one, other] of links) {
      const [a, b] = [places[one] ?? 0, places[other] ?? 0];
      const across = Math.abs((a % columns) - (b % columns));
      const down = Math.abs(Math.floor(a / columns) - Math.floor(b / columns));
      // A bridge along a row or column passes behind whatever stands between its ends.
      const isHidden = (across === 0 && down > 1) || (down === 0 && across > 1) || across === down * 2;
      sum += Math.hypot(across, down) + (isHidden ? 1.5 : 0);
    }
    return sum;
  };
  let best = cost();
  for (let round = 0, better = true; better && round < mostRounds; round++) {
    better = false;
    for (let one = 0; one < count; one++)
      for (let other = one + 1; other < count; other++) {
        const [a = 0, b = 0] = [places[one], places[other]];
        [places[one], places[other]] = [b, a];
        const tried = cost();
        if (tried < best - 1e-9) {
          best = tried;
          better = true;
        } else [places[one], places[other]] = [a, b];
      }
  }
  return places;
}
