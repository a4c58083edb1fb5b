import { nameOf } from '../../facts/object-name.ts';
import type { Car, Gate, Island } from '../../questions/posture/posture.ts';
import { escapeXml, quoteXml } from '../xml.ts';
import { bridgeInWords, lookOf, shortLabel } from './draw-bridge.ts';
import type { Box } from './layout.ts';
import type { DrawnBridge } from './map-document.ts';
import { isClosed } from './sentences.ts';

/** Cars that are drawn of one island; the table has all of them. */
const mostCars = 10;
const head = 46;
const lane = 30;

/** How high an island is. */
export function heightOf({ cars }: Island): number {
  const lines = Math.min(cars.length, mostCars) + (cars.length > mostCars ? 1 : 0);
  return head + Math.max(1, lines) * lane + 10;
}

/** An island with its gates and cars, and what leads from it to the sea and back. */
export function drawIsland(island: Island, box: Box, abroad: readonly DrawnBridge[]): string {
  const { cars, gates, name } = island;
  const { height, width, x, y } = box;
  const shore = isClosed(island)
    ? 'closed'
    : gates.some(({ verdict }) => verdict === 'deny')
      ? 'half'
      : 'open';
  const more = cars.length - mostCars;
  const drawn = cars
    .slice(0, mostCars)
    .map((car, index) => drawCar(car, 12, head + index * lane, width - 24));
  const rest =
    cars.length === 0
      ? `<text class="soft" x="14" y="${head + 18}">no workloads</text>`
      : more > 0
        ? `<text class="soft" x="14" y="${head + mostCars * lane + 18}">and ${more} more, in the table below</text>`
        : '';
  return `<g class="island ${shore}" data-name=${quoteXml(name)} transform="translate(${x.toFixed(0)} ${y.toFixed(0)})"><rect class="land" width="${width}" height="${height}" rx="14"/><text class="name" x="14" y="28">${escapeXml(cut(name, 15))}</text>${drawGates(gates, width)}${drawn.join('')}${rest}${drawAbroad(abroad, height)}</g>`;
}

function drawGates(gates: readonly Gate[], width: number): string {
  return (['Ingress', 'Egress'] as const)
    .map((direction, index) => {
      const own = gates.filter((gate) => gate.direction === direction);
      const state = own.every(({ verdict }) => verdict === 'deny')
        ? 'deny'
        : own.some(({ verdict }) => verdict === 'allow')
          ? 'allow'
          : 'unknown';
      const word = direction === 'Ingress' ? 'in' : 'out';
      const bars = {
        deny: 'M4 3V15M9 3V15M14 3V15M1 7H17M1 12H17',
        allow: 'M4 3V6M9 3V6M14 3V6',
        unknown: '',
      };
      const sign = state === 'unknown' ? '<text class="sign" x="9" y="14">?</text>' : '';
      return `<g class="gate ${state}" transform="translate(${width - 82 + index * 46} 12)"><title>${escapeXml(own.map(gateInWords).join('; '))}</title><text class="way" x="-4" y="14">${word}</text><rect width="18" height="18" rx="3"/><path d="${bars[state]}"/>${sign}</g>`;
    })
    .join('');
}

const states = { deny: 'closed', allow: 'open', unknown: 'unknown' } as const;

/** `ingress IPv4 closed by NetworkPolicy "shop/deny" in tier default`. */
export function gateInWords({ by, direction, family, verdict }: Gate): string {
  const closer = by ? ` by ${by.kind} "${by.name}" in tier ${by.tier}` : '';
  return `${direction.toLowerCase()} ${family} ${states[verdict]}${closer}`;
}

const signs = { meshed: '', unmeshed: '!', unknown: '?' } as const;

function drawCar({ findings, meshed, workload }: Car, x: number, y: number, width: number): string {
  const isWaived = findings.some(({ severity }) => severity === 'waived');
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const told = [
    meshed,
    ...(errors > 0 ? [`${errors} ${errors === 1 ? 'error' : 'errors'}`] : []),
    ...(isWaived ? ['waived'] : []),
  ].join(', ');
  const written = nameOf(workload);
  const flag = isWaived ? `<path class="flag" d="M${width - 18} 20V5L${width - 6} 9L${width - 18} 13"/>` : '';
  const dot = errors > 0 ? `<circle class="error" cx="${width - 26}" cy="12" r="4"/>` : '';
  const key = `${workload.kind} ${workload.namespace ?? ''}/${workload.name}`;
  return `<g class="car ${meshed}" role="button" tabindex="0" data-car=${quoteXml(key)} aria-label=${quoteXml(`${written}, ${told}`)} transform="translate(${x} ${y})"><title>${escapeXml(`${written}: ${told}`)}</title><rect width="${width}" height="24" rx="6"/><path class="shield" d="M8 5L14 3L20 5V12C20 17 14 20 14 20C14 20 8 17 8 12Z"/><text class="sign" x="14" y="16">${signs[meshed]}</text><text x="28" y="16">${escapeXml(cut(workload.name, 22))}</text>${dot}${flag}</g>`;
}

/** Bridges to the sea are short: the sea is everywhere. */
function drawAbroad(bridges: readonly DrawnBridge[], height: number): string {
  return bridges
    .slice(0, 4)
    .map((bridge, index) => {
      const look = lookOf(bridge);
      const x = 22 + index * 54;
      const [from, to] = bridge.to === undefined ? [height, height + 26] : [height + 26, height];
      return `<g class="bridge ${look}${bridge.change ? ` is-${bridge.change}` : ''}"><title>${escapeXml(bridgeInWords(bridge))}</title><path d="M${x} ${from}V${to}" stroke-width="2.5" marker-end="url(#arrow-${look})"/><text class="bridge-label ${look} abroad" x="${x}" y="${height + 40 + (index % 2) * 13}">${escapeXml(shortLabel(bridge))}</text></g>`;
    })
    .join('');
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
