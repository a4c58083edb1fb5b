import t from 'tap';
import { commandLine, deployment } from './command-line.ts';

const namespace = (name: string, labels = '') =>
  `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name}, labels: { governed: 'yes'${labels} } }\n`;
const convention = (spec = '') => `apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: platform }
spec:
  namespaces: { selector: { matchLabels: { governed: 'yes' } } }
  defaultDeny: { directions: [Ingress], families: [IPv4] }
  mesh: { inject: enabled, linkerd: { version: "2.20" } }
  ${spec}
`;
const waiver = (name: string, until: string) => `apiVersion: tollgate.dev/v1alpha1
kind: Waiver
metadata: { name: ${name} }
spec:
  rules: [mesh/opt-out]
  match: { namespaces: [shop], names: [${name}] }
  owner: team-${name}
  reason: raw sockets
  ticket: OPS-7
  approvedBy: security
  until: ${until}
`;
const closed = (name: string, spec: string) =>
  `apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
const policies = [
  closed('deny-in', '{ order: 900, namespaceSelector: governed == "yes", types: [Ingress] }'),
  closed(
    'allow-probes',
    '{ order: 10, namespaceSelector: governed == "yes", selector: app == "web", types: [Ingress], ingress: [{ action: Allow, protocol: TCP, source: { nets: [10.0.0.1/32] }, destination: { ports: [8080] } }] }',
  ),
].join('---\n');
const optedOut = (name: string) =>
  deployment(name).replace(
    '    metadata:\n      labels:',
    '    metadata:\n      annotations: { linkerd.io/inject: disabled }\n      labels:',
  );

interface Taken {
  readonly hash: string;
  readonly version: string;
  readonly calico: { readonly mode: string };
  readonly namespaces: readonly {
    readonly name: string;
    readonly directions: readonly {
      readonly direction: string;
      readonly family: string;
      readonly state: string;
      readonly asked: boolean;
      readonly closedBy: readonly { readonly name: string }[];
      readonly why?: string;
    }[];
  }[];
  readonly excluded: readonly { readonly name: string; readonly why: string }[];
  readonly mesh: { readonly wanted: number; readonly meshed: number; readonly byAdmission: number } & {
    readonly outside: readonly {
      readonly object: { readonly name: string };
      readonly why: string;
      readonly waivers: readonly string[];
    }[];
  };
  readonly waivers: readonly { readonly name: string; readonly state: string }[];
  readonly burnDown: readonly unknown[];
  readonly controls: readonly { readonly id: string; readonly state: string }[];
  readonly gaps: readonly { readonly what: string }[];
}

const files = {
  'tollgate.yaml': convention(),
  'waivers.yaml': [waiver('ftp', '2027-01-31'), waiver('old', '2026-10-31')].join('---\n'),
  'app/namespaces.yaml': [
    namespace('shop'),
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: lab }\n',
  ].join('---\n'),
  'app/policies.yaml': policies,
  'app/work.yaml': [deployment('web'), optedOut('ftp'), optedOut('smtp')].join('---\n'),
};
const given = ['--conventions', 'tollgate.yaml', '--conventions', 'waivers.yaml'];

t.test('what an auditor keeps is written down for files', async (t) => {
  const { tollgate } = commandLine(t, files);
  const outcome = await tollgate(['evidence', 'app', ...given, '-o', 'json']);
  t.equal(outcome.exitCode, 0, outcome.stderr);
  const taken = JSON.parse(outcome.stdout) as Taken;
  t.match(taken, { version: '1.2.3', taken: '2026-11-20T12:00:00.000Z', calico: { mode: 'v3crd' } });
  const [shop] = taken.namespaces;
  t.match(
    shop?.directions.find(({ direction, family }) => direction === 'Ingress' && family === 'IPv4'),
    {
      state: 'closed',
      asked: true,
      closedBy: [{ kind: 'GlobalNetworkPolicy', name: 'deny-in' }],
    },
  );
  t.match(
    shop?.directions.find(({ direction }) => direction === 'Egress'),
    {
      state: 'open',
      asked: false,
      why: /no policy selects it/,
    },
  );
  t.match(taken.excluded, [{ name: 'lab', why: '"platform" wants governed=yes' }]);
  t.match(taken.mesh, { wanted: 3, meshed: 1, byAdmission: 1 });
  t.match(taken.mesh.outside, [
    { object: { name: 'ftp' }, why: 'linkerd.io/inject: disabled', waivers: ['ftp'] },
    { object: { name: 'smtp' }, waivers: [] },
  ]);
  t.match(taken.waivers, [
    {
      name: 'ftp',
      owner: 'team-ftp',
      ticket: 'OPS-7',
      approvedBy: 'security',
      state: 'InForce',
      covers: { findings: 1, objects: 1, namespaces: ['shop'] },
    },
    { name: 'old', state: 'Ended' },
  ]);
  t.strictSame(taken.burnDown, [{ month: '2027-01', waivers: ['ftp'], findings: 1 }]);
  const states = Object.fromEntries(taken.controls.map(({ id, state }) => [id, state]));
  t.match(states, {
    'CIS Kubernetes 5.3.2': 'nothing found',
    'PCI DSS 1.3.1': 'nothing found',
    'PCI DSS 1.3.2': 'off',
    'NIST SC-8': 'found',
  });
});

t.test('the same record has the same hash, and another document another one', async (t) => {
  const { tollgate } = commandLine(t, files);
  const hashOf = async (args: readonly string[]) =>
    (JSON.parse((await tollgate(['evidence', 'app', ...args, '-o', 'json'])).stdout) as Taken).hash;
  t.equal(await hashOf(given), await hashOf(given));
  t.not(await hashOf(given), await hashOf(['--conventions', 'tollgate.yaml']));
});

t.test('what exists is judged as it is: nothing is added to it any more', async (t) => {
  const { tollgate } = commandLine(t, files);
  const outcome = await tollgate(['evidence', '--context', 'app', ...given, '-o', 'json']);
  t.equal(outcome.exitCode, 0, outcome.stderr);
  const { mesh } = JSON.parse(outcome.stdout) as Taken;
  t.match(mesh, { wanted: 3, meshed: 0, byAdmission: 0 });
  t.match(mesh.outside[0], { object: { name: 'web' }, why: 'nothing asks for the mesh' });
});

t.test('what cannot be read makes what hangs on it unknown, and never good', async (t) => {
  const { tollgate } = commandLine(t, {
    ...files,
    'app/broken.yaml': 'apiVersion: projectcalico.org/v3\nkind: [\n',
  });
  const outcome = await tollgate(['evidence', 'app', ...given, '-o', 'json']);
  t.equal(outcome.exitCode, 3);
  const taken = JSON.parse(outcome.stdout) as Taken;
  t.ok(
    taken.namespaces.every(({ directions }) => directions.every(({ state }) => state === 'unknown')),
    'no direction is closed',
  );
  t.notOk(taken.controls.some(({ state }) => state === 'nothing found'));
  t.match(outcome.stderr, 'app/broken.yaml');
});

t.test('a namespace that was not read is named, and a control is not good for it', async (t) => {
  const { tollgate } = commandLine(t, { ...files, 'other/web.yaml': deployment('web') });
  const outcome = await tollgate(['evidence', 'other', ...given, '-o', 'json']);
  t.equal(outcome.exitCode, 3);
  const { controls, gaps } = JSON.parse(outcome.stdout) as Taken;
  t.match(gaps, [{ what: 'Namespace "shop"' }]);
  t.notOk(controls.some(({ state }) => state === 'nothing found' || state === 'waived'));
});

t.test('text and markdown say the same, and a name cannot break out of a table', async (t) => {
  const { tollgate, read } = commandLine(t, {
    ...files,
    'waivers.yaml': files['waivers.yaml'].replace('raw sockets', 'raw | <b>sockets</b>'),
  });
  const args = ['evidence', 'app', ...given, '-o', 'text', '-o', 'markdown=evidence.md'];
  const { exitCode, stdout } = await tollgate(args);
  t.equal(exitCode, 0);
  t.match(stdout, 'ingress IPv4: closed by GlobalNetworkPolicy deny-in');
  t.match(
    stdout,
    'outside: Deployment shop/ftp: its pod template says linkerd.io/inject: disabled (waived by ftp)',
  );
  t.match(stdout, 'end in 2027-01: 1 waiver of 1 finding');
  t.match(stdout, 'CIS Kubernetes 5.3.2: nothing found');
  const page = read('evidence.md');
  t.match(page, '| shop | platform | ingress IPv4 | yes | closed by GlobalNetworkPolicy deny-in');
  t.match(page, String.raw`raw \| \<b\>sockets\</b\>`);
});
