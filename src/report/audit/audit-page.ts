import { createHash } from 'node:crypto';
import type { AuditedAction, AuditFinding } from '../../engine/audit-findings.ts';
import { othersInWords } from '../../engine/audit-findings.ts';
import { waiverInWords } from '../../engine/judgement.ts';
import { printable } from '../../engine/printable.ts';
import { counted } from '../../text/plural.ts';
import { objectName } from '../wording.ts';
import { escapeXml, quoteXml } from '../xml.ts';
import { type AuditResults, type NamespaceResults, resultsByNamespace, totalsOf } from './audit-results.ts';

/** So many findings are on the page; the JSON has all that the audit keeps. */
export const mostOnPage = 1000;

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: .35rem .6rem; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font: .875em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; margin: 0; }
dl { margin: .25rem 0 0; } dt { font-size: .875rem; opacity: .8; } dd { margin: 0 0 .25rem; }
summary { cursor: pointer; font-size: 1.1rem; padding: .4rem 0; }
.deny { color: light-dark(#a40000, #ff9c93); font-weight: 600; } .warn { color: light-dark(#7a4a00, #f0bd62); font-weight: 600; } .waived { color: light-dark(#1d4f91, #9cc3ff); }
`;

/** What the page may do in a browser: show its own style, and nothing else. Source: W3C, Content Security Policy Level 3. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const words: Readonly<Record<AuditedAction, string>> = {
  deny: 'would be refused',
  warn: 'warned about',
  waived: 'waived',
};

/**
 * The latest results of an audit as a page that asks for nothing else, and has no scripts.
 * @example
 * reply.header('content-security-policy', pagePolicy).send(auditPage({ version, now, findings, ages }));
 */
export function auditPage(results: AuditResults): string {
  const { version, now, findings, ages } = results;
  const namespaces = resultsByNamespace(findings);
  const totals = totalsOf(findings);
  const said = ages.map(({ part, seconds }) => `${part} ${Math.round(seconds)} s ago`).join(', ');
  return page([
    '<h1>What the audit finds</h1>',
    `<p>${text(`tollgate ${version}, ${now.toISOString()}; judged: ${said}.`)}</p>`,
    `<p>${(['deny', 'warn', 'waived'] as const).map((action) => `<span class="${action}">${totals[action]} ${words[action]}</span>`).join(' · ')}</p>`,
    ...(namespaces.length === 0 ? ['<p>Nothing is wrong with what exists.</p>'] : overview(namespaces)),
    ...details(namespaces),
  ]);
}

/** The page of a replica that has nothing to show. */
export function emptyAuditPage(why: string): string {
  return page(['<h1>What the audit finds</h1>', `<p>${text(why)}</p>`]);
}

function page(body: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>tollgate: audit</title><style>${style}</style></head>`,
    '<body><main>',
    ...body,
    '</main></body>',
    '</html>',
    '',
  ].join('\n');
}

function overview(namespaces: readonly NamespaceResults[]): readonly string[] {
  const heads = ['would be refused', 'warned about', 'waived', 'all'];
  return [
    '<table>',
    `<thead><tr><th scope="col">namespace</th>${heads.map((head) => `<th scope="col" class="number">${head}</th>`).join('')}</tr></thead>`,
    '<tbody>',
    ...namespaces.map(({ namespace, counts: { deny, warn, waived }, total }) => {
      const cells = [deny, warn, waived, total].map((number) => `<td class="number">${number}</td>`);
      const link = `<a href=${quoteXml(`#${anchorOf(namespace)}`)}>${text(titleOf(namespace))}</a>`;
      return `<tr><th scope="row">${link}</th>${cells.join('')}</tr>`;
    }),
    '</tbody></table>',
  ];
}

/** The findings by namespace, as many as fit on the page. */
function details(namespaces: readonly NamespaceResults[]): readonly string[] {
  let left = mostOnPage;
  return namespaces.flatMap(({ namespace, findings, counts, total }) => {
    const listed = findings.slice(0, left);
    left -= listed.length;
    const missing = total - listed.reduce((sum, { count }) => sum + count, 0);
    return [
      `<details id=${quoteXml(anchorOf(namespace))}${counts.deny > 0 ? ' open' : ''}>`,
      `<summary>${text(titleOf(namespace))}</summary>`,
      ...(listed.length > 0
        ? [
            '<table><thead><tr><th scope="col">what</th><th scope="col">rule</th><th scope="col">object</th><th scope="col">why, and what to write</th></tr></thead><tbody>',
            ...listed.map(row),
            '</tbody></table>',
          ]
        : []),
      ...(missing > 0
        ? [
            `<p>${text(`${counted(missing, 'more finding')} ${missing === 1 ? 'is' : 'are'} not listed.`)}</p>`,
          ]
        : []),
      '</details>',
    ];
  });
}

function row(finding: AuditFinding): string {
  const { action, rule, object, owner, message, witness, remedy, waiver, lapsed, deniesFrom } = finding;
  const told: readonly (readonly [string, string | undefined])[] = [
    ['because', witness],
    ['expected', remedy],
    ['waiver', waiver && waiverInWords(waiver)],
    ['not waived', lapsed],
    ['denies from', deniesFrom],
  ];
  const list = told.flatMap(([heading, said]) =>
    said === undefined ? [] : [`<dt>${heading}</dt><dd><pre>${text(said)}</pre></dd>`],
  );
  return [
    `<tr><td class="${action}">${words[action]}</td>`,
    `<td><code>${text(rule)}</code></td>`,
    `<td>${text(objectName(owner ?? object))}</td>`,
    `<td>${text(message + othersInWords(finding))}${list.length > 0 ? `<dl>${list.join('')}</dl>` : ''}</td></tr>`,
  ].join('');
}

function titleOf(namespace: string): string {
  return namespace === '' ? 'outside of all namespaces' : namespace;
}

/** Names of namespaces have neither blanks nor underscores. */
function anchorOf(namespace: string): string {
  return namespace === '' ? '_cluster' : `ns-${namespace}`;
}

function text(written: string): string {
  return escapeXml(printable(written));
}
