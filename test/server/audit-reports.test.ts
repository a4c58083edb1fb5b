import { pino } from 'pino';
import t, { type Test } from 'tap';
import { composeReports, reportName } from '../../src/application/serve/audit/audit-reports.ts';
import { createAudits } from '../../src/application/serve/audit/audits.ts';
import { createApiConnection } from '../../src/cluster/connection/api-connection.ts';
import type { AuditFindings } from '../../src/engine/audit-findings.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { conventions } from '../support/conventions.ts';
import { createFakeApiServer, fault } from '../support/fake-api-server.ts';
import { createManualSchedule } from '../support/manual-schedule.ts';
import { deployment, namespace, pod } from '../support/objects.ts';

const now = () => new Date('2026-11-30T12:00:00Z');
const out = { annotations: { 'linkerd.io/inject': 'disabled' } };
const set = conventions({ labels: [], rules: { 'policy/dns-blocked': 'off' } });

async function started(t: Test) {
  const api = await createFakeApiServer();
  api.serve(
    { group: '', version: 'v1', resource: 'pods', kind: 'Pod' },
    { group: 'openreports.io', version: 'v1alpha1', resource: 'reports', kind: 'Report' },
    { group: 'openreports.io', version: 'v1alpha1', resource: 'clusterreports', kind: 'ClusterReport' },
  );
  const connection = createApiConnection({
    server: api.url,
    userAgent: 'test',
    credentials: async () => ({ headers: {}, tls: {} }),
  });
  t.teardown(async () => {
    connection.close();
    await api.close();
  });
  return { api, connection };
}

t.test(
  'each namespace has a report of what the audit finds in it, by the gate that runs there',
  async (t) => {
    const { api, connection } = await started(t);
    const schedule = createManualSchedule();
    const outcomes: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const reports = composeReports(
      {
        connection,
        // The time that a request has is not over before the request.
        schedule: {
          ...schedule,
          pause: (time, signal) => schedule.pause(time === 4_000 ? 40_000 : time, signal),
        },
        namespace: 'tollgate-system',
        leads: () => true,
        now,
        onOutcome: (outcome) => {
          outcomes.push(outcome);
          if (outcomes.length === 2) resolve();
        },
      },
      pino({ level: 'silent' }),
    );
    t.teardown(reports.close);
    const finding = {
      rule: 'mesh/opt-out',
      action: 'deny',
      object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'quiet' },
      pointer: '',
      message: 'outside the mesh',
      count: 1,
    } as const;
    const found: AuditFindings = {
      namespaces: new Map([
        ['shop', { shown: [finding], total: 1 }],
        ['', { shown: [finding], total: 1 }],
        ['yard', { shown: [], total: 0 }],
      ]),
      counts: [],
      byConvention: [],
    };
    reports.tell(found);
    reports.start();
    await promise;
    const at = '/apis/openreports.io/v1alpha1';
    const labels = { 'app.kubernetes.io/managed-by': 'tollgate', 'tollgate.dev/gate': 'tollgate-system' };
    t.match(api.get(`${at}/namespaces/shop/reports/${reportName}`), {
      metadata: { labels },
      source: 'tollgate',
      summary: { fail: 1 },
      results: [{ policy: 'mesh/opt-out', timestamp: { seconds: now().getTime() / 1000 } }],
    });
    t.match(api.get(`${at}/clusterreports/${reportName}`), { metadata: { labels } });
    t.same(outcomes, ['written', 'written']);
  },
);

t.test('nothing is reported before objects and pods were looked at, or pods cannot be', async (t) => {
  for (const isForbidden of [false, true]) {
    const { api, connection } = await started(t);
    api.put(pod('quiet', 'shop', out));
    const schedule = createManualSchedule();
    const { inventory } = createInventoryStore({ mode: 'v3crd' }, [
      namespace('shop'),
      deployment('web', 'shop', out),
    ]);
    const seen: (readonly string[] | undefined)[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const { promise: audited, resolve: tellAudited } = Promise.withResolvers<void>();
    const audits = createAudits(
      {
        connection,
        inventory,
        conventions: () => set,
        isWanted: () => true,
        now,
        schedule,
        events: undefined,
        onFailedRead: resolve,
        onAudit: () => {
          const findings = audits.wholeFindings();
          seen.push(findings?.namespaces.get('shop')?.shown.map(({ object }) => object.kind));
          if (seen.length === 2) resolve();
          tellAudited();
        },
      },
      pino({ level: 'silent' }),
    );
    if (isForbidden) api.outage(fault.status(403));
    t.equal(audits.wholeFindings(), undefined);
    audits.start();
    await Promise.all([promise, audited]);
    if (isForbidden) {
      const kinds = audits
        .wholeFindings()
        ?.namespaces.get('shop')
        ?.shown.map(({ object }) => object.kind);
      t.same(kinds?.toSorted(), ['Deployment', 'Namespace']);
    } else {
      t.equal(seen[0], undefined, 'one part alone');
      t.same(seen[1]?.toSorted(), ['Deployment', 'Namespace', 'Pod']);
    }
    api.outage();
    await audits.close();
  }
});
