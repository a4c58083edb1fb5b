import t from 'tap';
import { readConventions } from '../../src/application/read/read-conventions.ts';
import { problemInWords } from '../../src/conventions/document/document-problem.ts';

const rules = [
  { id: 'gate/default-deny-missing' },
  { id: 'mesh/inject-missing' },
  { id: 'waiver/expired' },
] as const;

async function problemsOf(...texts: readonly string[]): Promise<string[]> {
  const files = texts.map((text, index) => ({ name: `${'abc'[index] ?? ''}.yaml`, text }));
  const { set, problems } = await readConventions(files, rules);
  t.equal(set === undefined, problems.length > 0, 'there is a set exactly where there is no problem');
  return problems.map(problemInWords);
}

const convention = (spec: string, name = 'baseline') =>
  `apiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: ${name} }\nspec:\n  ${spec}\n`;

const waiver = (changes: Readonly<Record<string, string | undefined>> = {}) => {
  const fields = {
    rules: '[mesh/inject-missing]',
    match: '{ namespaces: [ftp] }',
    owner: 'team-files',
    reason: 'raw FTP data channel',
    until: '2027-03-31',
    ...changes,
  };
  const lines = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`  ${key}: ${value}\n`],
  );
  return `apiVersion: tollgate.dev/v1alpha1\nkind: Waiver\nmetadata: { name: legacy-ftp }\nspec:\n${lines.join('')}`;
};

t.test('good documents have no problems', async (t) => {
  const text = `${convention('mesh: {}')}---\n# nothing here\n---\n${waiver()}`;
  t.strictSame(await problemsOf(text), []);
});

/** What is written under `spec:` of a convention, and what is said about it. */
const conventions: readonly (readonly [string, ...string[]])[] = [
  [
    'defaltDeny: {}',
    'a.yaml:5:3: spec.defaltDeny: there is no field "defaltDeny" here; did you mean "defaultDeny"?',
  ],
  [
    'foo: {}\n  mesh: { bar: 1 }',
    'a.yaml:5:3: spec.foo: there is no field "foo" here; there are priority, namespaces, defaultDeny, mesh, labels, stores, workloads, nameServer, rules, waivers, calico',
    'a.yaml:6:11: spec.mesh.bar: there is no field "bar" here; there are inject, linkerd, namespaces',
  ],
  [
    'mesh: { inject: enable }',
    'a.yaml:5:11: spec.mesh.inject: found "enable", expected enabled, ingress or off; did you mean "enabled"?',
  ],
  [
    'mesh: {}\n  workloads: [{ group: apps, kind: Deployment, path: /spec/template }]',
    'a.yaml:6:15: spec.workloads[0]: Deployment.apps is judged without it; leave it out',
  ],
  [
    'mesh: {}\n  workloads: [{ group: example.com, kind: Fleet, path: spec.template }]',
    'a.yaml:6:50: spec.workloads[0].path: found "spec.template", expected the way from the top, such as /spec/parts/*/podTemplate',
  ],
  [
    'mesh: {}\n  workloads:\n  - { group: example.com, kind: Fleet, path: /spec/pod }\n  - { group: example.com, kind: Fleet, path: /spec/pod }',
    'a.yaml:8:5: spec.workloads[1]: this place of Fleet.example.com is already named above',
  ],
  [
    'mesh: { inject: true }',
    'a.yaml:5:11: spec.mesh.inject: found the boolean true, expected enabled, ingress or off',
  ],
  [
    'mesh: { linkerd: { version: 2.20 } }',
    'a.yaml:5:22: spec.mesh.linkerd.version: found the number 2.2, expected text; put it in quotes',
  ],
  [
    'mesh: { linkerd: { version: edge-26.8 } }',
    'a.yaml:5:22: spec.mesh.linkerd.version: found "edge-26.8", expected a version of Linkerd in quotes, such as "2.20", "2.18.2" or "edge-26.8.3"',
  ],
  [
    'mesh: { linkerd: { version: "2" } }',
    'a.yaml:5:22: spec.mesh.linkerd.version: found "2", expected a version of Linkerd in quotes, such as "2.20", "2.18.2" or "edge-26.8.3"',
  ],
  [
    'mesh: { linkerd: { cni: "true", opaquePorts: 25 } }',
    'a.yaml:5:22: spec.mesh.linkerd.cni: found "true", expected true or false; leave out the quotes',
    'a.yaml:5:35: spec.mesh.linkerd.opaquePorts: found the number 25, expected text; put it in quotes',
  ],
  ['mesh:', 'a.yaml:5:3: spec.mesh: nothing is written here; write a map, or delete the key'],
  ['mesh: []', 'a.yaml:5:3: spec.mesh: found an empty list, expected a map'],
  ['priority: high\n  mesh: {}', 'a.yaml:5:3: spec.priority: found "high", expected a number'],
  ['priority: 1.5\n  mesh: {}', 'a.yaml:5:3: spec.priority: found the number 1.5, expected a whole number'],
  [
    'priority: 9999999\n  mesh: {}',
    'a.yaml:5:3: spec.priority: found the number 9999999, expected 1000000 or less',
  ],
  [
    'namespaces: { exclude: [sand box] }\n  mesh: {}',
    'a.yaml:5:27: spec.namespaces.exclude[0]: found "sand box", expected a name in which "*" stands for any characters and "?" for one',
  ],
  [
    'namespaces: { exclude: ["*"] }\n  mesh: {}',
    'a.yaml:5:3: spec.namespaces.selector: it selects no namespace: every name that it could select is excluded',
  ],
  [
    'namespaces: { selector: { matchLabels: { team: a }, matchExpressions: [{ key: team, operator: DoesNotExist }] } }\n  mesh: {}',
    'a.yaml:5:17: spec.namespaces.selector: it selects no namespace: no labels can meet all of its requirements',
  ],
  [
    'namespaces: { selector: { matchExpressions: [{ key: team, operator: In }, { key: team, operator: Exists, values: [a] }] } }\n  mesh: {}',
    'a.yaml:5:48: spec.namespaces.selector.matchExpressions[0].values: In needs at least one value in "values"',
    'a.yaml:5:108: spec.namespaces.selector.matchExpressions[1].values: Exists takes no "values"; leave them out',
  ],
  [
    'namespaces: { selector: { matchLabels: { constructor: a } } }\n  mesh: {}',
    'a.yaml:5:44: spec.namespaces.selector.matchLabels.constructor: "constructor" can be no key here',
  ],
  [
    'defaultDeny: { directions: [] }',
    'a.yaml:5:18: spec.defaultDeny.directions: found an empty list, expected at least one entry',
  ],
  [
    'defaultDeny: { directions: [Egress, egress] }',
    'a.yaml:5:39: spec.defaultDeny.directions[1]: found "egress", expected Ingress or Egress; did you mean "Egress"?',
  ],
  [
    'defaultDeny: { families: [IPv4, IPv4] }',
    'a.yaml:5:35: spec.defaultDeny.families[1]: found "IPv4", expected each word only once',
  ],
  [
    'defaultDeny: { coverLabel: { key: a b } }',
    'a.yaml:5:18: spec.defaultDeny.coverLabel.value: "value" is missing',
    'a.yaml:5:32: spec.defaultDeny.coverLabel.key: found "a b", expected a label key: an optional DNS prefix with a slash, then at most 63 characters of A-Z a-z 0-9 - _ .',
  ],
  [
    'labels: [{ key: team, value: { podLabel: app, literal: x } }]',
    'a.yaml:5:25: spec.labels[0].value: found podLabel and literal, expected exactly one source of podLabel, namespaceLabel, workloadName, namespaceName, serviceAccount, literal, firstOf',
  ],
  [
    'labels: [{ key: team, value: { firstOf: [{ workloadName: { a: b } }] } }]',
    'a.yaml:5:62: spec.labels[0].value.firstOf[0].workloadName.a: there is no field "a" here, only an empty map {}',
  ],
  [
    'labels: [{ key: team }, { key: team, required: true }]',
    'a.yaml:5:12: spec.labels[0]: it has no effect; say where its "value" comes from, or "required: true"',
    'a.yaml:5:29: spec.labels[1].key: the label "team" is already described above',
  ],
  [
    'labels: [{ key: team, value: { literal: c }, allowed: [a, b], pattern: "[xy]" }]',
    'a.yaml:5:34: spec.labels[0].value.literal: "c" is none of the allowed values a, b',
    'a.yaml:5:34: spec.labels[0].value.literal: "c" does not match the pattern "[xy]"',
  ],
  [
    'labels: [{ key: a, pattern: "(shop|pay" }, { key: b, pattern: "(?=x)y" }, { key: c, pattern: "(a{1,900}){1}b{900}[a-z]{900}" }]',
    'a.yaml:5:22: spec.labels[0].pattern: it is no regular expression of RE2: missing closing ): `(shop|pay`',
    'a.yaml:5:56: spec.labels[1].pattern: it is no regular expression of RE2: invalid or unsupported Perl syntax: `(?=`',
    'a.yaml:5:87: spec.labels[2].pattern: it is too large once its repetitions are written out; lower their counts',
  ],
  [
    'rules: { mesh/inject-mising: warn, mesh: warn, nonsense/at-all: off }',
    'a.yaml:5:12: spec.rules["mesh/inject-mising"]: there is no rule "mesh/inject-mising"; did you mean "mesh/inject-missing"?',
    'a.yaml:5:38: spec.rules.mesh: there is no rule "mesh"; did you mean "mesh/*"?',
    'a.yaml:5:50: spec.rules["nonsense/at-all"]: there is no rule "nonsense/at-all"; the groups are gate/*, policy/*, mesh/*, label/*, data/*, waiver/*, the rules are listed by tollgate explain',
  ],
  [
    'rules: { "manifest/*": off }',
    'a.yaml:5:12: spec.rules["manifest/*"]: there is no rule "manifest/*"; the groups are gate/*, policy/*, mesh/*, label/*, data/*, waiver/*, the rules are listed by tollgate explain',
  ],
  [
    'rules: { "mesh/*": denny, "gate/*": { ci: denny, admision: warn } }',
    'a.yaml:5:12: spec.rules["mesh/*"]: found "denny", expected deny, warn, off or a map of action, admission, ci, audit, since; did you mean "deny"?',
    'a.yaml:5:41: spec.rules["gate/*"].ci: found "denny", expected deny, warn or off; did you mean "deny"?',
    'a.yaml:5:52: spec.rules["gate/*"].admision: there is no field "admision" here; did you mean "admission"?',
  ],
  [
    'rules: { "mesh/*": {}, "gate/*": { since: 2027-02-30 } }',
    'a.yaml:5:12: spec.rules["mesh/*"]: found an empty map, expected at least one of action, admission, ci, audit, since',
    'a.yaml:5:38: spec.rules["gate/*"].since: found "2027-02-30", expected a day of the calendar written YYYY-MM-DD',
  ],
  [
    'rules: { "mesh/*": { since: 2027-01-01 } }',
    'a.yaml:5:24: spec.rules["mesh/*"].since: it has no effect: no action here is deny; write "action: deny" beside it',
  ],
  [
    'mesh: {}\n  waivers: { maxDays: 0, requiredFields: [tickets], never: [gate/default-deny-mising] }',
    'a.yaml:6:14: spec.waivers.maxDays: found the number 0, expected 1 or more',
    'a.yaml:6:43: spec.waivers.requiredFields[0]: found "tickets", expected from, ticket or approvedBy; did you mean "ticket"?',
    'a.yaml:6:61: spec.waivers.never[0]: there is no rule "gate/default-deny-mising"; did you mean "gate/default-deny-missing"?',
  ],
  [
    'stores: [{ name: a, selector: {} }, { name: a, selector: { matchExpressions: [{ key: b, operator: In }] }, protocol: postgres }]',
    'a.yaml:5:81: spec.stores[1].selector.matchExpressions[0].values: In needs at least one value in "values"',
    'a.yaml:5:110: spec.stores[1].protocol: found "postgres", expected postgresql, mongodb, kafka, rabbitmq, mysql, redis, elasticsearch, cassandra, nats, memcached, etcd, zookeeper, clickhouse, sqlserver or cockroachdb; did you mean "postgresql"?',
  ],
  [
    'stores: [{ name: a, selector: {} }, { name: a, selector: { matchExpressions: [{ key: b, operator: In }] }, protocol: kafka }]',
    'a.yaml:5:12: spec.stores[0]: nobody can tell its ports; say its "protocol", or name its "ports"',
    'a.yaml:5:41: spec.stores[1].name: the store "a" is already described above',
    'a.yaml:5:81: spec.stores[1].selector.matchExpressions[0].values: In needs at least one value in "values"',
  ],
  [
    'priority: 3',
    'a.yaml:4:1: spec: it asks for nothing; write defaultDeny, mesh, labels, stores or rules, or exclude its namespaces from the convention that would govern them',
  ],
];

t.test('what is wrong with a convention is said where it stands', async (t) => {
  for (const [spec, ...expected] of conventions) {
    t.strictSame(await problemsOf(convention(spec)), expected, spec);
  }
});

/** What is changed in a good waiver, and what is said about it. */
const waivers: readonly (readonly [Parameters<typeof waiver>[0], ...string[]])[] = [
  [{ owner: undefined }, 'a.yaml:4:1: spec.owner: "owner" is missing: who answers for it'],
  [{ reason: '" "' }, 'a.yaml:8:3: spec.reason: found " ", expected a reason'],
  [{ until: undefined }, 'a.yaml:4:1: spec.until: "until" is missing: the last day on which it counts, UTC'],
  [
    { until: '2027-02-29' },
    'a.yaml:9:3: spec.until: found "2027-02-29", expected a day of the calendar written YYYY-MM-DD',
  ],
  [{ until: '31.3.2027' }, 'a.yaml:9:3: spec.until: found "31.3.2027", expected a day written YYYY-MM-DD'],
  [{ from: '2027-04-01' }, 'a.yaml:9:3: spec.until: it ends on 2027-03-31, before it begins on 2027-04-01'],
  [{ rules: '[]' }, 'a.yaml:5:3: spec.rules: found an empty list, expected at least one entry'],
  [
    { rules: '[waiver/expired]' },
    'a.yaml:5:11: spec.rules[0]: found "waiver/expired", expected a rule id such as mesh/inject-missing, or a group such as mesh/*; nothing waives waiver/* and manifest/*',
  ],
  [
    { match: '{}' },
    'a.yaml:6:3: spec.match: found an empty map, expected at least one of namespaces, namespaceSelector, kinds, names',
  ],
  [
    { match: '{ kinds: [Deploymnet] }' },
    'a.yaml:6:20: spec.match.kinds[0]: there is no kind "Deploymnet"; did you mean "Deployment"? A kind of your own that is called so is written with its group, Deploymnet.example.com',
  ],
  [
    { match: '{ kinds: [deployments] }' },
    'a.yaml:6:20: spec.match.kinds[0]: found "deployments", expected a kind such as Deployment, or Kind.group',
  ],
  [{ match: '{ names: vsftpd }' }, 'a.yaml:6:12: spec.match.names: found "vsftpd", expected a list'],
];

t.test('what is wrong with a waiver is said where it stands', async (t) => {
  for (const [changes, ...expected] of waivers) {
    t.strictSame(await problemsOf(waiver(changes)), expected, JSON.stringify(changes));
  }
});

t.test('a kind that is nobody else and one with its group pass', async (t) => {
  t.strictSame(await problemsOf(waiver({ match: '{ kinds: [Rollout, CronTab, Jobs.example.com] }' })), []);
});

t.test('what is no document of ours is named', async (t) => {
  const versions = 'apiVersion: tollgate.dev/v1alpha1 with kind: ConventionPolicy, Waiver or ManifestSet';
  const cases: readonly (readonly [string, string])[] = [
    ['hello', `a.yaml:1:1: found "hello", expected ${versions}`],
    ['- a', `a.yaml:1:1: found a list, expected ${versions}`],
    [
      'apiVersion: v1\nkind: ConfigMap',
      'a.yaml:2:1: kind: found "ConfigMap", expected kind: ConventionPolicy, Waiver or ManifestSet',
    ],
    [
      'apiVersion: tollgate.dev/v1alpha1\nkind: Waver',
      'a.yaml:2:1: kind: found "Waver", expected kind: ConventionPolicy, Waiver or ManifestSet; did you mean "Waiver"?',
    ],
    [
      'apiVersion: tollgate.dev/v1alpha1',
      'a.yaml:1:1: found nothing, expected kind: ConventionPolicy, Waiver or ManifestSet',
    ],
    [
      'apiVersion: tollgate.dev/v1\nkind: Waiver',
      'a.yaml:1:1: apiVersion: found "tollgate.dev/v1", expected apiVersion: tollgate.dev/v1alpha1',
    ],
    ['a: [', 'a.yaml:1:5: it is no YAML: unexpected end of the stream within a flow collection'],
    [
      'kind: Waiver\nmetadata: { name: {{ .Release.Name }} }',
      'a.yaml:2:19: it is a template that has not been rendered; render it first: helm template CHART | tollgate check -',
    ],
    ['# nothing', 'a.yaml:1:1: there is no document in it'],
  ];
  for (const [text, expected] of cases) t.strictSame(await problemsOf(text), [expected], text);
});

t.test('every problem of every document is reported at once', async (t) => {
  const first = `${convention('mesh: { inject: enable }\n  priority: 1.5')}---\n${waiver({ owner: undefined })}`;
  t.strictSame(await problemsOf(first, convention('labels: {}', 'B')), [
    'a.yaml:5:11: spec.mesh.inject: found "enable", expected enabled, ingress or off; did you mean "enabled"?',
    'a.yaml:6:3: spec.priority: found the number 1.5, expected a whole number',
    'a.yaml:11:1: spec.owner: "owner" is missing: who answers for it',
    'b.yaml:3:13: metadata.name: found "B", expected a name: small letters, digits, "-" and "."',
    'b.yaml:5:3: spec.labels: found an empty map, expected a list',
  ]);
});

t.test('a convention of which nobody knows whom it is for is no rival of another', async (t) => {
  const other = convention('namespaces: { selector: { matchLables: { team: a } } }\n  mesh: {}', 'other');
  t.strictSame(await problemsOf(convention('mesh: {}'), other), [
    'b.yaml:5:29: spec.namespaces.selector.matchLables: there is no field "matchLables" here; did you mean "matchLabels"?',
  ]);
});

t.test('two documents of one name are one too many', async (t) => {
  t.strictSame(await problemsOf(convention('mesh: {}'), convention('mesh: {}\n  priority: 1')), [
    'b.yaml:3:13: metadata.name: the name "baseline" is already taken in a.yaml:3',
  ]);
});

t.test(
  'two conventions of one priority that could govern the same namespace are refused, naming both',
  async (t) => {
    const select = (selector: string) => `namespaces: { selector: ${selector} }\n  mesh: {}`;
    const both = (first: string, second: string) =>
      problemsOf(convention(select(first), 'first'), convention(select(second), 'second'));
    t.strictSame(await both('{}', '{ matchLabels: { team: a } }'), [
      'b.yaml:4:1: spec.priority: "second" and "first" (a.yaml:3) both have priority 0 and both select a namespace with the labels team=a; give one of them another priority',
    ]);
    t.strictSame(await both('{}', '{}'), [
      'b.yaml:4:1: spec.priority: "second" and "first" (a.yaml:3) both have priority 0 and both select a namespace such as "shop"; give one of them another priority',
    ]);
    t.strictSame(await both('{ matchLabels: { team: a } }', '{ matchLabels: { team: b } }'), []);
    t.strictSame(
      await both(
        '{ matchLabels: { team: a } }',
        '{ matchExpressions: [{ key: team, operator: NotIn, values: [a] }] }',
      ),
      [],
    );
  },
);

t.test("kubectl's lists are read like the documents in them", async (t) => {
  const list = (item: string) =>
    `apiVersion: v1\nkind: List\nitems:\n  - ${item.trim().replaceAll('\n', '\n    ')}\n`;
  t.strictSame(await problemsOf(list(waiver())), []);
  t.strictSame(await problemsOf(list(waiver({ until: '2027-13-01' }))), [
    'a.yaml:12:7: spec.until: found "2027-13-01", expected a day of the calendar written YYYY-MM-DD',
  ]);
});
