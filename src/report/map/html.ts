import { createHash } from 'node:crypto';
import { escapeXml } from '../xml.ts';
import { type MapDocument, mapDocument } from './map-document.ts';
import type { MapFormat } from './map-report.ts';
import { pageScript } from './page-script.ts';
import { colours, drawingStyle, pageStyle } from './style.ts';
import { drawingOf } from './svg.ts';
import { changeTable, islandTable, waiverCalendar } from './tables.ts';

const style = `${colours}${drawingStyle}${pageStyle}`;

/** A page that is complete in itself: it asks nobody for anything, and its policy would not let it. */
export const html: MapFormat = (report) => {
  const document = mapDocument(report);
  const policy = `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(pageScript)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Map of ${document.islands.length} namespaces</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Who may reach whom</h1>
<p class="day">As of ${escapeXml(document.day)}: what network policies let through, and what the mesh encrypts of it</p>
${cards(document)}${warnings(document)}
<h2>Map</h2>
${legend(document)}
<p class="search"><label>Search namespaces and workloads <input id="search" type="search" autocomplete="off"></label> <span id="hits" aria-live="polite"></span> <span id="pointed"></span></p>
<div class="scroll" tabindex="0" role="region" aria-label="Map">${drawingOf(document)}</div>
<h2>May it connect?</h2>
<form id="ask"><label>From <input id="from" list="ends" autocomplete="off"></label><label>To <input id="to" list="ends" autocomplete="off"></label><button type="submit">Answer</button><button type="button" id="clear">Clear</button><datalist id="ends"></datalist></form>
<div id="answer" aria-live="polite"><p>Choose two workloads on the map, or write them here.</p></div>
<h2>Namespaces</h2>
${islandTable(document)}
${changeTable(document)}<h2>Waivers</h2>
${waiverCalendar(document)}
</main>
<script type="application/json" id="data">${embedded(document)}</script>
<script>${pageScript}</script>
</body>
</html>
`;
};

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** JSON in which nothing can end the element that it stands in. Source: HTML, "Restrictions for contents of script elements". */
export function embedded(document: MapDocument): string {
  return JSON.stringify(document).replaceAll('<', '\\u003c');
}

function cards({ sentences }: MapDocument): string {
  const items = sentences.map(
    ({ mood, number, text, title }) =>
      `<li class="${mood}">${escapeXml(title)}<strong>${escapeXml(number)}</strong><span>${escapeXml(text)}</span></li>`,
  );
  return `<ul class="cards">${items.join('')}</ul>`;
}

function warnings({ connections, incomplete, leftOut }: MapDocument): string {
  const told = [
    ...incomplete,
    ...(leftOut > 0
      ? [`This page answers from ${connections.length} connections; ${leftOut} more are left out of it.`]
      : []),
  ];
  const shown = told.slice(0, 20).map((text) => `<p class="warning">${escapeXml(text)}</p>`);
  const more = told.length > 20 ? `<p class="warning">and ${told.length - 20} more</p>` : '';
  return `${shown.join('')}${more}`;
}

const legend = ({ changes }: MapDocument) =>
  `<ul class="legend"><li><b class="ok">▦ closed</b> gate: nobody gets through unasked</li><li><b class="loose">▢ open</b> gate</li><li><b class="built">→ bridge</b> that a policy built</li><li><b class="loose">⇢ bridge</b> that nobody built: nothing forbids it</li><li><b class="wide">→ bridge</b> to all of the internet</li><li><b class="doubt">⇢ unknown</b></li><li><b class="ok">◆ armour</b>: meshed; <b class="loose">!</b> unmeshed; <b class="wide">⚑</b> waived</li>${changes ? '<li><b class="change">→ changed</b>: opened, or not as before</li>' : ''}</ul>`;
