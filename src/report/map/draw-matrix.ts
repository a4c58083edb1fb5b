import { escapeXml, quoteXml } from '../xml.ts';
import { lookOf } from './draw-bridge.ts';
import type { MapDocument } from './map-document.ts';

/** With more islands than these, names beside the squares cannot be read any more. */
const mostNamed = 120;

/** A square for each bridge: from the island of its row to that of its column. */
export function drawMatrix({ bridges, islands }: MapDocument, label: string, style: string): string {
  const isNamed = islands.length <= mostNamed;
  const side = isNamed ? 12 : Math.max(3, Math.floor(1200 / islands.length));
  const before = isNamed ? 130 : 24;
  const position = new Map(islands.map(({ name }, index) => [name, index]));
  // A path for each look: a square of its own for every bridge would be too many elements.
  const paths = new Map<string, string[]>();
  for (const bridge of bridges) {
    const row = position.get(bridge.from ?? '');
    const column = position.get(bridge.to ?? '');
    if (row === undefined || column === undefined) continue;
    const look = lookOf(bridge);
    const cells = paths.get(look) ?? [];
    paths.set(look, cells);
    cells.push(
      `M${before + column * side} ${before + row * side}h${side - 0.5}v${side - 0.5}h-${side - 0.5}z`,
    );
  }
  const names = isNamed
    ? islands.map(({ name }, index) => {
        const at = before + index * side + side - 3;
        const short = escapeXml(name.length > 20 ? `${name.slice(0, 19)}…` : name);
        return `<text class="row" x="${before - 6}" y="${at}">${short}</text><text class="column" transform="translate(${at} ${before - 6}) rotate(-90)">${short}</text>`;
      })
    : [];
  const size = before + islands.length * side + 12;
  const own = `M${before} ${before}${islands.map(() => `h${side}v${side}`).join('')}`;
  const cells = [...paths].map(([look, parts]) => `<path class="cells ${look}" d="${parts.join('')}"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" class="matrix" data-side="${side}" data-before="${before}" viewBox="0 0 ${size} ${size}" width="${size}" height="${size}" role="img" aria-label=${quoteXml(label)}>${style}<title>${escapeXml(`${label}; from the row to the column`)}</title><rect class="sea" width="${size}" height="${size}" rx="8"/><rect class="field" x="${before}" y="${before}" width="${islands.length * side}" height="${islands.length * side}"/>${cells.join('')}<path class="diagonal" d="${own}"/>${names.join('')}</svg>`;
}
