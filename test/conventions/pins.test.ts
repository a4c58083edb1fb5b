import t from 'tap';
import { isPinned, mismatchInWords, type Pinnable } from '../../src/conventions/waiver/pin.ts';
import { denies } from '../../src/engine/judgement.ts';
import { pinnableOf } from '../../src/facts/waiver/pinnable.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { referenceOf } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsAmong, findingsAtAdmission } from '../support/findings.ts';
import { deployment, namespace, networkPolicy } from '../support/objects.ts';

const waiver = (rule: string, spec: object) => ({
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'Waiver',
  metadata: { name: 'pinned' },
  spec: {
    rules: [rule],
    match: { namespaces: ['shop', 'till'] },
    owner: 'team-a',
    reason: 'the old database',
    until: '2027-03-31',
    ...spec,
  },
});
const skips = (ports: string): KubernetesObject =>
  deployment('web', 'shop', {
    annotations: { 'linkerd.io/inject': 'enabled', 'config.linkerd.io/skip-outbound-ports': ports },
  });
const pinnable = (said: Partial<Pinnable>): Pinnable => ({
  found: [],
  directions: [],
  families: [],
  fingerprint: '0'.repeat(32),
  ...said,
});

t.test('a pin covers what it says and nothing that is more', async (t) => {
  const cases: readonly (readonly [object, Partial<Pinnable>, boolean])[] = [
    [{ found: '3306' }, { found: ['ports: "3306"', '3306'] }, true],
    [{ found: '3306' }, { found: ['ports: "13306"', '13306'] }, false],
    [{ found: '3306' }, {}, false],
    [{ port: 3306 }, { found: ['ports: "3306"', '3306'] }, true],
    [{ port: '3000-4000' }, { found: ['3306, 3307-3309'] }, true],
    [{ port: '3306' }, { found: ['25,3306'] }, false],
    [{ port: '25,3306' }, { found: ['3306'] }, true],
    [{ port: '1-100' }, { found: ['90-110'] }, false],
    [{ port: 3306 }, { found: ['mysql'] }, false],
    [{ direction: 'Egress' }, { directions: ['Egress'] }, true],
    [{ direction: 'Egress' }, { directions: ['Ingress', 'Egress'] }, false],
    [{ direction: 'Egress' }, {}, false],
    [{ family: 'IPv6' }, { families: ['IPv6'] }, true],
    [{ family: 'IPv6' }, { families: ['IPv4', 'IPv6'] }, false],
    [{ container: 'web' }, { container: 'web' }, true],
    [{ container: 'web' }, {}, false],
    [{ fingerprint: '0'.repeat(32) }, {}, true],
    [{ fingerprint: '1'.repeat(32) }, {}, false],
    [{ found: '1', container: 'web' }, { found: ['1'], container: 'api' }, false],
  ];
  for (const [pin, said, covered] of cases)
    t.equal(isPinned([pin], pinnable(said)), covered, JSON.stringify([pin, said]));
});

t.test('what a waiver is for and what was found stand in one sentence', async (t) => {
  const found = pinnable({ found: ['ports: "1-65535"', '1-65535'], directions: ['Ingress', 'Egress'] });
  t.equal(mismatchInWords([{ found: '3306' }], found), 'is for 3306, and this is 1-65535');
  t.equal(
    mismatchInWords([{ direction: 'Egress' }, { port: 25 }], found),
    'is for egress or port 25, and this is 1-65535, ingress and egress',
  );
  t.equal(
    mismatchInWords([{ container: 'web' }], found),
    'is for container "web", and this is another finding',
  );
});

t.test('another value is refused, with what the waiver is for', async (t) => {
  const set = conventions(
    { rules: { 'mesh/bypass': 'deny' } },
    waiver('mesh/bypass', { findings: [{ found: '3306' }] }),
  );
  const of = (ports: string) =>
    findingsAmong('mesh/bypass', [namespace('shop'), skips(ports)], { conventions: set });
  t.match(of('3306'), [
    { waiver: { name: 'pinned' }, found: 'config.linkerd.io/skip-outbound-ports: "3306"' },
  ]);
  const [wide] = of('1-65535');
  t.ok(wide && denies(wide));
  t.equal(wide?.lapsed, 'waiver "pinned" of team-a is for 3306, and this is 1-65535');
});

t.test('two findings of one rule and object are waived one by one', async (t) => {
  const set = conventions({}, waiver('mesh/bypass', { findings: [{ found: '3306' }] }));
  const web = deployment('web', 'shop', {
    annotations: {
      'linkerd.io/inject': 'enabled',
      'config.linkerd.io/skip-outbound-ports': '3306',
      'config.linkerd.io/skip-inbound-ports': '8080',
    },
  });
  const findings = findingsAmong('mesh/bypass', [namespace('shop'), web], { conventions: set });
  t.same(Object.fromEntries(findings.map((finding) => [finding.found, finding.waiver !== undefined])), {
    'config.linkerd.io/skip-inbound-ports: "8080"': false,
    'config.linkerd.io/skip-outbound-ports: "3306"': true,
  });
});

t.test('a direction or family that is open besides is not waived', async (t) => {
  const of = (pin: object, types: readonly string[], extra: object = {}) => {
    const set = conventions({}, waiver('gate/default-deny-missing', { findings: [pin] }));
    const policy = networkPolicy('deny', 'shop', { types, ...extra });
    const [finding] = findingsAmong('gate/default-deny-missing', [namespace('shop'), policy], {
      conventions: set,
    });
    return finding?.waiver ? 'waived' : (finding?.lapsed ?? 'not found');
  };
  t.equal(of({ direction: 'Egress' }, ['Ingress']), 'waived');
  t.equal(
    of({ direction: 'Ingress' }, ['Ingress']),
    'waiver "pinned" of team-a is for ingress, and this is egress',
  );
  const overIpv6 = {
    egress: [{ action: 'Allow', ipVersion: 6 }],
  };
  t.equal(of({ family: 'IPv6' }, ['Ingress', 'Egress'], overIpv6), 'waived');
  t.match(of({ family: 'IPv4' }, ['Ingress', 'Egress'], overIpv6), /is for IPv4, and this is IPv6/);
  t.match(of({ family: 'IPv6' }, ['Ingress']), /is for IPv6, and this is IPv4 and IPv6/);
});

t.test('of the namespaces that a change opens each is waived by itself', async (t) => {
  const policy = (types: readonly string[]) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: 'deny' },
    spec: { types },
  });
  const egressStays = networkPolicy('egress', 'shop', { types: ['Egress'] });
  const objects = [namespace('shop'), namespace('till'), policy(['Ingress', 'Egress']), egressStays];
  const set = conventions({}, waiver('gate/default-deny-lost', { findings: [{ direction: 'Ingress' }] }));
  const findings = findingsAtAdmission(
    'gate/default-deny-lost',
    { operation: 'DELETE', object: policy(['Ingress', 'Egress']) },
    objects,
    { conventions: set },
  );
  t.equal(findings.length, 2);
  t.same(Object.fromEntries(findings.map(({ namespace: name, waiver: by }) => [name, by?.name])), {
    shop: 'pinned',
    till: undefined,
  });
});

t.test('a wide rule is told apart for namespaces with and without a waiver', async (t) => {
  const spec = { match: { namespaces: ['shop'] } };
  const set = conventions({}, waiver('gate/wide-hole', spec));
  const object = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: 'wide' },
    spec: {
      types: ['Ingress', 'Egress'],
      ingress: [{ action: 'Allow', protocol: 'TCP' }],
    },
  };
  const findings = findingsAtAdmission(
    'gate/wide-hole',
    { operation: 'CREATE', object },
    [namespace('shop'), namespace('till')],
    { conventions: set },
  );
  t.equal(findings.length, 2);
  t.same(Object.fromEntries(findings.map(({ namespace: name, waiver: by }) => [name, by?.name])), {
    shop: 'pinned',
    till: undefined,
  });
});

t.test('a fingerprint is of a value, and of a long one as it is written', async (t) => {
  const of = (ports: string) => {
    const object = skips(ports);
    const pointer = '/spec/template/metadata/annotations/config.linkerd.io~1skip-outbound-ports';
    const found = `config.linkerd.io/skip-outbound-ports: "${ports.slice(0, 200)}"`;
    return pinnableOf({ rule: 'mesh/bypass', object: referenceOf(object), pointer, found }, object);
  };
  t.equal(of('3306').fingerprint, of('3306').fingerprint);
  t.not(of('3306').fingerprint, of('3307').fingerprint);
  const long = Array.from({ length: 60 }, (_, index) => 1000 + index).join(',');
  t.not(of(`${long},1`).fingerprint, of(`${long},2`).fingerprint);
  t.equal(isPinned([{ found: of(`${long},1`).found[0] ?? '' }], of(`${long},2`)), false);
});

const lapse = (terms: object, spec: object) => {
  const set = conventions(
    { waivers: terms },
    waiver('mesh/bypass', { match: { names: ['web'], namespaces: ['shop'] }, ...spec }),
  );
  const [finding] = findingsAmong('mesh/bypass', [namespace('shop'), skips('3306')], { conventions: set });
  return finding?.waiver ? 'waived' : (finding?.lapsed ?? 'not found').replace(/^.*does not count: /, '');
};

t.test('a convention says how wide a waiver may be', async (t) => {
  const cases: readonly (readonly [string, object, object])[] = [
    ['waived', { mustName: ['namespaces', 'names'], globs: false, maxObjects: 1 }, {}],
    ['its match names no kinds, which the convention requires', { mustName: ['kinds'] }, {}],
    ['it has wildcards (w*), which the convention forbids', { globs: false }, { match: { names: ['w*'] } }],
    [
      'it names 4 objects, and the convention allows 3',
      { maxObjects: 3 },
      { match: { namespaces: ['shop', 'till'], names: ['web', 'api'] } },
    ],
    [
      'it does not name its objects one by one, and the convention allows 3',
      { maxObjects: 3 },
      { match: { namespaces: ['shop'] } },
    ],
    [
      'it does not name its objects one by one, and the convention allows 3',
      { maxObjects: 3 },
      { match: { namespaces: ['sho?'], names: ['web'] } },
    ],
    [
      'it lists no findings, and the convention has mesh/bypass waived only for those that are listed',
      { mustPin: ['mesh/bypass'] },
      {},
    ],
    [
      'it lists no findings, and the convention has mesh/bypass waived only for those that are listed',
      { mustPin: ['mesh/*'] },
      {},
    ],
    ['waived', { mustPin: ['gate/*'] }, {}],
    ['waived', { mustPin: ['mesh/bypass'] }, { findings: [{ port: 3306 }] }],
    ['nobody has approved it, and the convention names who may: security', { approvers: ['security'] }, {}],
    [
      '"team-a" may not approve it, and the convention names who may: security',
      { approvers: ['security'] },
      { approvedBy: 'team-a' },
    ],
    ['waived', { approvers: ['security', 'ada'] }, { approvedBy: 'ada' }],
  ];
  for (const [expected, terms, spec] of cases)
    t.equal(lapse(terms, spec), expected, JSON.stringify([terms, spec]));
});

t.test('a namespace is named by its namespace, and what lives outside them names none', async (t) => {
  const strict = { mustName: ['namespaces', 'names'], globs: false, maxObjects: 1 };
  const ofNamespace = conventions(
    { waivers: strict },
    waiver('gate/default-deny-missing', { match: { namespaces: ['shop'], kinds: ['Namespace'] } }),
  );
  t.match(findingsAmong('gate/default-deny-missing', [namespace('shop')], { conventions: ofNamespace }), [
    { waiver: { name: 'pinned' } },
  ]);
  const tier = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', name: 'deny' };
  const outside = conventions({ waivers: strict }, waiver('policy/invalid', { match: { names: ['deny'] } }));
  t.ok(outside.waiverFor({ rule: 'policy/invalid', object: tier }, undefined, new Date('2026-12-01')));
});
