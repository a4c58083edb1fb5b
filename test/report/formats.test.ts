import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import type { Log } from 'sarif';
import t from 'tap';
import * as v from 'valibot';
import { fingerprintsOf } from '../../src/report/fingerprint.ts';
import { type FormatName, formatNames, formats } from '../../src/report/formats.ts';
import { jsonReport } from '../../src/report/json-schema.ts';
import type { Report, ReportedFinding, ReportedObject } from '../../src/report/report.ts';

const web: ReportedObject = {
  reference: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  file: 'deploy/all, of it.yaml',
};
const policy: ReportedObject = {
  reference: { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', name: 'deny' },
  file: '<stdin>',
  source: 'gate/templates/deny.yaml',
};
const quiet: ReportedObject = {
  reference: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'fine' },
  file: 'deploy/all, of it.yaml',
};

const missing: ReportedFinding = {
  finding: {
    rule: 'mesh/inject-missing',
    object: web.reference,
    pointer: '/spec/template/metadata/annotations/linkerd.io~1inject',
    message: 'Deployment "shop/web": 100 % of its pods\n::error::would run outside the mesh',
    expected: 'linkerd.io/inject: enabled',
    fix: [{ pointer: '/spec/template/metadata/annotations/linkerd.io~1inject', value: 'enabled' }],
    action: 'warn',
    deniesFrom: '2027-01-01',
  },
  severity: 'warning',
  subject: web,
  place: { line: 14, column: 5, endLine: 14, endColumn: 13 },
  frame: [
    { number: 13, text: '  template:' },
    { number: 14, text: '    metadata:' },
    { number: 15, text: '      labels: {app: web}' },
  ],
  admission: 'add',
  valueFingerprint: '0123456789abcdef0123456789abcdef',
  witnessWord: 'because',
  replacements: [
    {
      line: 14,
      column: 14,
      endLine: 14,
      endColumn: 14,
      text: '\n      annotations:\n        linkerd.io/inject: enabled',
    },
  ],
};

const open: ReportedFinding = {
  finding: {
    rule: 'gate/default-deny-missing',
    object: policy.reference,
    pointer: '/spec/selector',
    message: 'namespace "shop": ingress is not denied by default',
    found: 'selector: has(app) && <all> `of` them]]>',
    witness: 'pod {}',
    action: 'deny',
  },
  severity: 'error',
  subject: policy,
  place: { line: 3, column: 8, endLine: 4, endColumn: 2 },
  frame: [{ number: 3, text: `\tab\tselector: \u001B[31m${'x'.repeat(200)}` }],
  admission: 'refuse',
  valueFingerprint: '0123456789abcdef0123456789abcdef',
  witnessWord: 'escapes',
};

const lab: ReportedObject = {
  reference: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'lab', name: 'try' },
  file: 'lab.yaml',
  ungoverned: true,
};

const waived: ReportedFinding = {
  finding: {
    rule: 'data/opaque-port',
    object: web.reference,
    pointer: '',
    message: 'Deployment "shop/web" speaks MySQL',
    action: 'deny',
    waiver: { name: 'legacy', owner: 'team-files', reason: 'replaced in Q1', until: '2027-03-31' },
  },
  severity: 'waived',
  subject: web,
  place: { line: 20, column: 301, endLine: 20, endColumn: 306 },
  frame: [{ number: 20, text: `{${'"a": 1, '.repeat(37)}   "web": ${'"z", '.repeat(40)}}` }],
  admission: 'admit',
  valueFingerprint: '0123456789abcdef0123456789abcdef',
  witnessWord: 'because',
};

const report: Report = {
  version: '1.2.3',
  findings: [missing, waived, open],
  objects: [web, quiet, policy, lab],
  notJudged: [
    {
      id: 'manifest/template',
      file: 'chart/a.yaml',
      line: 4,
      column: 9,
      reason: 'it is a template that has not been rendered',
      remedy: 'render it first',
    },
    {
      id: 'manifest/template',
      file: 'chart/b.yaml',
      line: 1,
      column: 1,
      reason: 'it is a template that has not been rendered',
      remedy: 'render it first',
    },
    {
      id: 'manifest/syntax',
      file: '<stdin>',
      line: 9,
      column: 1,
      reason: 'it is no YAML: \u0007 & "so on"',
      source: 'chart/c.yaml',
    },
  ],
  foreign: [
    {
      id: 'manifest/no-object',
      file: 'values.yaml',
      line: 1,
      column: 1,
      reason: 'it has neither apiVersion nor kind',
    },
  ],
  rules: [
    { id: 'gate/default-deny-missing', title: 'A namespace has no default-deny', action: 'deny' },
    { id: 'mesh/inject-missing', title: 'A workload would run outside the mesh', action: 'warn' },
    { id: 'data/opaque-port', title: 'A port is not opaque', action: 'off' },
  ],
  fileNames: [],
  tally: {
    files: 34,
    judged: 61,
    otherKinds: 12,
    otherKindNames: [
      { kind: 'ConfigMap', count: 11, makesPods: false },
      { kind: 'Redis.redis.redis.opstreelabs.in', count: 1, makesPods: true },
    ],
    ungoverned: 1,
    assumedNamespace: { name: 'default', objects: 3 },
  },
  notices: [
    {
      rule: 'waiver/expires-soon',
      severity: 'warning',
      message: 'waiver "legacy" of team-files ends on 2027-03-31, in 9 days',
      expected: 'renew it with a new "until", or repair what it covers and delete it',
      file: 'tollgate.yaml',
      line: 12,
      column: 3,
    },
  ],
  early: [],
  fixCommand: 'tollgate fix deploy/',
  calico: { mode: 'v3crd', modeFrom: 'assumed', version: '3.31', versionFrom: 'convention' },
  basis: { now: '2026-12-01T00:00:00.000Z', conventions: [], remarks: [] },
  exitCode: 3,
};

const empty: Report = {
  ...report,
  findings: [],
  objects: [quiet],
  notJudged: [],
  foreign: [],
  notices: [],
  tally: {
    files: 1,
    judged: 1,
    otherKinds: 0,
    otherKindNames: [],
    ungoverned: 0,
    assumedNamespace: { name: 'default', objects: 0 },
  },
  exitCode: 0,
};

async function print(format: FormatName, given: Report, color = false): Promise<string> {
  const write = await formats[format]();
  return write(given, { color });
}

const update = process.env.TOLLGATE_GOLDEN_UPDATE === '1';

/** The text of a file that is to be equal to something; written first where that is asked for. */
function expected(file: string, actual: string): string {
  if (update) writeFileSync(file, actual);
  return readFileSync(file, 'utf8');
}

for (const format of formatNames) {
  t.test(`${format}, word for word`, async (t) => {
    for (const [name, given] of Object.entries({ full: report, empty })) {
      const printed = await print(format, given);
      t.equal(printed, expected(join(import.meta.dirname, 'expected', `${name}.${format}`), printed), name);
    }
  });
}

t.test('only text has colours, and only where they are wanted', async (t) => {
  for (const format of formatNames) {
    // the escape in a source line is not ours to print
    const [plain, colored] = [await print(format, report), await print(format, report, true)];
    t.equal(plain.includes('\u001B['), false, format);
    t.equal(colored.includes('\u001B['), format === 'text', format);
  }
});

t.test('a network of IPv6 is shown as it is written, and no line begins with two colons', async (t) => {
  const given = { ...missing, finding: { ...missing.finding, found: '::/0\n::error::' } };
  const printed = await print('text', { ...report, findings: [given] });
  t.match(printed, /^ {2}found: ::\/0\n {2}: :error::$/m);
});

t.test('the JSON keeps to its published schema', async (t) => {
  for (const given of [report, empty]) v.parse(jsonReport, JSON.parse(await print('json', given)));
  const schema = `${JSON.stringify(toJsonSchema(jsonReport), undefined, 2)}\n`;
  t.equal(schema, expected(join(import.meta.dirname, '../../docs/report.schema.json'), schema));
  t.throws(() => v.parse(jsonReport, { ...JSON.parse('{}'), schema: 'tollgate.dev/report/v2' }));
});

t.test('SARIF holds what GitHub takes, the errors first, and says what it leaves out', async (t) => {
  const many = { ...report, findings: [...Array.from({ length: 5001 }, () => missing), open] };
  const { runs } = JSON.parse(await print('sarif', many)) as Log;
  const [run] = runs;
  t.equal(run?.results?.length, 5000);
  t.equal(run?.results?.[0]?.ruleId, 'gate/default-deny-missing');
  t.match(
    run?.invocations?.[0]?.toolExecutionNotifications?.at(-1)?.message.text,
    /^2 further findings are left out/,
  );
});

t.test('a fingerprint outlives a move to another line, and tells equal findings apart', async (t) => {
  const moved: ReportedFinding = { ...missing, place: { line: 99, column: 1, endLine: 99, endColumn: 2 } };
  const other: ReportedFinding = { ...missing, finding: { ...missing.finding, pointer: '/spec' } };
  const [first, second] = fingerprintsOf([missing.finding, moved.finding]);
  t.not(first, second, 'two findings of one rule at one place');
  t.same(fingerprintsOf([moved.finding]), [first]);
  t.notSame(fingerprintsOf([other.finding]), [first]);
});
