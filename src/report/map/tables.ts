import { directions } from '../../kubernetes/direction.ts';
import type { Island } from '../../questions/posture/posture.ts';
import { escapeXml, quoteXml } from '../xml.ts';
import { gateInWords } from './draw-island.ts';
import type { MapDocument } from './map-document.ts';

/** The twin of the drawing for whoever reads: a row for each namespace. */
export function islandTable({ bridges, islands }: MapDocument): string {
  const count = (name: string, way: 'from' | 'to') => bridges.filter((bridge) => bridge[way] === name).length;
  const rows = islands.map((island) => {
    const meshed = island.cars.filter((car) => car.meshed === 'meshed').length;
    const cells = [
      ...directions.map((direction) => gateCell(island, direction)),
      `${meshed} of ${island.cars.length}`,
      findingsCell(island),
      `${count(island.name, 'to')} in, ${count(island.name, 'from')} out`,
    ];
    return `<tr data-name=${quoteXml(island.name)}><th scope="row">${escapeXml(island.name)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const titles = [
    'namespace',
    ...directions.map((direction) => direction.toLowerCase()),
    'meshed',
    'findings of workloads',
    'bridges',
  ];
  return `<table id="islands"><thead><tr>${titles.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function gateCell({ gates }: Island, direction: (typeof directions)[number]): string {
  const own = gates.filter((gate) => gate.direction === direction);
  const isClosed = own.every(({ verdict }) => verdict === 'deny');
  const isOpen = own.some(({ verdict }) => verdict === 'allow');
  const [look, word] = isClosed ? ['good', 'closed'] : isOpen ? ['bad', 'open'] : ['fair', 'unknown'];
  const told = new Set(
    isClosed
      ? own.map(({ by }) => (by ? `${by.kind} ${by.name}, tier ${by.tier}` : ''))
      : own.map(gateInWords),
  );
  return `<span class="is-${look}">${word}</span><small>${escapeXml([...told].filter(Boolean).join('; '))}</small>`;
}

function findingsCell({ cars }: Island): string {
  const found = cars.flatMap(({ findings, workload }) =>
    findings.map((finding) => ({ ...finding, workload })),
  );
  if (found.length === 0) return 'none';
  const words = (['error', 'warning', 'waived'] as const).flatMap((severity) => {
    const number = found.filter((finding) => finding.severity === severity).length;
    if (number === 0) return [];
    return [`${number} ${severity === 'waived' || number === 1 ? severity : `${severity}s`}`];
  });
  const items = found
    .slice(0, 50)
    .map(({ message, rule, workload }) => `<li>${escapeXml(`${workload.name}: ${message} (${rule})`)}</li>`);
  const more = found.length > 50 ? `<li>and ${found.length - 50} more</li>` : '';
  return `<details><summary>${words.join(', ')}</summary><ul>${items.join('')}${more}</ul></details>`;
}

/** Waivers by the day of their end. */
export function waiverCalendar({ waivers }: MapDocument): string {
  if (waivers.length === 0) return '<p>Nothing is waived.</p>';
  const rows = waivers.map(({ daysLeft, name, owner, reason, rules, until }) => {
    const look = daysLeft < 0 ? 'bad' : daysLeft <= 14 ? 'fair' : 'good';
    const days = daysLeft < 0 ? 'ended' : daysLeft === 0 ? 'today' : `${daysLeft} days`;
    const cells = [name, owner, reason, rules.join(', ')].map((text) => `<td>${escapeXml(text)}</td>`);
    return `<tr><th scope="row">${escapeXml(until)}</th><td><span class="is-${look}">${days}</span></td>${cells.join('')}</tr>`;
  });
  const titles = ['last day', 'left', 'waiver', 'owner', 'reason', 'rules'];
  return `<table id="waivers"><thead><tr>${titles.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

/** What is different from another state, where one was given: also bridges that are gone, which nothing draws. */
export function changeTable({ changes }: MapDocument): string {
  if (!changes) return '';
  if (changes.length === 0) return '<h2>Changes</h2><p>No bridge is different.</p>';
  const rows = changes.map(({ changed, closed, from = 'outside', opened, to = 'outside' }) => {
    const cells = [to, `${opened}`, `${closed}`, `${changed}`].map((text) => `<td>${escapeXml(text)}</td>`);
    return `<tr><th scope="row">${escapeXml(from)}</th>${cells.join('')}</tr>`;
  });
  const titles = ['from', 'to', 'opened', 'closed', 'changed'];
  return `<h2>Changes</h2><table id="changes"><thead><tr>${titles.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}
