import { createHash } from 'node:crypto';
import t from 'tap';
import type { AuditFinding, AuditFindings } from '../../src/engine/audit-findings.ts';
import { auditJson } from '../../src/report/audit/audit-json.ts';
import { auditPage, emptyAuditPage, mostOnPage, pagePolicy } from '../../src/report/audit/audit-page.ts';

const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const quiet: AuditFinding = {
  rule: 'mesh/opt-out',
  action: 'deny',
  object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'quiet' },
  pointer: '',
  message: 'Pod "shop/quiet": outside the mesh',
  witness: 'it says so',
  remedy: 'linkerd.io/inject: enabled',
  count: 1,
};
const waiver = { name: 'legacy', owner: 'team-a', reason: 'until Q1', until: '2027-03-31' };
const now = new Date('2026-12-01T00:00:00Z');
const ages = [{ part: 'objects', seconds: 3.4 }];

function resultsOf(namespaces: Readonly<Record<string, readonly AuditFinding[]>>, more = 0) {
  const findings: AuditFindings = {
    namespaces: new Map(
      Object.entries(namespaces).map(([name, shown]) => [
        name,
        { shown, total: more + shown.reduce((sum, { count }) => sum + count, 0) },
      ]),
    ),
    counts: [{ rule: 'mesh/opt-out', action: 'deny', count: 7 }],
    byConvention: [],
  };
  return { version: '1.2.3', now, findings, ages };
}

t.test('each namespace with what is wrong in it, the worst first', async (t) => {
  const page = auditPage(
    resultsOf({
      calm: [{ ...quiet, action: 'warn', message: 'a hint' }],
      shop: [
        { ...quiet, count: 3, owner: web },
        { ...quiet, action: 'waived', waiver },
      ],
      '': [{ ...quiet, message: 'a policy' }],
    }),
  );
  t.match(page, /<p>tollgate 1\.2\.3, 2026-12-01T00:00:00\.000Z; judged: objects 3 s ago\.<\/p>/);
  t.match(page, '<span class="deny">7 would be refused</span>');
  t.same(
    [...page.matchAll(/<summary>(.*?)<\/summary>/g)].map(([, title]) => title),
    ['shop', 'outside of all namespaces', 'calm'],
  );
  t.match(page, '(and 2 more pods of Deployment &quot;shop/web&quot;)'.replaceAll('&quot;', '"'));
  t.match(page, '<dt>because</dt><dd><pre>it says so</pre></dd>');
  t.match(page, 'waived by legacy of team-a until 2027-03-31: until Q1');
  const targets = [...page.matchAll(/href="#(.*?)"/g)].map(([, anchor]) => anchor);
  const anchors = [...page.matchAll(/ id="(.*?)"/g)].map(([, anchor]) => anchor);
  t.same(targets, anchors, 'each row leads to its namespace');
});

t.test('nothing that users write becomes a part of the page', async (t) => {
  const hostile = `</pre><script>alert(1)</script>&<img src=x onerror=alert(1)>"'\u202E`;
  const page = auditPage(
    resultsOf({
      shop: [
        {
          ...quiet,
          object: { ...quiet.object, name: hostile },
          message: hostile,
          witness: hostile,
          remedy: hostile,
          lapsed: hostile,
          waiver: { ...waiver, reason: hostile },
        },
      ],
    }),
  );
  t.notMatch(page, /<script|<img|\u202E/);
  t.match(page, '&lt;script&gt;alert(1)&lt;/script&gt;&amp;&lt;img');
});

t.test('the page asks for nothing: no script, no address, and a style that its policy names', async (t) => {
  for (const page of [
    auditPage(resultsOf({ shop: [quiet] })),
    auditPage(resultsOf({})),
    emptyAuditPage('no <b>'),
  ]) {
    t.notMatch(page, /<script|<link|<img|<iframe| style="| on\w+=|https?:\/\/|url\(/);
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    t.match(pagePolicy, `default-src 'none'; style-src 'sha256-${hash}'`);
    t.match(page, /^<!doctype html>\n<html lang="en">/);
  }
  t.match(auditPage(resultsOf({})), 'Nothing is wrong with what exists.');
  t.match(emptyAuditPage('no <b>'), 'no &lt;b&gt;');
});

t.test('the page is bounded, and says how much it leaves out', async (t) => {
  const many = Array.from({ length: mostOnPage - 1 }, (_, index) => ({
    ...quiet,
    message: `finding ${index}`,
  }));
  const page = auditPage(resultsOf({ shop: many, yard: [quiet, { ...quiet, message: 'the last' }] }, 5));
  t.equal([...page.matchAll(/<tr><td class=/g)].length, mostOnPage);
  t.notMatch(page, 'the last');
  t.match(page, '5 more findings are not listed.');
  t.match(page, '6 more findings are not listed.');
});

t.test('the JSON has everything that the audit keeps', async (t) => {
  const results = resultsOf(
    { calm: [{ ...quiet, action: 'warn' }], shop: [{ ...quiet, count: 3, owner: web }] },
    2,
  );
  t.same(JSON.parse(auditJson(results)), {
    schema: 'tollgate.dev/audit/v1',
    version: '1.2.3',
    now: '2026-12-01T00:00:00.000Z',
    ages: [{ part: 'objects', seconds: 3 }],
    totals: { deny: 7, warn: 0, waived: 0 },
    rules: [{ rule: 'mesh/opt-out', action: 'deny', count: 7 }],
    namespaces: [
      {
        namespace: 'shop',
        counts: { deny: 3, warn: 0, waived: 0 },
        total: 5,
        findings: [{ ...quiet, count: 3, owner: web }],
      },
      {
        namespace: 'calm',
        counts: { deny: 0, warn: 1, waived: 0 },
        total: 3,
        findings: [{ ...quiet, action: 'warn' }],
      },
    ],
  });
});
