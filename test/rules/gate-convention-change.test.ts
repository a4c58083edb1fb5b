import t from 'tap';
import { denies } from '../../src/engine/judgement.ts';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsAtAdmission } from '../support/findings.ts';
import { deployment, globalNetworkPolicy, namespace, networkPolicy } from '../support/objects.ts';

const convention = (name: string, zone: string, spec: object) => ({
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'ConventionPolicy',
  metadata: { name },
  spec: { priority: 10, namespaces: { selector: { matchLabels: { zone } } }, ...spec },
});
// None asks for the mesh: this is about the default-deny alone.
const mesh = { inject: 'off' };
const lax = convention('lax', 'lax', { mesh });
const half = convention('half', 'half', {
  defaultDeny: { directions: ['Ingress'], families: ['IPv4', 'IPv6'] },
});
const four = convention('four', 'four', { defaultDeny: { families: ['IPv4'] } });
const held = convention('held', 'held', { defaultDeny: { onMissing: 'hold' } });
const all = conventions(
  {
    namespaces: { selector: { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['none'] }] } },
    mesh,
  },
  lax,
  half,
  four,
  held,
);

const z = (labels: StringMap) => namespace('z', labels);
const closed = networkPolicy('closed', 'z', { types: ['Ingress', 'Egress'] });
const ingressOnly = networkPolicy('closed', 'z', { types: ['Ingress'] });
const web = deployment('web', 'z');

function findings(
  from: StringMap,
  to: StringMap,
  among: readonly KubernetesObject[] = [],
): readonly string[] {
  const change = { operation: 'UPDATE', object: z(to), oldObject: z(from) } as const;
  const rules = [
    'gate/convention-left',
    'gate/default-deny-missing',
    'gate/unknown',
    'gate/default-deny-lost',
  ] as const;
  return rules.flatMap((rule) =>
    findingsAtAdmission(rule, change, [z(from), ...among], { conventions: all }).map(
      (finding) => `${finding.rule} ${denies(finding) ? 'denies' : 'warns'}: ${finding.message}`,
    ),
  );
}

const left = (what: string) =>
  `gate/convention-left warns: namespace "z": these labels give up its default-deny (${what})`;
const open = (name: string, directions = 'ingress and egress are', more = '') =>
  `gate/default-deny-missing ${more === '' ? 'denies' : 'warns'}: namespace "z": ${directions} not denied by default, and convention "${name}" governs it with these labels${more}`;
const toBeHeld = '; its workloads are refused until a policy covers it';

const cases: readonly (readonly [
  string,
  StringMap,
  StringMap,
  readonly KubernetesObject[],
  readonly string[],
])[] = [
  [
    'leaves for one without a default-deny',
    {},
    { zone: 'lax' },
    [closed, web],
    [left('convention "lax" asks for none')],
  ],
  ['leaves for none at all', {}, { zone: 'none' }, [closed], [left('no convention governs it')]],
  [
    'leaves for one direction',
    {},
    { zone: 'half' },
    [closed],
    [left('convention "half" does not ask for egress')],
  ],
  [
    'leaves for one family',
    {},
    { zone: 'four' },
    [closed],
    [left('convention "four" does not ask for IPv6')],
  ],
  [
    'leaves to be held',
    {},
    { zone: 'held' },
    [closed],
    [left('convention "held" holds instead of rejecting')],
  ],
  ['stays', {}, { team: 'a' }, [closed], []],
  [
    'was asked for no default-deny',
    { zone: 'lax' },
    { zone: 'none' },
    [],
    [
      'gate/convention-left warns: namespace "z": these labels move it from convention "lax" to none: nothing in it is judged',
    ],
  ],
  ['comes back closed', { zone: 'lax' }, {}, [closed, web], []],
  ['comes back open', { zone: 'lax' }, {}, [web], [open('baseline')]],
  ['comes from nowhere, open', { zone: 'none' }, {}, [], [open('baseline')]],
  ['is asked for one direction more', { zone: 'half' }, {}, [ingressOnly], [open('baseline', 'egress is')]],
  [
    'comes to be held, without workloads',
    { zone: 'lax' },
    { zone: 'held' },
    [],
    [open('held', undefined, toBeHeld)],
  ],
  ['comes to be held, with workloads', { zone: 'lax' }, { zone: 'held' }, [web], [open('held')]],
  ['is no longer held, and open', { zone: 'held' }, {}, [], [open('baseline')]],
  ['was open before, and is asked for no more', {}, { team: 'a' }, [], []],
];

for (const [what, from, to, among, expected] of cases) {
  t.test(`a namespace that ${what}`, async (t) => {
    t.strictSame(findings(from, to, among), expected);
  });
}

t.test('a namespace that loses its cover by leaving is refused', async (t) => {
  const byLabel = globalNetworkPolicy('closed', {
    namespaceSelector: '!has(zone)',
    types: ['Ingress', 'Egress'],
  });
  t.match(findings({}, { zone: 'lax' }, [byLabel]), [
    left('convention "lax" asks for none'),
    /^gate\/default-deny-lost denies/,
  ]);
});

t.test('what cannot be decided does not count as closed when a namespace comes back', async (t) => {
  const broken = networkPolicy('broken', 'z', { selector: 'a ==', types: ['Ingress', 'Egress'] });
  t.match(findings({ zone: 'lax' }, {}, [closed, broken]), [/^gate\/unknown denies/]);
});

t.test('the convention that is left says what becomes of it', async (t) => {
  const set = conventions({ rules: { 'gate/convention-left': 'deny' } }, lax);
  const change = { operation: 'UPDATE', object: z({ zone: 'lax' }), oldObject: z({}) } as const;
  const [found] = findingsAtAdmission('gate/convention-left', change, [z({}), closed], { conventions: set });
  t.equal(found?.action, 'deny');
});

t.test('a namespace that leaves for a convention without the mesh is told of that, too', async (t) => {
  const among = conventions({}, half);
  const change = { operation: 'UPDATE', object: z({ zone: 'half' }), oldObject: z({}) } as const;
  const messages = findingsAtAdmission('gate/convention-left', change, [z({}), closed], {
    conventions: among,
  });
  t.match(
    messages.at(-1)?.message,
    /move it from convention "baseline" to "half", which asks for less: no mesh/,
  );
});
