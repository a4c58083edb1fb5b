import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openReports, policyReports, type ReportApi, reportPath } from '../../src/kubernetes/report-api.ts';
import { installCustomResources } from './custom-resources.ts';
import { startGatedCluster } from './gated-cluster.ts';
import { namespace, workload } from './objects.ts';
import { until } from './until.ts';
import { accepted } from './verdict.ts';

const conventions = `
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: baseline }
spec:
  calico: { mode: v3crd }
  namespaces: { selector: {}, exclude: [kube-system, kube-public, kube-node-lease, default, linkerd] }
  defaultDeny: { directions: [Ingress, Egress], onMissing: hold }
  mesh: { inject: enabled }
  rules: { mesh/proxy-missing: off, mesh/control-plane-blocked: off }
`;
const optedOut = (name: string) => {
  const { apiVersion, kind, metadata, spec } = workload('Deployment', 'b', name);
  const { template } = spec as { readonly template: { readonly metadata: object } };
  const annotations = { 'linkerd.io/inject': 'disabled' };
  const own = { ...template, metadata: { ...template.metadata, annotations } };
  return { apiVersion, kind, metadata, spec: { ...spec, template: own } };
};
const cluster = await startGatedCluster({
  conventions,
  customResources: ['calico/v3', 'calico/v1', 'linkerd', 'openreports'],
  // With the rights that the chart gives for it, and no more.
  values: { 'reports.enabled': 'true' },
  args: ['--reports', '--audit-page'],
  before: async ({ apply }) => {
    await apply([namespace('b'), optedOut('quiet'), optedOut('silent')]);
  },
});
t.teardown(() => cluster.stop());
const { kubectl, controlPlane } = cluster;
const { api } = controlPlane;
const name = 'tollgate-audit';

interface StoredReport {
  readonly source?: string;
  readonly summary: { readonly fail: number };
  readonly results: readonly Readonly<Record<string, unknown>>[];
}

interface Finding {
  readonly rule: string;
  readonly object: { readonly kind: string; readonly name: string };
}

/** What `/audit.json` holds. */
interface Served {
  readonly namespaces: readonly { readonly namespace: string; readonly findings: readonly Finding[] }[];
}

const inWords = ({ rule, object }: Finding) => `${rule} ${object.kind}/${object.name}`;

/** Runs a command of tollgate to its end. */
function tollgate(cwd: string, ...args: readonly string[]) {
  const launch = join(import.meta.dirname, '..', '..', 'src', 'launch.mjs');
  return spawnSync(process.execPath, [launch, ...args], { cwd, encoding: 'utf8' });
}

const reportIn = async (of: ReportApi, space: string): Promise<StoredReport | undefined> => {
  const { status, body } = await api.call('GET', `${reportPath(of, of.report, space)}/${name}`);
  return status === 200 ? (body as unknown as StoredReport) : undefined;
};
const rulesOf = (report: StoredReport | undefined) => report?.results.map(({ policy }) => policy) ?? [];

/** The report of namespace b, once it tells of the workloads and of the namespace. */
const wholeReport = (of: ReportApi) =>
  until(`the ${of.report.kind} of namespace b`, async () => {
    const report = await reportIn(of, 'b');
    const rules = rulesOf(report);
    return rules.includes('mesh/opt-out') && rules.includes('gate/default-deny-missing') ? report : undefined;
  });

t.test(
  'what the audit finds is a Report in its namespace, of which the API server drops nothing',
  async (t) => {
    const report = await wholeReport(openReports);
    t.equal(report.source, 'tollgate');
    const result = report.results.find(
      ({ policy, message }) => policy === 'mesh/opt-out' && String(message).includes('b/quiet'),
    );
    t.match(result, {
      source: 'tollgate',
      category: 'mesh',
      result: 'fail',
      severity: 'high',
      scored: true,
      resources: [{ kind: 'Deployment', namespace: 'b', name: 'quiet', uid: /./ }],
      timestamp: { seconds: Number, nanos: 0 },
      properties: {
        fingerprint: /^[0-9a-f]{64}$/,
        resultID: /^[0-9a-f]{64}$/,
        expected: String,
      },
    });
    const table = await kubectl(['get', 'reports.openreports.io', '--namespace=b', '--no-headers']);
    t.match(table.stdout, new RegExp(`^${name} +0 +${report.summary.fail} `), 'kubectl shows the numbers');
  },
);

t.test('the page and its JSON say the same', async (t) => {
  const at = new URL('/audit.json', cluster.tollgate().metrics);
  const { namespaces } = (await (await fetch(at)).json()) as Served;
  const found = namespaces.find(({ namespace: of }) => of === 'b')?.findings ?? [];
  t.equal(found.length, (await reportIn(openReports, 'b'))?.results.length);
  const page = await (await fetch(new URL('/audit', at))).text();
  t.match(page, 'Deployment b/quiet');
});

t.test('from outside the audit finds the same', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-audit-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'tollgate.yaml'), conventions);
  const kubeconfig = `--kubeconfig=${controlPlane.kubeconfig}`;
  const { status, stdout, stderr } = tollgate(folder, 'audit', '--live', kubeconfig, '-o', 'json');
  t.equal(status, 1, stderr);
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
  const served = await fetch(new URL('/audit.json', cluster.tollgate().metrics));
  const { namespaces } = (await served.json()) as Served;
  t.same(findings.map(inWords).toSorted(), namespaces.flatMap((one) => one.findings.map(inWords)).toSorted());
});

t.test('what has not changed is not written again, and who deletes a report gets it back', async (t) => {
  const path = `${reportPath(openReports, openReports.report, 'b')}/${name}`;
  const before = await api.get(path);
  accepted(t, await kubectl(['label', 'namespace', 'b', 'tier=gold']));
  t.equal((await cluster.apply([namespace('c')])).code, 0, 'with a warning');
  await until('the Report of the new namespace', () => reportIn(openReports, 'c'));
  t.equal((await api.get(path))?.metadata.resourceVersion, before?.metadata.resourceVersion);

  accepted(t, await kubectl(['delete', 'reports.openreports.io', name, '--namespace=c']));
  await cluster.tollgate().stop();
  await cluster.restartTollgate();
  await until('the Report of c again', () => reportIn(openReports, 'c'));
  t.equal((await api.get(path))?.metadata.resourceVersion, before?.metadata.resourceVersion, 'taken over');
});

t.test('what is gone is no longer in the report', async (t) => {
  const names = async () => JSON.stringify((await reportIn(openReports, 'b'))?.results);
  t.match(await names(), 'b/quiet');
  accepted(t, await kubectl(['delete', 'deployment', 'quiet', '--namespace=b']));
  await until('the Deployment to be out of the Report', async () => !(await names()).includes('b/quiet'), {
    seconds: 90,
  });
  t.notMatch(cluster.tollgate().log(), 'a report of the audit cannot be written');
});

t.test('where only the API of the working group is served, it is PolicyReports', async (t) => {
  await cluster.tollgate().stop();
  const definitions = ['reports.openreports.io', 'clusterreports.openreports.io'];
  accepted(t, await kubectl(['delete', 'customresourcedefinition', ...definitions]));
  await installCustomResources(controlPlane, ['wgpolicyk8s']);
  await cluster.restartTollgate();
  const report = await wholeReport(policyReports);
  const result = report.results.find(({ policy }) => policy === 'mesh/opt-out');
  t.match(result, {
    source: 'tollgate',
    scored: true,
    timestamp: { nanos: 0 },
    properties: { field: /inject/ },
  });
});

t.test('what `check` writes in either form is taken by kubectl as it is', async (t) => {
  await installCustomResources(controlPlane, ['openreports', 'wgpolicyk8s']);
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-reports-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'quiet.yaml'), JSON.stringify(optedOut('quiet')));
  writeFileSync(join(folder, 'broken.yaml'), 'apiVersion: v1\nkind: Pod\nmetadata: { name: [ }\n');
  for (const format of ['openreports', 'policyreport']) {
    const check = tollgate(folder, 'check', '-o', format);
    t.equal(check.status, 3, check.stderr);
    const applied = await kubectl(['apply', '--validate=strict', '--filename=-'], { stdin: check.stdout });
    accepted(t, applied, format);
    t.equal(applied.stderr, '');
    t.equal(applied.stdout.trim().split('\n').length, 2, 'of the namespace, and of what was not judged');
  }
});
