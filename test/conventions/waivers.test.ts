import t from 'tap';
import { reportAnnotationWaivers } from '../../src/conventions/waiver/annotation-notices.ts';
import { loadConventions } from '../../src/conventions/load-conventions.ts';
import { reportWaivers } from '../../src/conventions/waiver-report.ts';
import { createWaiverCounter, sumOfCounts } from '../../src/conventions/waiver/waiver-count.ts';
import { countsInStatus, knownCounts } from '../../src/conventions/waiver-status.ts';
import type { ConventionSet } from '../../src/conventions/convention-set.ts';

const rules = [{ id: 'gate/default-deny-missing' }, { id: 'mesh/inject-missing' }] as const;
const now = new Date('2026-11-20T12:00:00Z');
const shop = { name: 'shop', labels: { team: 'a' } };
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout' };

const good = {
  rules: ['mesh/inject-missing'],
  match: { namespaces: ['shop'] },
  owner: 'team-a',
  reason: 'raw TCP',
  until: '2027-03-31',
};

function setOf(waivers: readonly object[], terms: object = {}, ...more: readonly object[]): ConventionSet {
  const documents = [
    { kind: 'ConventionPolicy', metadata: { name: 'baseline' }, spec: { mesh: {}, waivers: terms } },
    ...more.map((spec, index) => ({ kind: 'ConventionPolicy', metadata: { name: `more-${index}` }, spec })),
    ...waivers.map((spec, index) => ({ kind: 'Waiver', metadata: { name: `w${index}` }, spec })),
  ];
  const sources = documents.map((document) => ({
    file: 'policy.yaml',
    value: { apiVersion: 'tollgate.dev/v1alpha1', ...document },
  }));
  const { set, problems } = loadConventions(sources, rules);
  if (!set) throw new Error(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return set;
}

const finding = (object = deployment, rule: (typeof rules)[number]['id'] = 'mesh/inject-missing') => ({
  rule,
  object,
});
const waives = (spec: object, terms: object = {}, time = now) =>
  setOf([{ ...good, ...spec }], terms).waiverFor(finding(), shop, time) !== undefined;

t.test('a waiver that matches says whose it is, why and until when', async (t) => {
  const waiver = setOf([{ ...good, ticket: 'OPS-1', approvedBy: 'sec' }]).waiverFor(finding(), shop, now);
  t.match(waiver, {
    name: 'w0',
    owner: 'team-a',
    reason: 'raw TCP',
    until: '2027-03-31',
    ticket: 'OPS-1',
    approvedBy: 'sec',
  });
});

t.test('everything that a waiver says of its objects must hold', async (t) => {
  t.ok(waives({ match: { namespaces: ['sh*'] } }));
  t.notOk(waives({ match: { namespaces: ['ship', 'sho', 'shops'] } }));
  t.ok(waives({ match: { namespaceSelector: { matchLabels: { team: 'a' } } } }));
  t.notOk(waives({ match: { namespaceSelector: { matchLabels: { team: 'b' } } } }));
  t.ok(waives({ match: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } } }));
  t.ok(waives({ match: { kinds: ['Deployment'] } }));
  t.ok(waives({ match: { kinds: ['Deployment.apps'] } }));
  t.notOk(waives({ match: { kinds: ['Deployment.example.com', 'Pod'] } }));
  t.ok(waives({ match: { names: ['check*'] } }));
  t.notOk(waives({ match: { names: ['check?'] } }));
  t.notOk(waives({ match: { namespaces: ['shop'], kinds: ['Deployment'], names: ['other'] } }));
  t.ok(waives({ match: { namespaces: ['shop'], kinds: ['Deployment'], names: ['other', 'checkout'] } }));
});

t.test('a waiver covers the rules that it names', async (t) => {
  t.notOk(waives({ rules: ['gate/default-deny-missing'] }));
  t.ok(waives({ rules: ['gate/default-deny-missing', 'mesh/inject-missing'] }));
});

t.test('what is only said of namespaces covers nothing outside them', async (t) => {
  const policy = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', name: 'deny' };
  const outside = (match: object) =>
    setOf([{ ...good, rules: ['gate/default-deny-missing'], match }]).waiverFor(
      { rule: 'gate/default-deny-missing', object: policy },
      undefined,
      now,
    ) !== undefined;
  t.ok(outside({ kinds: ['GlobalNetworkPolicy'] }));
  t.notOk(outside({ kinds: ['GlobalNetworkPolicy'], namespaces: ['*'] }));
  t.notOk(outside({ namespaceSelector: {} }));
});

t.test('a waiver counts from its first day through its last, UTC', async (t) => {
  const on = (time: string, spec = {}) => waives(spec, {}, new Date(time));
  t.ok(on('2027-03-31T23:59:59.999Z'));
  t.notOk(on('2027-04-01T00:00:00Z'));
  t.notOk(on('2026-12-31T23:59:59.999Z', { from: '2027-01-01' }));
  t.ok(on('2027-01-01T00:00:00Z', { from: '2027-01-01' }));
});

t.test('a waiver that does not suit the convention does not count', async (t) => {
  t.notOk(waives({}, { never: ['mesh/inject-missing'] }));
  t.notOk(waives({}, { never: ['mesh/*'] }));
  t.ok(waives({}, { never: ['gate/*'] }));
  t.notOk(waives({ rules: ['mesh/*'] }));
  t.ok(waives({ rules: ['mesh/*'] }, { wholeGroups: true }));
  t.notOk(waives({}, { requiredFields: ['ticket'] }));
  t.ok(waives({ ticket: 'OPS-1' }, { requiredFields: ['ticket'] }));
  t.notOk(waives({ approvedBy: 'x', ticket: 'y' }, { requiredFields: ['approvedBy', 'from'] }));
});

t.test('maxDays counts from the first day, without which a waiver never counts', async (t) => {
  t.notOk(waives({ until: '2026-11-29' }, { maxDays: 10 }), 'it must not begin to count by itself');
  t.ok(waives({ from: '2026-11-20', until: '2026-11-29' }, { maxDays: 10 }));
  t.notOk(waives({ until: '2026-11-30' }, { maxDays: 10 }));
  t.notOk(waives({ from: '2026-11-01', until: '2026-11-25' }, { maxDays: 10 }));
  t.ok(waives({ from: '2026-11-16', until: '2026-11-25' }, { maxDays: 10 }));
});

t.test('outside namespaces a waiver must suit every convention', async (t) => {
  const object = { apiVersion: 'projectcalico.org/v3', kind: 'Tier', name: 'platform' };
  const strict = { priority: 1, mesh: {}, waivers: { never: ['gate/default-deny-missing'] } };
  const spec = { ...good, rules: ['gate/default-deny-missing'], match: { kinds: ['Tier'] } };
  const ask = (set: ConventionSet) =>
    set.waiverFor({ rule: 'gate/default-deny-missing', object }, undefined, now) !== undefined;
  t.ok(ask(setOf([spec])));
  t.notOk(ask(setOf([spec], {}, strict)));
});

const key = 'waive.tollgate.dev/mesh.inject-missing';

t.test('an object carries its own waiver only where the convention allows it', async (t) => {
  const annotations = { [key]: 'until=2026-12-31 by=@dba ticket=OPS-114 raw TCP  protocol' };
  const allowed = setOf([], { byAnnotation: true });
  t.strictSame(allowed.waiverFor(finding(), shop, now, annotations), {
    name: `annotation ${key}`,
    owner: '@dba',
    reason: 'raw TCP protocol',
    rules: ['mesh/inject-missing'],
    until: '2026-12-31',
    ticket: 'OPS-114',
  });
  t.equal(allowed.waiverFor(finding(), shop, now), undefined);
  t.equal(allowed.waiverFor(finding(), shop, new Date('2027-01-01T00:00:00Z'), annotations), undefined);
  t.equal(
    allowed.waiverFor(finding(deployment, 'gate/default-deny-missing'), shop, now, annotations),
    undefined,
  );
  t.equal(allowed.waiverFor(finding(), { ...shop, name: 'kube-system' }, now, annotations), undefined);
  t.equal(setOf([]).waiverFor(finding(), shop, now, annotations), undefined);
  const strict = setOf([], { byAnnotation: true, maxDays: 10 });
  t.equal(strict.waiverFor(finding(), shop, now, annotations), undefined);
});

t.test('an annotation that says too little waives nothing', async (t) => {
  const allowed = setOf([], { byAnnotation: true });
  const waived = (text: string) => allowed.waiverFor(finding(), shop, now, { [key]: text }) !== undefined;
  for (const text of [
    '',
    'true',
    'until=2026-12-31',
    'until=2026-12-31 by=me',
    'by=me because',
    'until=2026-12-31 because',
    'until=2026-02-30 by=me because',
    'until=2026-12-31 by=me from=soon because',
    'because until=2026-12-31 by=me',
  ]) {
    t.notOk(waived(text), text);
  }
  t.ok(waived('by=me until=2026-12-31 because'));
});

t.test('an annotation that waives nothing says why', async (t) => {
  const known = ['mesh/inject-missing', 'gate/default-deny-missing'];
  const said = (annotations: Record<string, string>, terms: object = { byAnnotation: true }) =>
    reportAnnotationWaivers(annotations, setOf([], terms).conventions[0], known, now).map(
      ({ pointer, message }) => [pointer, message.replace(/^the annotation \S+ waives nothing: /, '')],
    );
  const ends = (text: string) =>
    reportAnnotationWaivers(
      { [key]: text },
      setOf([], { byAnnotation: true }).conventions[0],
      known,
      now,
    ).map(({ rule, message, expected }) => [rule, message, expected]);
  const pointer = '/metadata/annotations/waive.tollgate.dev~1mesh.inject-missing';
  t.strictSame(said({ [key]: 'until=2026-12-31 by=me because', other: 'x' }), []);
  t.strictSame(said({ [key]: 'true' }), [[pointer, 'it has no until=YYYY-MM-DD; it has no by=OWNER']]);
  const message = (text: string, terms?: object) => said({ [key]: text }, terms)[0]?.[1];
  t.equal(message('until=2026-12-31 by=me'), 'it gives no reason');
  t.equal(message('until=2026-02-30 by=me why'), 'its until "2026-02-30" is no day written YYYY-MM-DD');
  const renew = 'renew it with a new "until", or repair what it covers and delete it';
  t.strictSame(ends('until=2026-11-19 by=me why'), [
    [
      'waiver/expired',
      `the waiver in its annotation ${key} ended on 2026-11-19, so it no longer counts`,
      renew,
    ],
  ]);
  t.strictSame(ends('until=2026-11-22 by=me why'), [
    ['waiver/expires-soon', `the waiver in its annotation ${key} ends on 2026-11-22, in 2 days`, renew],
  ]);
  t.strictSame(ends('until=2026-12-31 from=2026-12-01 by=me why'), [], 'its time has yet to come');
  t.equal(message('until=2026-12-31 by=me why', {}), 'convention "baseline" allows no waivers by annotation');
  t.equal(
    message('until=2026-12-31 by=me why', { byAnnotation: true, never: ['mesh/*'] }),
    'nothing may waive mesh/inject-missing under convention "baseline"',
  );
  t.equal(
    message('until=2026-12-31 by=me why', { byAnnotation: true, requiredFields: ['ticket'] }),
    'it has no ticket, which the convention requires',
  );
  t.strictSame(said({ 'waive.tollgate.dev/mesh.inject-mising': 'until=2026-12-31 by=me why' }), [
    [
      '/metadata/annotations/waive.tollgate.dev~1mesh.inject-mising',
      'there is no rule "mesh/inject-mising"; did you mean "mesh/inject-missing"?',
    ],
  ]);
  t.equal(
    said({ 'waive.tollgate.dev/waiver.expired': 'until=2026-12-31 by=me why' })[0]?.[1],
    'there is no rule "waiver/expired"',
    'of rules that are not known',
  );
  const all = [...known, 'waiver/expired'];
  const [refused] = reportAnnotationWaivers(
    { 'waive.tollgate.dev/waiver.expired': 'until=2026-12-31 by=me why' },
    setOf([], { byAnnotation: true }).conventions[0],
    all,
    now,
  );
  t.match(refused?.message, /nothing may waive waiver\/expired/);
  t.strictSame(reportAnnotationWaivers({ [key]: '' }, undefined, known, now), []);
});

t.test('a finding says why the waiver that is about it does not cover it', async (t) => {
  const lapse = (spec: object, terms: object = {}, time = now) =>
    setOf([{ ...good, ...spec }], terms).lapseFor(finding(), shop, time);
  t.equal(lapse({}), undefined, 'it does cover it');
  t.equal(lapse({ match: { names: ['other'] } }), undefined, 'it is about another object');
  t.equal(lapse({ until: '2026-11-19' }), 'waiver "w0" of team-a ended on 2026-11-19');
  t.equal(lapse({ from: '2026-11-21' }), 'waiver "w0" of team-a begins on 2026-11-21');
  t.equal(
    lapse({}, { requiredFields: ['ticket'] }),
    'waiver "w0" of team-a does not count: it has no ticket, which the convention requires',
  );
  t.equal(
    lapse({}, { never: ['mesh/*'] }),
    'waiver "w0" of team-a does not count: nothing may waive mesh/inject-missing',
  );
  t.equal(
    lapse({ rules: ['mesh/*'] }),
    'waiver "w0" of team-a does not count: it names the whole group mesh/*, and only single rules may be waived',
  );
  const two = setOf([
    { ...good, until: '2026-11-10' },
    { ...good, until: '2026-11-18' },
  ]);
  t.match(
    two.lapseFor(finding(), shop, now),
    /"w1" of team-a ended on 2026-11-18/,
    'the one that lasted longest',
  );
});

t.test('what is to be said about waivers', async (t) => {
  const set = setOf(
    [
      good,
      { ...good, from: '2026-11-01', until: '2026-11-19' },
      { ...good, from: '2026-11-01', until: '2026-11-20' },
      { ...good, from: '2026-11-01', until: '2026-11-21' },
      { ...good, from: '2026-11-01', until: '2026-12-04' },
      { ...good, from: '2026-11-01', until: '2026-12-05' },
      { ...good, rules: ['mesh/*', 'gate/default-deny-missing'], from: '2026-11-01', until: '2026-12-20' },
    ],
    { maxDays: 60, never: ['gate/default-deny-missing'] },
  );
  const said = reportWaivers(set, now, undefined, { used: new Set(['w4']) });
  t.strictSame(
    said.map(({ rule, message, pointer }) => [rule, pointer, message]),
    [
      [
        'waiver/incomplete',
        '/spec',
        'waiver "w0" of team-a does not count under convention "baseline": it has no from, so how long it lasts is not known, and the convention allows 60 days',
      ],
      ['waiver/expired', '/spec/until', 'waiver "w1" of team-a ended on 2026-11-19, so it no longer counts'],
      ['waiver/expires-soon', '/spec/until', 'waiver "w2" of team-a ends on 2026-11-20, which is today'],
      [
        'waiver/unused',
        '/spec/match',
        'waiver "w2" of team-a covers nothing: no finding of mesh/inject-missing matches it',
      ],
      ['waiver/expires-soon', '/spec/until', 'waiver "w3" of team-a ends on 2026-11-21, which is tomorrow'],
      [
        'waiver/unused',
        '/spec/match',
        'waiver "w3" of team-a covers nothing: no finding of mesh/inject-missing matches it',
      ],
      ['waiver/expires-soon', '/spec/until', 'waiver "w4" of team-a ends on 2026-12-04, in 14 days'],
      [
        'waiver/unused',
        '/spec/match',
        'waiver "w5" of team-a covers nothing: no finding of mesh/inject-missing matches it',
      ],
      [
        'waiver/incomplete',
        '/spec',
        'waiver "w6" of team-a does not count under convention "baseline": it names the whole group mesh/*, and only single rules may be waived',
      ],
      [
        'waiver/incomplete',
        '/spec',
        'waiver "w6" of team-a does not count under convention "baseline": nothing may waive gate/default-deny-missing',
      ],
    ],
  );
});

t.test('conventions set the action of what is said about waivers', async (t) => {
  const documents = [
    {
      kind: 'ConventionPolicy',
      metadata: { name: 'baseline' },
      spec: { mesh: {}, rules: { 'waiver/*': 'off', 'waiver/expired': { ci: 'deny' } } },
    },
    { kind: 'Waiver', metadata: { name: 'ended' }, spec: { ...good, until: '2026-11-19' } },
    { kind: 'Waiver', metadata: { name: 'ending' }, spec: { ...good, until: '2026-11-21' } },
  ];
  const { set } = loadConventions(
    documents.map((document) => ({
      file: 'policy.yaml',
      value: { apiVersion: 'tollgate.dev/v1alpha1', ...document },
    })),
    rules,
  );
  const said = set && reportWaivers(set, now).map(({ rule, action, waiver }) => [rule, action, waiver.name]);
  t.strictSame(said, [['waiver/expired', 'deny', 'ended']]);
  t.strictSame(set && reportWaivers(set, now, undefined, undefined, 'audit'), []);
});

t.test('a waiver is measured by the conventions of the namespaces it could be about', async (t) => {
  const strict = {
    priority: 1,
    mesh: {},
    namespaces: { selector: { matchLabels: { tier: 'regulated' } } },
    waivers: { requiredFields: ['ticket'] },
  };
  const set = setOf([good], {}, strict);
  const rulesSaid = (...namespaces: Parameters<typeof set.governing>[0][]) =>
    reportWaivers(set, now, namespaces).map(({ rule, message }) => [rule, /"more-0"/.test(message)]);
  t.strictSame(rulesSaid(shop, { name: 'bank', labels: { tier: 'regulated' } }), []);
  t.strictSame(rulesSaid({ name: 'shop', labels: { tier: 'regulated' } }), [['waiver/incomplete', true]]);
  t.strictSame(rulesSaid(), [['waiver/incomplete', true]], 'nothing known of them: all have their say');
});

t.test('a status says what a waiver covers in the whole cluster, and what of it is dead', async (t) => {
  const { waivers } = setOf([
    { ...good, match: { namespaces: ['shop', 'till'], names: ['web', 'old'] } },
    { ...good, match: { namespaces: ['shop'] } },
  ]);
  const [listed, idle] = waivers;
  if (!listed || !idle) throw new Error('two waivers');
  const web = { ...deployment, name: 'web' };
  const count = (...findings: readonly { readonly object: typeof web }[]) => {
    const counter = createWaiverCounter(waivers);
    counter.add(findings.map(({ object }) => ({ object, waivers: [listed.name] })));
    return counter.counts();
  };
  const pods = count({ object: { ...web, kind: 'Pod', name: 'web-1' } });
  const counts = sumOfCounts([count({ object: web }, { object: web }), pods]);
  const status = { findings: 3, objects: 2, namespaces: 1, deadNames: ['till', 'old'] };
  t.same(countsInStatus(listed, counts), status);
  t.same(countsInStatus(idle, counts), { findings: 0, objects: 0, namespaces: 0 });
  t.equal(countsInStatus(idle, undefined), undefined, 'nobody has counted');
  t.same(knownCounts({ ...status, conditions: [] }), status);
  t.same(knownCounts({ findings: 'x' }), {});
});
