import { escapeXml, quoteXml } from '../xml.ts';
import { drawMatrix } from './draw-matrix.ts';
import { drawBridge } from './draw-bridge.ts';
import { drawIsland, heightOf } from './draw-island.ts';
import { layOut } from './layout.ts';
import { type MapDocument, mapDocument } from './map-document.ts';
import type { MapFormat } from './map-report.ts';
import { colours, drawingStyle } from './style.ts';

/** More islands than these are a matrix. */
const mostIslands = 40;
/** With more bridges than these their labels lie on each other; then they are told by a pointer, the table and the answers. */
const mostLabels = 30;

/** The drawing alone, for a document or a slide. */
export const svg: MapFormat = (report) => {
  const document = mapDocument(report);
  return `${drawingOf(document, `<style>${colours}${drawingStyle}</style>`)}\n`;
};

/** The drawing of a document: a map, or a matrix where there are many islands. */
export function drawingOf(document: MapDocument, style = ''): string {
  const { bridges, islands } = document;
  const label = `${islands.length} namespaces, ${bridges.length} bridges`;
  if (islands.length > mostIslands) return drawMatrix(document, label, style);
  const position = new Map(islands.map(({ name }, index) => [name, index]));
  const between = bridges.flatMap((bridge) => {
    const [from, to] = [position.get(bridge.from ?? ''), position.get(bridge.to ?? '')];
    return from === undefined || to === undefined ? [] : [{ bridge, from, to }];
  });
  const { boxes, height, width } = layOut(
    islands.map(heightOf),
    between.map(({ from, to }) => [from, to] as const),
  );
  const lanes = new Map<string, number>();
  const paths = between.map(({ bridge, from, to }) => {
    const pair = `${from} ${to}`;
    const lane = lanes.get(pair) ?? 0;
    lanes.set(pair, lane + 1);
    const [a, b] = [boxes[from], boxes[to]];
    return a && b ? drawBridge(bridge, a, b, lane) : { line: '', text: '' };
  });
  const isBusy = between.length > mostLabels;
  const labels = isBusy ? [] : paths.map(({ text }) => text);
  const drawn = islands.map((island, index) => {
    const box = boxes[index];
    const abroad = bridges.filter(
      ({ from, to }) =>
        (from === island.name && to === undefined) || (to === island.name && from === undefined),
    );
    return box ? drawIsland(island, box, abroad) : '';
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" class="map${isBusy ? ' busy' : ''}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" aria-label=${quoteXml(label)}>${style}<title>${escapeXml(label)}</title>${arrows}<rect class="sea" width="${width}" height="${height}" rx="12"/>${paths.map(({ line }) => line).join('')}${drawn.join('')}${labels.join('')}</svg>`;
}

const arrows = `<defs>${['built', 'loose', 'doubt', 'wide']
  .map(
    (name) =>
      `<marker id="arrow-${name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path class="arrow ${name}" d="M0 0L10 5L0 10z"/></marker>`,
  )
  .join('')}</defs>`;
