import { pino } from 'pino';
import t, { type Test } from 'tap';
import type { Decision } from '../../src/admission/decision.ts';
import type { MetricsSources } from '../../src/server/metrics/gauges.ts';
import { createMetrics } from '../../src/server/metrics/metrics.ts';
import { createMetricsServer } from '../../src/server/metrics/metrics-server.ts';
import { allowed, review, startServer } from '../support/webhook-server.ts';

const now = new Date('2026-11-21T12:00:00Z');

function sources(changes: Partial<MetricsSources> = {}): MetricsSources {
  return {
    version: '1.2.3',
    ready: () => true,
    certificateEnd: () => new Date('2026-12-01T00:00:00Z'),
    now: () => now,
    inFlight: () => 3,
    closedForRoom: () => 3,
    gaps: () => 1,
    resources: () => [],
    namespaces: () => [],
    auditFindings: () => [],
    auditAges: () => [],
    auditedPods: () => undefined,
    conventions: () => [{ name: 'baseline', generation: '3', hash: '0c42cd0e1795' }],
    conventionProblems: () => 1,
    ...changes,
  };
}

/** The lines of tollgate's own metrics, without their explanation. */
async function lines(metrics: ReturnType<typeof createMetrics>, prefix: string): Promise<string[]> {
  return (await metrics.render()).split('\n').filter((line) => line.startsWith(prefix));
}

const finding = {
  rule: 'mesh/inject-missing',
  object: { apiVersion: 'v1', kind: 'Pod', name: 'a' },
  pointer: '',
  message: 'no',
  action: 'deny',
} as const;
const waiver = { name: 'w', owner: 'o', reason: 'r', until: '2027-01-01' };

t.test('reviews and findings are counted by what became of them', async (t) => {
  const metrics = createMetrics(sources());
  const decisions: Decision[] = [
    allowed,
    {
      ...allowed,
      allowed: false,
      findings: [finding, { ...finding, waiver }, { ...finding, rule: 'gate/held', standing: true }],
    },
    { ...allowed, warnings: ['careful'], findings: [{ ...finding, action: 'warn' }] },
  ];
  let time = 0;
  const { send } = await startServer(t, {
    observers: [metrics.observe],
    elapsed: () => (time += 30),
    reviewer: {
      validate: async () => {
        const decision = decisions.shift();
        if (!decision) throw new Error('broken');
        return decision;
      },
      mutate: async () => ({ ...allowed, patch: [{ op: 'add', path: '/a', value: 1 }], findings: [finding] }),
    },
  });
  for (let i = 0; i < 4; i += 1) await send('/validate', { body: review() });
  await send('/mutate', { body: review({ operation: 'UPDATE' }) });
  await send('/validate', { body: review({ object: 7 }) });
  await send('/validate', { body: 'nothing' });
  t.same(await lines(metrics, 'tollgate_reviews_total'), [
    'tollgate_reviews_total{webhook="validate",operation="CREATE",kind="Namespace",decision="allowed"} 1',
    'tollgate_reviews_total{webhook="validate",operation="CREATE",kind="Namespace",decision="denied"} 1',
    'tollgate_reviews_total{webhook="validate",operation="CREATE",kind="Namespace",decision="warned"} 1',
    'tollgate_reviews_total{webhook="validate",operation="CREATE",kind="Namespace",decision="failed"} 1',
    'tollgate_reviews_total{webhook="mutate",operation="UPDATE",kind="Namespace",decision="patched"} 1',
    'tollgate_reviews_total{webhook="validate",operation="unknown",kind="unknown",decision="failed"} 1',
  ]);
  t.same(await lines(metrics, 'tollgate_findings_total'), [
    'tollgate_findings_total{webhook="validate",rule="mesh/inject-missing",action="deny"} 1',
    'tollgate_findings_total{webhook="validate",rule="mesh/inject-missing",action="waived"} 1',
    'tollgate_findings_total{webhook="validate",rule="gate/held",action="warn"} 1',
    'tollgate_findings_total{webhook="validate",rule="mesh/inject-missing",action="warn"} 1',
    'tollgate_findings_total{webhook="mutate",rule="mesh/inject-missing",action="patch"} 1',
  ]);
  const durations = await lines(metrics, 'tollgate_review_duration_seconds');
  t.ok(durations.includes('tollgate_review_duration_seconds_bucket{le="0.025",webhook="validate"} 0'));
  t.ok(durations.includes('tollgate_review_duration_seconds_bucket{le="0.05",webhook="validate"} 5'));
  t.ok(durations.includes('tollgate_review_duration_seconds_count{webhook="mutate"} 1'));
});

t.test('whoever reaches the port cannot make numbers without end', async (t) => {
  const metrics = createMetrics(sources());
  const { send } = await startServer(t, { observers: [metrics.observe] });
  for (let i = 0; i < 100; i += 1)
    await send('/validate', { body: review({ kind: { group: '', version: 'v1', kind: `Kind${i}` } }) });
  const counted = await lines(metrics, 'tollgate_reviews_total');
  t.equal(counted.length, 65);
  t.ok(
    counted.includes(
      'tollgate_reviews_total{webhook="validate",operation="CREATE",kind="other",decision="allowed"} 36',
    ),
  );
});

t.test('what is known of the cluster, and how well', async (t) => {
  let resources = [
    { resource: 'namespaces', synced: true, objects: 12, lastContactAt: now.getTime() - 30_500 },
    { resource: 'tiers.projectcalico.org', synced: false, objects: 0, lastContactAt: undefined },
  ];
  let pods: number | undefined = 50_000;
  const metrics = createMetrics(
    sources({
      ready: () => false,
      resources: () => resources,
      namespaces: () => [{ direction: 'egress', coverage: 'open', count: 2 }],
      auditFindings: () => [{ rule: 'mesh/opt-out', action: 'deny', count: 3 }],
      namespaceFindings: () => [{ namespace: 'shop', rule: 'mesh/opt-out', action: 'deny', count: 3 }],
      conventionFindings: () => [{ convention: 'plain', rule: 'mesh/opt-out', action: 'deny', count: 3 }],
      auditAges: () => [{ part: 'pods', seconds: 61.5 }],
      auditedPods: () => pods,
      stage: 'observe',
      configurations: () => [{ kind: 'validating', present: true, trusted: true, unchanged: false }],
    }),
  );
  metrics.countHandshake('TLSv1.3');
  metrics.countHandshakeFailure('untrusted');
  metrics.countTurnedAway();
  metrics.countConfirmation('confirmed');
  metrics.countFailedRead();
  const shown = await lines(metrics, 'tollgate_');
  t.match(
    shown.filter((line) => line.startsWith('tollgate_heap')),
    [/^tollgate_heap_used_bytes \d+$/, /^tollgate_heap_limit_bytes \d+$/],
  );
  t.same(
    shown.filter((line) => !line.startsWith('tollgate_heap')),
    [
      'tollgate_patches_withheld_total 0',
      ...(await lines(metrics, 'tollgate_review_duration_seconds')),
      'tollgate_confirmation_reads_total{outcome="confirmed"} 1',
      'tollgate_confirmation_reads_total{outcome="changed"} 0',
      'tollgate_confirmation_reads_total{outcome="failed"} 0',
      'tollgate_events_total{outcome="written"} 0',
      'tollgate_events_total{outcome="dropped"} 0',
      'tollgate_events_total{outcome="failed"} 0',
      'tollgate_reports_total{outcome="written"} 0',
      'tollgate_reports_total{outcome="removed"} 0',
      'tollgate_reports_total{outcome="failed"} 0',
      'tollgate_audit_failed_reads_total 1',
      'tollgate_tls_connections_total{version="TLSv1.2"} 0',
      'tollgate_tls_connections_total{version="TLSv1.3"} 1',
      'tollgate_tls_handshake_failures_total{reason="untrusted"} 1',
      'tollgate_tls_handshake_failures_total{reason="version"} 0',
      'tollgate_tls_handshake_failures_total{reason="cipher"} 0',
      'tollgate_tls_handshake_failures_total{reason="timeout"} 0',
      'tollgate_tls_handshake_failures_total{reason="other"} 0',
      'tollgate_unauthenticated_reviews_total 1',
      'tollgate_last_review_timestamp_seconds{webhook="validate"} 0',
      'tollgate_last_review_timestamp_seconds{webhook="mutate"} 0',
      'tollgate_connections_closed_for_room_total 3',
      'tollgate_build_info{version="1.2.3"} 1',
      'tollgate_ready 0',
      'tollgate_reviews_in_flight 3',
      'tollgate_stage{stage="observe"} 1',
      'tollgate_webhook_configuration{kind="validating",check="present"} 1',
      'tollgate_webhook_configuration{kind="validating",check="trusted"} 1',
      'tollgate_webhook_configuration{kind="validating",check="unchanged"} 0',
      'tollgate_view_gaps 1',
      'tollgate_certificate_days 9.5',
      'tollgate_view_synced{resource="namespaces"} 1',
      'tollgate_view_synced{resource="tiers.projectcalico.org"} 0',
      'tollgate_view_objects{resource="namespaces"} 12',
      'tollgate_view_objects{resource="tiers.projectcalico.org"} 0',
      'tollgate_view_age_seconds{resource="namespaces"} 30.5',
      'tollgate_convention_problems 1',
      'tollgate_convention_in_force{name="baseline",generation="3",hash="0c42cd0e1795"} 1',
      'tollgate_namespaces{direction="egress",coverage="open"} 2',
      'tollgate_audit_findings{rule="mesh/opt-out",action="deny"} 3',
      'tollgate_audit_namespace_findings{namespace="shop",rule="mesh/opt-out",action="deny"} 3',
      'tollgate_audit_convention_findings{convention="plain",rule="mesh/opt-out",action="deny"} 3',
      'tollgate_audit_age_seconds{part="pods"} 61.5',
      'tollgate_audit_pods 50000',
    ],
  );
  pods = undefined;
  t.same(await lines(metrics, 'tollgate_audit_pods'), [], 'another replica audits');
  resources = resources.slice(0, 1);
  t.same(
    await lines(metrics, 'tollgate_view_synced'),
    ['tollgate_view_synced{resource="namespaces"} 1'],
    'what is no longer followed is no longer shown',
  );
  t.ok((await lines(metrics, 'process_resident_memory_bytes')).length > 0);
});

t.test('metrics are served on a port of their own', async (t) => {
  const server = await served(t);
  const answer = await fetch(`${server}/metrics`);
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  t.match(await answer.text(), /^# HELP tollgate_ready Whether this replica wants reviews\.$/m);
  const review = await fetch(`${server}/validate`, { method: 'POST', body: '{}' });
  t.equal(review.status, 404);
  t.match(await review.json(), { kind: 'Status', message: 'there is no POST /validate' });
});

async function served(t: Test): Promise<string> {
  const server = createMetricsServer(createMetrics(sources()), pino({ level: 'silent' }));
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => server.close());
  return `http://127.0.0.1:${port}`;
}

t.test('a patch that was left out is counted', async (t) => {
  const metrics = createMetrics(sources());
  const withheld = { writer: 'operator', rules: ['mesh/inject-missing'] };
  const { send } = await startServer(t, {
    observers: [metrics.observe],
    reviewer: { validate: () => allowed, mutate: () => ({ ...allowed, withheld }) },
  });
  await send('/mutate', { body: review() });
  await send('/validate', { body: review() });
  t.same(await lines(metrics, 'tollgate_patches_withheld_total'), ['tollgate_patches_withheld_total 1']);
});
