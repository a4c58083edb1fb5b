import t from 'tap';
import { commandLine, conventions, deployment } from './command-line.ts';

const suite = (cases: string, head = 'suite: labels at the gate\n') => `${head}given:
  conventions: [tollgate.yaml]
  objects:
    - { apiVersion: v1, kind: Namespace, metadata: { name: shop } }
cases:
${cases}`;

const refused = `  - name: a workload without its label
    review: { operation: CREATE, object: web.yaml, user: alice, groups: [dev] }
    expect:
      decision: deny
      rules: [label/required-missing]
      message: /no label (team|owner)/
      patch: [{ op: add, path: /spec/template/metadata/annotations, value: { linkerd.io/inject: enabled } }]
`;

const files = {
  'tollgate.yaml': conventions,
  'web.yaml': deployment('web'),
  'api.yaml': deployment('api', { team: 'a' }),
};
const named = (text: string) => ({ ...files, 'labels.tollgate-test.yaml': text });

t.test('cases that get what they expect pass', async (t) => {
  const allowed = `  - name: a workload with its label
    review: { operation: CREATE, object: api.yaml }
    expect: { decision: allow, warns: [], waived: [], warnings: 0 }
  - name: manifests
    manifests: [api.yaml]
    expect: { decision: allow, warns: [mesh/inject-missing], warnings: [no linkerd.io/inject annotation] }
  - name: what is found, among others
    review: { operation: CREATE, object: web.yaml }
    expect: { finds: [label/required-missing, mesh/inject-missing], silent: [label/value] }
`;
  const { tollgate } = commandLine(t, named(suite(refused + allowed)));
  const { exitCode, stdout, stderr } = await tollgate(['test']);
  t.equal(
    stdout,
    [
      'labels at the gate (labels.tollgate-test.yaml)',
      '  ok    a workload without its label',
      '  ok    a workload with its label',
      '  ok    manifests',
      '  ok    what is found, among others',
      '',
      '4 cases in 1 suite: 4 passed, 0 failed',
      '',
    ].join('\n'),
  );
  t.equal(exitCode, 0);
  t.equal(stderr, '');
});

t.test('cases that get something else fail, and say what', async (t) => {
  const { tollgate } = commandLine(
    t,
    named(
      suite(`  - name: everything wrong
    review: { operation: CREATE, object: web.yaml }
    expect:
      decision: allow
      rules: []
      warns: [label/value]
      waived: [label/value]
      finds: [label/value, mesh/inject-missing]
      silent: [label/required-missing]
      message: [no label team, /nothing of the kind/]
      warnings: 2
      patch: []
`),
    ),
  );
  const { exitCode, stdout } = await tollgate(['test']);
  t.equal(exitCode, 1);
  t.equal(
    stdout,
    [
      'labels at the gate (labels.tollgate-test.yaml)',
      '  FAIL  everything wrong (labels.tollgate-test.yaml:7)',
      '          decision: expected allow',
      '                    found    deny',
      '            label/required-missing: Deployment "shop/web": the pod template has no label team',
      '              because: no value was found in the namespace label team',
      '              expected: team: <value> at /spec/template/metadata/labels',
      '              more: tollgate explain label/required-missing',
      '          rules: expected none',
      '                 found    label/required-missing',
      '          warns: expected label/value',
      '                 found    none',
      '          waived: expected label/value',
      '                  found    none',
      '          finds: expected label/value, mesh/inject-missing',
      '                 found    label/required-missing, mesh/inject-missing',
      '          silent: expected label/required-missing',
      '                  found    label/required-missing, mesh/inject-missing',
      '          message: expected /nothing of the kind/',
      '                   found    label/required-missing: Deployment "shop/web": the pod template has no label team',
      '              because: no value was found in the namespace label team',
      '              expected: team: <value> at /spec/template/metadata/labels',
      '              more: tollgate explain label/required-missing',
      '          warnings: expected 2',
      '                    found    0: none',
      '          patch: expected []',
      '                 found    [{"path":"/spec/template/metadata/annotations","op":"add","value":{"linkerd.io/inject":"enabled"}}]',
      '',
      '1 case in 1 suite: 0 passed, 1 failed',
      '',
    ].join('\n'),
  );
});

t.test('--update puts what was found into the file and leaves the rest of it alone', async (t) => {
  const wrong = suite(`  # keep this comment
  - name: wrong
    review: { operation: CREATE, object: web.yaml }
    expect: { decision: allow, rules: [], patch: web.patch.json } # and this one
`);
  const { tollgate, read } = commandLine(t, { ...named(wrong), 'web.patch.json': '[]' });
  const updated = await tollgate(['test', '--update']);
  t.equal(updated.exitCode, 0);
  t.match(updated.stderr, 'the expectations that failed say now what was found');
  t.equal(
    read('labels.tollgate-test.yaml'),
    wrong.replace('decision: allow, rules: []', 'decision: deny, rules: [label/required-missing]'),
  );
  t.match(JSON.parse(read('web.patch.json')), [{ op: 'add', path: '/spec/template/metadata/annotations' }]);
  t.equal((await tollgate(['test'])).exitCode, 0);
});

t.test('an update or deletion is judged against what is given', async (t) => {
  const namespace = (labels: string) =>
    `{ apiVersion: v1, kind: Namespace, metadata: { name: blog, labels: ${labels} } }`;
  const policy = `{ apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: { name: deny }, spec: { namespaceSelector: closed == "yes", types: [Ingress, Egress] } }`;
  const { tollgate } = commandLine(t, {
    'gate.tollgate-test.yaml': `suite: the last default-deny
given:
  conventions:
    - { apiVersion: tollgate.dev/v1alpha1, kind: ConventionPolicy, metadata: { name: gate }, spec: { defaultDeny: {} } }
  objects:
    - ${namespace('{ closed: "yes" }')}
    - ${policy}
cases:
  - name: the label goes
    review: { operation: UPDATE, object: ${namespace('{}')} }
    expect: { decision: deny, rules: [gate/default-deny-lost] }
  - name: the policy goes
    review: { operation: DELETE, object: ${policy} }
    expect: { decision: deny, rules: [gate/default-deny-lost] }
  - name: the namespace was never closed
    review: { operation: UPDATE, object: ${namespace('{}')}, oldObject: ${namespace('{ a: b }')} }
    expect: { decision: allow }
`,
  });
  const { exitCode, stdout } = await tollgate(['test']);
  t.equal(exitCode, 0, stdout);
});

t.test('the clock of a case decides about waivers and announced rules', async (t) => {
  const { tollgate } = commandLine(t, {
    ...files,
    'waiver.yaml': `apiVersion: tollgate.dev/v1alpha1
kind: Waiver
metadata: { name: legacy }
spec:
  rules: [label/required-missing]
  match: { namespaces: [shop] }
  owner: me
  reason: because
  until: 2026-12-31
`,
    'labels.tollgate-test.yaml': suite(`  - name: in time
    given: { clock: 2026-12-31T23:59:59Z, conventions: [tollgate.yaml, waiver.yaml] }
    review: { operation: CREATE, object: web.yaml }
    expect: { decision: allow, waived: [label/required-missing] }
  - name: too late
    given: { clock: 2027-01-01, conventions: [tollgate.yaml, waiver.yaml] }
    review: { operation: CREATE, object: web.yaml }
    expect: { decision: deny, waived: [] }
`),
  });
  const { exitCode, stdout } = await tollgate(['test']);
  t.equal(exitCode, 0, stdout);
});

t.test('a case says which waiver covers it and which convention governs', async (t) => {
  const given = 'given: { clock: 2026-12-01, conventions: [tollgate.yaml, waiver.yaml] }';
  const review = 'review: { operation: CREATE, object: web.yaml }';
  const { tollgate } = commandLine(t, {
    ...files,
    'waiver.yaml': `apiVersion: tollgate.dev/v1alpha1
kind: Waiver
metadata: { name: legacy }
spec:
  rules: [label/required-missing]
  match: { namespaces: [shop] }
  owner: me
  reason: because
  until: 2026-12-31
`,
    'labels.tollgate-test.yaml': suite(`  - name: right
    ${given}
    ${review}
    expect: { waivedBy: [legacy], governedBy: baseline }
  - name: of manifests
    ${given}
    manifests: [web.yaml]
    expect: { waivedBy: [legacy], governedBy: [baseline] }
  - name: what nobody governs
    ${given}
    review: { operation: CREATE, object: { apiVersion: v1, kind: Namespace, metadata: { name: kube-system } } }
    expect: { waivedBy: [], governedBy: [] }
  - name: wrong
    ${given}
    ${review}
    expect: { waivedBy: [other], governedBy: [] }
`),
  });
  const { exitCode, stdout } = await tollgate(['test']);
  t.equal(exitCode, 1);
  t.match(stdout, '4 cases in 1 suite: 3 passed, 1 failed');
  t.match(stdout, 'waivedBy: expected other');
  t.match(stdout, 'governedBy: expected none');
});

t.test('--run picks cases, and leaving none is a failure', async (t) => {
  const other = refused.replace('a workload without its label', 'another');
  const { tollgate } = commandLine(t, named(suite(refused + other)));
  const some = await tollgate(['test', '--run', 'gate / another$']);
  t.match(some.stdout, '\n  ok    another\n\n1 case in 1 suite: 1 passed, 0 failed, 1 left out by --run\n');
  t.equal((await tollgate(['test', '--run', 'nothing like it'])).exitCode, 3);
  const wrong = await tollgate(['test', '--run', '(']);
  t.equal(wrong.exitCode, 2);
});

t.test('no suite is a failure, and so is a suite that would not be run', async (t) => {
  const none = commandLine(t, files);
  const empty = await none.tollgate(['test']);
  t.equal(empty.exitCode, 3);
  t.match(empty.stderr, 'tollgate: there is no suite in .\n');
  const stray = commandLine(t, { ...named(suite(refused)), 'tests/labels.yaml': suite(refused) });
  const outcome = await stray.tollgate(['test']);
  t.equal(outcome.exitCode, 2);
  t.match(
    outcome.stderr,
    'tollgate: tests/labels.yaml: it looks like a suite; name it *.tollgate-test.yaml, or it is not run\n',
  );
  t.equal((await stray.tollgate(['test', 'nowhere'])).exitCode, 2);
});

t.test('everything that is wrong with suites is said at its place', async (t) => {
  const { tollgate } = commandLine(t, {
    ...files,
    'a.tollgate-test.yaml': suite(`  - name: one
    review: { operation: create, object: web.yaml }
    manifests: [web.yaml]
    expect: { decision: refuse, rule: [label/value] }
  - name: two
    expect: {}
`),
    'b.tollgate-test.yaml': suite(`  - name: one
    manifests: [web.yaml]
    expect: { decision: deny, rules: [label/valu], message: /(/ }
  - name: one
    manifests: [web.yaml]
    expect: { decision: deny, patch: [] }
`),
    'c.tollgate-test.yaml': suite(`  - name: one
    manifests: [web.yaml]
    expect: { decision: deny, rules: [label/valu], message: /(/ }
  - name: one
    manifests: [web.yaml]
    expect: { decision: deny }
`),
  });
  const { exitCode, stderr } = await tollgate(['test']);
  t.equal(exitCode, 2);
  t.strictSame(stderr.split('\n').slice(0, -2), [
    'tollgate: a.tollgate-test.yaml:10:33: cases[0].expect.rule: there is no field "rule" here; did you mean "rules"?',
    'tollgate: a.tollgate-test.yaml:8:15: cases[0].review.operation: found "create", expected CREATE, UPDATE or DELETE; did you mean "CREATE"?',
    'tollgate: a.tollgate-test.yaml:10:15: cases[0].expect.decision: found "refuse", expected allow or deny',
    'tollgate: a.tollgate-test.yaml:12:5: cases[1].expect: found an empty map, expected at least one of decision, rules, warns, waived, waivedBy, governedBy, finds, silent, message, warnings, patch',
    'tollgate: a.tollgate-test.yaml:11:5: cases[1]: found a map, expected either review, manifests or flow',
    'tollgate: b.tollgate-test.yaml:10:5: cases[1]: found a map, expected no patch: manifests are not patched',
    'tollgate: c.tollgate-test.yaml:9:39: cases[0].expect.rules[0]: there is no rule "label/valu"; did you mean "label/value"?',
    'tollgate: c.tollgate-test.yaml:9:52: cases[0].expect.message: Invalid regular expression: /(/: Unterminated group',
    'tollgate: c.tollgate-test.yaml:10:5: cases[1].name: another case has the same name',
  ]);
});

t.test('what a case needs and does not find is a mistake in the suite', async (t) => {
  const problemOf = async (entry: string, more = {}) => {
    const { tollgate } = commandLine(t, { ...named(suite(entry)), ...more });
    const { exitCode, stderr } = await tollgate(['test']);
    t.equal(exitCode, 2);
    return stderr.split('\n')[0];
  };
  const review = (text: string) => `  - name: one\n    review: { ${text} }\n    expect: { decision: deny }\n`;
  t.equal(
    await problemOf(review('operation: CREATE, object: nowhere.yaml')),
    'tollgate: labels.tollgate-test.yaml: there is no Kubernetes object in nowhere.yaml',
  );
  t.equal(
    await problemOf(review('operation: CREATE, object: two.yaml'), {
      'two.yaml': `${deployment('a')}---\n${deployment('b')}`,
    }),
    'tollgate: labels.tollgate-test.yaml: two.yaml holds 2 objects, and one is needed',
  );
  t.equal(
    await problemOf(review('operation: UPDATE, object: web.yaml')),
    'tollgate: labels.tollgate-test.yaml: the object that web was before its update is not given; write oldObject',
  );
  t.equal(
    await problemOf(review('operation: CREATE, object: { kind: Pod }')),
    'tollgate: labels.tollgate-test.yaml: an object that is written out lacks apiVersion, kind or metadata',
  );
  t.equal(
    await problemOf(review('operation: CREATE, object: broken.yaml'), { 'broken.yaml': 'apiVersion: [' }),
    'tollgate: labels.tollgate-test.yaml: broken.yaml:1:14: it is no YAML: unexpected end of the stream within a flow collection',
  );
});

t.test('results go to programs as JSON and JUnit', async (t) => {
  const other = refused
    .replace('a workload without its label', 'fails & <says> so')
    .replace('decision: deny', 'decision: allow');
  const { tollgate, read } = commandLine(t, named(suite(refused + other)));
  const { exitCode, stdout, stderr } = await tollgate(['test', '-o', 'junit=junit.xml', '-o', 'json']);
  t.equal(exitCode, 1);
  t.equal(stderr, '');
  t.match(JSON.parse(stdout), {
    passed: 1,
    failed: 1,
    suites: [
      {
        suite: 'labels at the gate',
        file: 'labels.tollgate-test.yaml',
        cases: [
          { name: 'a workload without its label', line: 7, passed: true, decision: 'deny', mismatches: [] },
          { passed: false, mismatches: [{ field: 'decision', expected: 'allow' }] },
        ],
      },
    ],
  });
  const xml = read('junit.xml').split('\n');
  t.equal(xml[1], '<testsuites name="tollgate test" tests="2" failures="1">');
  t.equal(
    xml[4],
    '    <testcase name="fails &amp; &lt;says&gt; so" classname="labels.tollgate-test.yaml" file="labels.tollgate-test.yaml" line="14">',
  );
  t.equal(xml[5], '      <failure message="not as expected: decision">decision: expected allow');
});

t.test('--coverage shows which rules had a case, and how they showed', async (t) => {
  const { tollgate } = commandLine(t, named(suite(refused)));
  const { stdout } = await tollgate(['test', '--coverage']);
  t.match(stdout, /^RULE +REFUSED +WARNED +WAIVED +PATCHED +SILENT$/m);
  t.match(stdout, /^label\/required-missing +1 +0 +0 +0 +0$/m);
  t.match(stdout, /^mesh\/inject-missing +0 +0 +0 +1 +0$/m);
  t.match(stdout, /^no case: gate\/default-deny-missing$/m);
  t.match(stdout, /^2 of \d+ rules have a case$/m);
});

t.test('what goes to programs is one document, and the coverage is none of it', async (t) => {
  const { tollgate } = commandLine(t, named(suite(refused)));
  const { stdout, stderr } = await tollgate(['test', '--coverage', '-o', 'json']);
  t.match(JSON.parse(stdout), { passed: 1 });
  t.match(stderr, /^label\/required-missing +1 /m);
  const two = await tollgate(['test', '-o', 'json', '-o', 'junit']);
  t.equal(two.exitCode, 2);
  t.match(
    two.stderr,
    'tollgate: json and junit cannot both go to standard output: give one of them a file, -o junit=FILE\n',
  );
  t.match((await tollgate(['test', '-o', 'junit='])).stderr, 'names no file after junit=');
});

t.test('manifests are judged with what is said about waivers, as check says it', async (t) => {
  const text = `suite: waivers
given:
  clock: 2026-12-01
  conventions:
    - apiVersion: tollgate.dev/v1alpha1
      kind: ConventionPolicy
      metadata: { name: baseline }
      spec: { mesh: {}, rules: { waiver/expired: deny } }
    - apiVersion: tollgate.dev/v1alpha1
      kind: Waiver
      metadata: { name: ended }
      spec: { rules: [mesh/opt-out], match: { names: [a] }, owner: me, reason: because, until: 2026-11-30 }
    - apiVersion: tollgate.dev/v1alpha1
      kind: Waiver
      metadata: { name: idle }
      spec: { rules: [mesh/opt-out], match: { names: [b] }, owner: me, reason: because, until: 2027-11-30 }
cases:
  - name: an ended waiver fails, one without use is told
    manifests:
      - { apiVersion: v1, kind: Namespace, metadata: { name: shop } }
    expect:
      decision: deny
      rules: [waiver/expired]
      warns: []
      finds: [waiver/unused]
      message: waiver "ended" of me ended on 2026-11-30
`;
  const { tollgate } = commandLine(t, { 'waivers.tollgate-test.yaml': text });
  const { exitCode, stdout } = await tollgate(['test']);
  t.equal(exitCode, 0, stdout);
});
