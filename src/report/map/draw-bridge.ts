import { escapeXml, quoteXml } from '../xml.ts';
import type { Box } from './layout.ts';
import type { DrawnBridge } from './map-document.ts';

/** How a bridge looks: what nobody knows before what nobody built before what leads to all of the internet. */
export function lookOf({ built, connections, unknown, unlimited }: DrawnBridge): string {
  if (unknown === connections) return 'doubt';
  return !built ? 'loose' : unlimited ? 'wide' : 'built';
}

/** A bridge in one sentence. */
export function bridgeInWords(bridge: DrawnBridge): string {
  const { built, encrypted, from = 'outside', plaintext, to = 'outside', unknown } = bridge;
  const parts = [
    ...(encrypted > 0 ? [`${encrypted} encrypted`] : []),
    ...(plaintext > 0 ? [`${plaintext} in the clear`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ];
  return `${from} to ${to}: ${bridge.label}; ${built ? 'built by a policy' : 'nobody built it'}; ${parts.join(', ')}`;
}

/** A bridge between two islands: a curve from shore to shore, and its label, which lies above the islands. */
export function drawBridge(
  bridge: DrawnBridge,
  from: Box,
  to: Box,
  lane: number,
): { readonly line: string; readonly text: string } {
  const [a, b] = [centre(from), centre(to)];
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  // To the right of the way there: the way back lies on the other side.
  const side = { x: -(b.y - a.y) / length, y: (b.x - a.x) / length };
  const bow = 16 + lane * 22 + length * 0.05;
  const middle = { x: (a.x + b.x) / 2 + side.x * bow * 1.6, y: (a.y + b.y) / 2 + side.y * bow * 1.6 };
  const shift = { x: side.x * (10 + lane * 14), y: side.y * (10 + lane * 14) };
  const start = shore(from, { x: a.x + shift.x, y: a.y + shift.y }, middle);
  const end = shore(to, { x: b.x + shift.x, y: b.y + shift.y }, middle);
  const look = lookOf(bridge);
  const width = Math.min(6, 1.8 + Math.log2(bridge.connections) * 0.6).toFixed(1);
  const at = {
    x: (start.x + 2 * middle.x + end.x) / 4,
    y: (start.y + 2 * middle.y + end.y) / 4 + 4,
  };
  const names = `data-from=${quoteXml(bridge.from ?? '')} data-to=${quoteXml(bridge.to ?? '')}`;
  const path = `M${point(start)}Q${point(middle)} ${point(end)}`;
  return {
    line: `<g class="bridge ${look}${bridge.change ? ` is-${bridge.change}` : ''}" ${names}><title>${escapeXml(bridgeInWords(bridge))}</title><path d="${path}" stroke-width="${width}" marker-end="url(#arrow-${look})"/></g>`,
    text: `<text class="bridge-label ${look}" ${names} x="${at.x.toFixed(0)}" y="${at.y.toFixed(0)}">${escapeXml(shortLabel(bridge))}</text>`,
  };
}

/** What fits beside a bridge. */
export function shortLabel({ connections, label }: DrawnBridge): string {
  return label.length > 16 ? `${connections}×` : label;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function centre({ height, width, x, y }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

/** Where the way from a point within a box leaves it. */
function shore({ height, width, x, y }: Box, inside: Point, towards: Point): Point {
  const [dx, dy] = [towards.x - inside.x, towards.y - inside.y];
  const across = dx === 0 ? Infinity : ((dx > 0 ? x + width : x) - inside.x) / dx;
  const down = dy === 0 ? Infinity : ((dy > 0 ? y + height : y) - inside.y) / dy;
  const part = Math.min(1, Math.max(0, Math.min(across, down)));
  return { x: inside.x + dx * part, y: inside.y + dy * part };
}

function point({ x, y }: Point): string {
  return `${x.toFixed(0)} ${y.toFixed(0)}`;
}
