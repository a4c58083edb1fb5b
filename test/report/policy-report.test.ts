import t from 'tap';
import type { AuditFinding, AuditFindings } from '../../src/engine/audit-findings.ts';
import { openReports, policyReports, reportPath } from '../../src/kubernetes/report-api.ts';
import {
  leftOutAnnotation,
  policyReportOf,
  reportBounds,
  reportObject,
} from '../../src/report/policy-report/policy-report.ts';
import type { ReportResult } from '../../src/report/policy-report/report-result.ts';

const quiet: AuditFinding = {
  rule: 'mesh/opt-out',
  action: 'deny',
  object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'quiet' },
  uid: 'uid-quiet',
  pointer: '/metadata/annotations/linkerd.io~1inject',
  message: 'Pod "shop/quiet": its pods would run outside the mesh',
  witness: 'it says so',
  remedy: 'linkerd.io/inject: enabled',
  count: 1,
};
const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const legacy = { name: 'legacy', owner: 'team-a', reason: 'until Q1', until: '2027-03-31', ticket: 'T-1' };
const at = Date.UTC(2026, 11, 1);
const labels = { 'app.kubernetes.io/managed-by': 'tollgate' };

function found(
  shown: readonly AuditFinding[],
  { namespace = 'shop', total = shown.length } = {},
): AuditFindings {
  return { namespaces: new Map([[namespace, { shown, total }]]), counts: [], byConvention: [] };
}

const reportsOf = ({ namespaces }: AuditFindings) =>
  [...namespaces].flatMap(([name, found]) => policyReportOf(name, found, 'tollgate-audit', at) ?? []);
const objectsOf = (findings: AuditFindings, api = openReports, most?: number) =>
  reportsOf(findings).map((report) => reportObject(report, api, labels, most));
const resultsOf = (findings: AuditFindings): readonly ReportResult[] =>
  reportsOf(findings).flatMap(({ results }) => results);

t.test('a finding is a result that says what, where, why and what to write instead', async (t) => {
  const [report] = objectsOf(found([quiet]));
  t.match(report, {
    apiVersion: 'openreports.io/v1alpha1',
    kind: 'Report',
    metadata: { name: 'tollgate-audit', namespace: 'shop', labels },
    source: 'tollgate',
    summary: { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 },
  });
  t.notOk(report?.metadata.annotations);
  const [result] = resultsOf(found([quiet]));
  t.match(result?.properties.fingerprint, /^[0-9a-f]{64}$/);
  t.match(result?.properties.resultID, /^[0-9a-f]{64}$/);
  t.same(
    { ...result, properties: { ...result?.properties, fingerprint: '', resultID: '' } },
    {
      source: 'tollgate',
      policy: 'mesh/opt-out',
      category: 'mesh',
      severity: 'high',
      result: 'fail',
      scored: true,
      timestamp: { seconds: at / 1000, nanos: 0 },
      resources: [{ ...quiet.object, uid: 'uid-quiet' }],
      message: quiet.message,
      properties: {
        witness: 'it says so',
        expected: 'linkerd.io/inject: enabled',
        field: quiet.pointer,
        fingerprint: '',
        resultID: '',
      },
    },
  );
});

t.test('what becomes of a finding is its result', async (t) => {
  const table = [
    [{ action: 'deny' }, { result: 'fail', severity: 'high', scored: true }],
    [
      { action: 'warn', deniesFrom: '2027-01-01' },
      { result: 'warn', severity: 'medium', scored: false, properties: { deniesFrom: '2027-01-01' } },
    ],
    [
      { action: 'waived', waiver: legacy },
      {
        result: 'skip',
        severity: 'info',
        scored: false,
        properties: { waiver: /legacy of team-a until 2027-03-31: until Q1/, waiverTicket: 'T-1' },
      },
    ],
    [
      { action: 'deny', lapsed: 'waiver "legacy" has ended' },
      { result: 'fail', properties: { notWaived: 'waiver "legacy" has ended' } },
    ],
  ] as const satisfies readonly (readonly [Partial<AuditFinding>, object])[];
  for (const [given, expected] of table)
    t.match(resultsOf(found([{ ...quiet, ...given }]))[0], expected, given.action);
});

t.test('of pods of one owner the owner is named, whichever of them was found first', async (t) => {
  const of = (name: string) => ({ ...quiet, object: { ...quiet.object, name }, count: 3, owner: web });
  const [one] = resultsOf(found([of('web-1')]));
  const [other] = resultsOf(found([of('web-2')]));
  t.same(one?.resources, [web]);
  t.equal(one?.properties.pods, '3');
  t.equal(one?.properties.resultID, other?.properties.resultID);
});

t.test(
  'results have ids of their own, the same each time and in whatever order they were found',
  async (t) => {
    const second = { ...quiet, message: 'and another' };
    const warning = { ...quiet, action: 'warn' } as const;
    const ids = (findings: AuditFindings) => resultsOf(findings).map(({ properties }) => properties.resultID);
    const all = ids(found([quiet, second, warning]));
    t.equal(new Set(all).size, 3);
    t.same(ids(found([warning, second, quiet])), all);
    t.not(
      ids(found([quiet]))[0],
      ids(found([quiet], { namespace: 'yard' }))[0],
      'readers keep those of all reports together',
    );
    t.not(ids(found([quiet]))[0], ids(found([warning]))[0], 'what has become worse is news');
  },
);

t.test('both APIs, and what is outside of all namespaces', async (t) => {
  const policy = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', name: 'wide' };
  const wide = found([{ ...quiet, object: policy }], { namespace: '' });
  const table = [
    [openReports, found([quiet]), 'openreports.io/v1alpha1', 'Report', true],
    [openReports, wide, 'openreports.io/v1alpha1', 'ClusterReport', true],
    [policyReports, found([quiet]), 'wgpolicyk8s.io/v1alpha2', 'PolicyReport', false],
    [policyReports, wide, 'wgpolicyk8s.io/v1alpha2', 'ClusterPolicyReport', false],
  ] as const;
  for (const [api, findings, apiVersion, kind, hasSource] of table) {
    const [object] = objectsOf(findings, api);
    t.match(object, { apiVersion, kind });
    t.equal('source' in (object ?? {}), hasSource, 'wgpolicyk8s.io has no such field there');
    t.equal(object?.metadata.namespace !== undefined, findings !== wide, kind);
  }
  t.equal(
    reportPath(openReports, openReports.report, 'shop'),
    '/apis/openreports.io/v1alpha1/namespaces/shop/reports',
  );
  t.equal(
    reportPath(policyReports, policyReports.clusterReport),
    '/apis/wgpolicyk8s.io/v1alpha2/clusterpolicyreports',
  );
});

const many = (count: number, message = 'outside the mesh') =>
  Array.from({ length: count }, (_, index) => ({
    ...quiet,
    object: { ...quiet.object, name: `quiet-${index}` },
    message,
  }));

t.test('a report is bounded, the worst come first, and the rest is counted', async (t) => {
  const waived = { ...quiet, action: 'waived', waiver: legacy } as const;
  const table = [
    ['too many', found([waived, ...many(reportBounds.results)]), reportBounds.results, 1],
    ['not all shown', found(many(2), { total: 312 }), 2, 310],
    ['one less asked for', found(many(4)), 4, 0],
  ] as const;
  for (const [name, findings, listed, leftOut] of table) {
    const [object] = objectsOf(findings);
    const results = object?.['results'] as readonly ReportResult[];
    t.equal(results.filter(({ policy }) => policy === quiet.rule).length, listed, name);
    t.equal(results[0]?.result, 'fail', name);
    t.equal(
      object?.metadata.annotations?.[leftOutAnnotation],
      leftOut === 0 ? undefined : String(leftOut),
      name,
    );
    const last = results.at(-1);
    if (leftOut > 0)
      t.match(last, { policy: 'report/left-out', result: 'skip', message: new RegExp(`^${leftOut} more`) });
    else t.equal(last?.policy, quiet.rule, name);
    t.match(object?.['summary'], { fail: listed, skip: leftOut > 0 ? 1 : 0 }, name);
  }
  const [half] = objectsOf(found(many(4)), openReports, 2);
  t.equal(half?.metadata.annotations?.[leftOutAnnotation], '2');
});

t.test(
  'long texts do not make a report that etcd refuses, and none shows what cannot be printed',
  async (t) => {
    const long = many(400, 'ü'.repeat(1000)).map((one) => ({ ...one, witness: 'ü'.repeat(5000) }));
    const [object] = objectsOf(found(long));
    const size = Buffer.byteLength(JSON.stringify(object));
    t.ok(size < reportBounds.bytes + 10_000 && size > reportBounds.bytes / 2, `${size} bytes`);
    t.ok(Number(object?.metadata.annotations?.[leftOutAnnotation]) > 0);
    const [result] = resultsOf(found([{ ...quiet, message: 'red \u001B[31m', witness: 'x'.repeat(2000) }]));
    t.equal(result?.message, String.raw`red \u001b[31m`);
    t.equal(result?.properties.witness?.length, 1000);
  },
);

t.test('where nothing is found there is no report', async (t) => {
  t.same(
    objectsOf({ namespaces: new Map([['shop', { shown: [], total: 0 }]]), counts: [], byConvention: [] }),
    [],
  );
});
