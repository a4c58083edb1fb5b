import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { createMetrics } from '../../src/server/metrics/metrics.ts';

const files = join(import.meta.dirname, '../../charts/tollgate/files');
const read = (name: string) => readFileSync(join(files, name), 'utf8');

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly description: string;
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const { groups } = parse(read('alerts.yaml')) as { groups: readonly { rules: readonly Alert[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);
const { panels } = JSON.parse(read('dashboard.json')) as { panels: readonly Panel[] };

/** What the server exposes after one review that found something: `name{labels}` of every sample. */
const exposed = await exposition();
const names = new Set(exposed.map((sample) => sample.split(/[{ ]/)[0] ?? ''));

async function exposition(): Promise<readonly string[]> {
  const now = () => new Date('2026-11-21T00:00:00Z');
  const metrics = createMetrics({
    version: '0.1.0',
    ready: () => true,
    certificateEnd: now,
    now,
    inFlight: () => 0,
    closedForRoom: () => 3,
    gaps: () => 0,
    resources: () => [{ resource: 'namespaces', synced: true, objects: 1, lastContactAt: 0 }],
    namespaces: () =>
      (['closed', 'open', 'unknown'] as const).map((coverage) => ({
        direction: 'ingress',
        coverage,
        count: 1,
      })),
    auditFindings: () => [{ rule: 'mesh/opt-out', action: 'deny', count: 1 }],
    namespaceFindings: () => [
      { namespace: 'shop', rule: 'mesh/opt-out', action: 'deny', count: 1 },
      { namespace: 'shop', rule: 'gate/default-deny-missing', action: 'deny', count: 1 },
    ],
    auditAges: () => (['objects', 'pods'] as const).map((part) => ({ part, seconds: 1 })),
    auditedPods: () => 1,
    stage: 'observe',
    configurations: () => [{ kind: 'validating', present: true, trusted: true, unchanged: true }],
  });
  for (const reason of ['untrusted', 'version', 'cipher'] as const) metrics.countHandshakeFailure(reason);
  const object = { apiVersion: 'v1', kind: 'Namespace', name: 'shop' };
  const finding = { rule: 'gate/unknown', object, pointer: '', message: 'shop', action: 'deny' } as const;
  const record = {
    webhook: 'validate',
    uid: 'a',
    request: undefined,
    milliseconds: 1,
    allowed: false,
  } as const;
  const decision = { allowed: false, warnings: [], patch: [], auditAnnotations: {}, restsOnInventory: false };
  metrics.observe({ ...record, decision: { ...decision, findings: [finding] }, error: undefined });
  metrics.observe({ ...record, decision: undefined, error: new Error('no answer') });
  const text = await metrics.render();
  return text.split('\n').filter((line) => line.startsWith('tollgate_'));
}

/** The metrics of our own that an expression asks for, each with the labels it names. */
function asked(expr: string): readonly { readonly name: string; readonly matchers: readonly string[] }[] {
  return [...expr.matchAll(/\b(tollgate_\w+)(?:\{([^}]*)\})?/g)].map(([, name = '', matchers = '']) => ({
    name,
    matchers: matchers.split(',').filter((matcher) => matcher !== ''),
  }));
}

/** Labels an expression groups by, or a legend shows. */
function grouping(text: string): readonly string[] {
  return [...text.matchAll(/\bby \(([^)]*)\)|\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)]
    .flatMap(([, list = '', label = '']) => [...list.split(/,\s*/), label])
    .filter((label) => label !== '');
}

/** Whether a sample is one that a matcher selects: `label="value"`, or by `!=` and `=~`. */
function matches(sample: string, matcher: string): boolean {
  const [, label = '', operator = '', wanted = ''] = /^(\w+)(=~|!=|=)"(.*)"$/.exec(matcher) ?? [];
  const found = new RegExp(`[{,]${label}="([^"]*)"`).exec(sample)?.[1];
  if (found === undefined) return false;
  if (operator === '=~') return new RegExp(`^(?:${wanted})$`).test(found);
  return operator === '!=' ? found !== wanted : found === wanted;
}

function checkExpression(t: Test, what: string, expr: string, shown: string): void {
  const ours = asked(expr);
  for (const { name, matchers } of ours) {
    t.ok(names.has(name), `${what}: ${name} is exposed`);
    for (const matcher of matchers) {
      const has = exposed.some((sample) => sample.startsWith(`${name}{`) && matches(sample, matcher));
      t.ok(has, `${what}: ${name} has ${matcher}`);
    }
  }
  for (const label of ours.length > 0 ? grouping(expr + shown) : []) {
    const has = ours.some(({ name }) =>
      exposed.some((sample) => new RegExp(`^${name}\\{.*\\b${label}="`).test(sample)),
    );
    t.ok(has, `${what}: the label ${label} is there`);
  }
}

t.test('every alert asks for what the server exposes', async (t) => {
  t.ok(alerts.length >= 8);
  for (const { alert, expr, annotations } of alerts) {
    t.ok(/tollgate/.test(expr), `${alert} is about tollgate`);
    checkExpression(t, alert, expr, annotations.description);
  }
});

t.test('every alert says how long, how bad and what it means', async (t) => {
  t.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
  for (const rule of alerts) {
    t.match(rule, { for: /^\d+[mh]$/, labels: { severity: /^(?:warning|critical)$/ } }, rule.alert);
    t.match(rule.annotations, { summary: /^[A-Z].*[^.]$/, description: /[.:]?.+$/ }, rule.alert);
  }
});

t.test('every panel asks for what the server exposes', async (t) => {
  t.ok(panels.length >= 10);
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const { title, description, targets } of panels) {
    t.ok(description, title);
    for (const { expr, legendFormat } of targets) {
      t.ok(asked(expr).length > 0, `${title} shows a metric of ours`);
      checkExpression(t, title, expr, legendFormat);
    }
  }
});

t.test('what an operator must see first is on the dashboard', async (t) => {
  const shown = new Set(
    panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => asked(expr).map(({ name }) => name))),
  );
  for (const name of [
    'tollgate_ready',
    'tollgate_reviews_total',
    'tollgate_certificate_days',
    'tollgate_namespaces',
  ]) {
    t.ok(shown.has(name), name);
  }
  const tables = panels.filter(({ type }) => type === 'table');
  const named = tables.map(({ targets }) => grouping(targets.map(({ expr }) => expr).join(' ')));
  t.ok(
    named.some((labels) => labels.includes('namespace') && labels.includes('rule')),
    'which namespaces, and by which rule',
  );
  t.ok(
    named.every((labels) => labels.length > 0),
    'tables say what each line is about',
  );
});
