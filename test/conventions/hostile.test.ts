import * as fc from 'fast-check';
import { load } from 'js-yaml';
import t from 'tap';
import { safeParse } from 'valibot';
import { readConventions } from '../../src/application/read/read-conventions.ts';
import { findAmbiguities } from '../../src/conventions/convention/ambiguity.ts';
import { readAnnotationWaiver } from '../../src/conventions/waiver/annotation-waiver.ts';
import { defaultConvention } from '../../src/conventions/convention/default-convention.ts';
import { problemInWords } from '../../src/conventions/document/document-problem.ts';
import { loadConventions } from '../../src/conventions/load-conventions.ts';
import { compileLabelPattern } from '../../src/conventions/convention/label-pattern.ts';
import { compileNameGlobs } from '../../src/conventions/document/name-glob.ts';
import { conventionPolicySchema } from '../../src/conventions/document/schema/convention-policy.ts';
import { waiverSchema } from '../../src/conventions/document/schema/waiver.ts';
import { jointlySelected } from '../../src/conventions/convention/selector-overlap.ts';
import { createWaiverIndex } from '../../src/conventions/waiver/waiver-index.ts';
import { reportWaivers } from '../../src/conventions/waiver-report.ts';
import { selectsLabels, type LabelRequirement } from '../../src/kubernetes/label-selector.ts';
import { nameLabel, type NamespaceIdentity } from '../../src/kubernetes/namespace.ts';
import { isRecord } from '../../src/kubernetes/object.ts';

const rules = [{ id: 'mesh/inject-missing' }, { id: 'gate/wide-hole' }] as const;
const now = new Date('2026-11-20T00:00:00Z');

const fullConvention = `
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: full, labels: { team: security } }
spec:
  priority: 3
  namespaces:
    selector: { matchLabels: { tier: a }, matchExpressions: [{ key: team, operator: NotIn, values: [x] }] }
    exclude: [kube-*, lab-?]
  defaultDeny: { directions: [Egress], families: [IPv4], onMissing: hold, coverLabel: { key: a/b, value: c } }
  mesh:
    inject: ingress
    linkerd:
      { version: "2.18", cni: true, opaquePorts: "25,26-27", clusterNetworks: [10.0.0.0/8], ports: { inbound: 5143 },
        injectorObjectSelector: { matchExpressions: [{ key: a, operator: Exists }] } }
    namespaces: { linkerd.io/inject: enabled }
  labels:
    - key: name
      value: { firstOf: [{ podLabel: app }, { workloadName: {} }] }
      required: true
      allowed: [shop-a, pay-b]
      pattern: "(shop|pay)-[a-z]+"
  stores: [{ name: ledger, selector: { matchLabels: { app: db } }, protocol: postgresql, ports: [5432], clients: [{ namespace: shop }] }]
  nameServer: { namespace: dns, podLabels: { app: names }, port: 5353 }
  rules: { mesh/*: warn, gate/wide-hole: { action: deny, ci: off, since: 2027-01-01 } }
  waivers: { maxDays: 30, requiredFields: [ticket], wholeGroups: true, byAnnotation: true, never: [gate/*] }
  calico: { mode: raw, version: "3.31" }
`;

const fullWaiver = `
apiVersion: tollgate.dev/v1alpha1
kind: Waiver
metadata: { name: full }
spec:
  rules: [mesh/inject-missing, gate/*]
  match:
    namespaces: [ftp*]
    namespaceSelector: { matchLabels: { a: b } }
    kinds: [Deployment, Rollout.argoproj.io]
    names: [vsftpd?]
  owner: team
  reason: because
  from: 2026-11-01
  until: 2026-11-30
  ticket: OPS-1
  approvedBy: sec
`;

const texts = [defaultConvention, fullConvention, fullWaiver];

type Place = readonly (string | number)[];

function placesIn(value: unknown, path: Place = []): Place[] {
  const children = Array.isArray(value)
    ? value.map((item: unknown, index) => [index, item] as const)
    : isRecord(value)
      ? Object.entries(value)
      : [];
  return [path, ...children.flatMap(([key, child]) => placesIn(child, [...path, key]))];
}

/** Changes the value at a place through the entries of its parent, so that no key is special. */
function changed(
  value: unknown,
  [key, ...rest]: Place,
  change: (entries: [string, unknown][], index: number) => [string, unknown][],
): unknown {
  if (key === undefined) return change([['', value]], 0)[0]?.[1];
  const isList = Array.isArray(value);
  const entries = Object.entries(value as object) as [string, unknown][];
  const index = entries.findIndex(([name]) => name === String(key));
  const next =
    rest.length === 0
      ? change(entries, index)
      : entries.map(([name, child], at): [string, unknown] => [
          name,
          at === index ? changed(child, rest, change) : child,
        ]);
  return isList ? next.map(([, child]) => child) : Object.fromEntries(next);
}

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    null,
    '',
    '*',
    'off',
    true,
    false,
    [],
    {},
    [[]],
    -1,
    Infinity,
    '2027-02-31',
    'mesh/*',
    'x'.repeat(5000),
    { firstOf: [] },
    ...texts.map((text) => load(text)),
  ),
);

const keys = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'spec',
    'rules',
    'length',
  ),
);

const change = fc.oneof(
  fc.constant((entries: [string, unknown][], index: number) => entries.toSpliced(index, 1)),
  junk.map(
    (value) => (entries: [string, unknown][], index: number) =>
      entries.map(([key, old], at): [string, unknown] => [key, at === index ? value : old]),
  ),
  keys.map(
    (name) => (entries: [string, unknown][], index: number) =>
      entries.map(([key, old], at): [string, unknown] => [at === index ? name : key, old]),
  ),
  fc
    .tuple(keys, junk)
    .map((added) => (entries: [string, unknown][]) => [...entries, [...added] as [string, unknown]]),
);

const mutatedValue = fc
  .tuple(
    fc.constantFrom(...texts),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), change), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([text, changes]) =>
    changes.reduce((value, [where, apply]) => {
      const places = placesIn(value);
      return changed(value, places[Math.floor(where * places.length)] ?? [], apply);
    }, load(text)),
  );

/** Whether everything that a document says is in what the schema made of it. */
function isKept(written: unknown, taken: unknown): boolean {
  if (written === false) return taken === false || taken === 'off';
  if (Array.isArray(written)) {
    return (
      Array.isArray(taken) &&
      written.length === taken.length &&
      written.every((item, index) => isKept(item, taken[index]))
    );
  }
  if (!isRecord(written)) return Object.is(written, taken);
  return (
    isRecord(taken) &&
    Object.entries(written).every(([key, value]) => Object.hasOwn(taken, key) && isKept(value, taken[key]))
  );
}

t.test(
  'whatever becomes of a document: problems or a set, and nothing that it says is passed over',
  async (t) => {
    let good = 0;
    fc.assert(
      fc.property(mutatedValue, (value) => {
        const { set, problems } = loadConventions([{ file: 'a.yaml', value }], rules);
        if ((set === undefined) !== problems.length > 0) return false;
        for (const problem of problems) if (!/^a\.yaml: \S/.test(problemInWords(problem))) return false;
        if (!set) return true;
        good += 1;
        reportWaivers(set, now);
        const schema = isRecord(value) && value.kind === 'Waiver' ? waiverSchema : conventionPolicySchema;
        return isRecord(value) && (value.kind === 'List' || isKept(value, safeParse(schema, value).output));
      }),
      { numRuns: 10_000 },
    );
    t.ok(good > 100, `${good} of 10,000 mutations were good documents`);
  },
);

t.test('whatever becomes of the text of a file: problems or a set', async (t) => {
  const mutatedText = fc
    .tuple(
      fc.constantFrom(...texts),
      fc.nat(),
      fc.nat(30),
      fc.oneof(fc.string(), fc.constantFrom('\n---\n', '\t', ': ', '&a *a', '{{ x }}', '\uFEFF', '\0')),
    )
    .map(([text, at, length, insert]) => {
      const start = at % text.length;
      return text.slice(0, start) + insert + text.slice(start + length);
    });
  await fc.assert(
    fc.asyncProperty(mutatedText, async (text) => {
      const { set, problems } = await readConventions([{ name: 'a.yaml', text }], rules);
      return (
        (set === undefined) === problems.length > 0 &&
        problems.every(
          ({ line, column }) => line !== undefined && line > 0 && column !== undefined && column > 0,
        )
      );
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

t.test('a name glob matches as the regular expression that it stands for', async (t) => {
  const letters = fc.constantFrom('a', 'b', '-', '*', '?');
  fc.assert(
    fc.property(
      fc.string({ unit: letters, maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 10 }),
      (glob, name) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        return compileNameGlobs([glob])(name) === expression.test(name);
      },
    ),
    { numRuns: 3000 },
  );
  t.pass();
});

t.test('a glob of many stars is matched without going back over all of them', async (t) => {
  const matches = compileNameGlobs(['*a'.repeat(100)]);
  t.notOk(matches('a'.repeat(99)));
  t.notOk(matches(`${'a'.repeat(2000)}b`));
  t.ok(matches('a'.repeat(2000)));
});

t.test('a pattern of a label matches the whole value, and no pattern takes long over one', async (t) => {
  const atom = fc.constantFrom('a', 'b', '[ab]', '.', '(a|b)', '(a|b-)+', '(ab)?', 'b*', 'a{1,3}', '(a+)+');
  fc.assert(
    fc.property(
      fc.array(fc.oneof(atom, fc.constant('|')), { minLength: 1, maxLength: 5 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 6 }),
      (atoms, value) => {
        const source = atoms.join('');
        const compiled = compileLabelPattern(source);
        return (
          'pattern' in compiled && compiled.pattern.test(value) === new RegExp(`^(?:${source})$`).test(value)
        );
      },
    ),
    { numRuns: 3000 },
  );
  const compiled = compileLabelPattern('(a+)+(b|a)*c');
  t.ok(
    'pattern' in compiled && !compiled.pattern.test('a'.repeat(63)),
    'in the time of a backtracking engine this ends never',
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 256 }), (source) => {
      const any = compileLabelPattern(source);
      return 'problem' in any ? any.problem !== '' : typeof any.pattern.test('shop') === 'boolean';
    }),
  );
  t.pass();
});

const requirement: fc.Arbitrary<LabelRequirement> = fc
  .record({
    key: fc.constantFrom('team', 'tier', nameLabel),
    operator: fc.constantFrom('In' as const, 'NotIn' as const, 'Exists' as const, 'DoesNotExist' as const),
    values: fc.uniqueArray(fc.constantFrom('a', 'b', 'any', 'shop'), { minLength: 1 }),
  })
  .map(({ key, operator, values }) => ({
    key,
    operator,
    values: operator === 'In' || operator === 'NotIn' ? values : [],
  }));
const selector = fc.array(requirement, { maxLength: 3 });
const globs = fc.array(fc.constantFrom('a', 'b', 'shop', 's*', '?', 'a*', '*-x'), { maxLength: 3 });
const namespace: fc.Arbitrary<NamespaceIdentity> = fc
  .record({
    name: fc.constantFrom('a', 'b', 'any', 'shop', 'c'),
    labels: fc.dictionary(fc.constantFrom('team', 'tier'), fc.constantFrom<string>('a', 'b', 'any', 'c')),
  })
  .map(({ name, labels }) => ({ name, labels: { ...labels, [nameLabel]: name } }));

t.test('selectors overlap exactly where a namespace is selected by both', async (t) => {
  fc.assert(
    fc.property(selector, selector, globs, namespace, (first, second, exclude, sample) => {
      const excluded = compileNameGlobs(exclude);
      const joint = jointlySelected([first, second], (name) => !excluded(name));
      const both = ({ name, labels }: NamespaceIdentity) =>
        !excluded(name) && selectsLabels(first, labels) && selectsLabels(second, labels);
      return joint ? both(joint) : !both(sample);
    }),
    { numRuns: 5000 },
  );
  t.pass();
});

t.test('in a set that was accepted no namespace has two conventions of the same priority', async (t) => {
  const spec = fc.record({
    priority: fc.constantFrom(0, 1),
    namespaces: fc.record({
      selector: selector.map(asWritten),
      exclude: globs,
    }),
    mesh: fc.constant({}),
  });
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(spec, { minLength: 2, maxLength: 3 }), namespace, (specs, sample) => {
      const sources = specs.map((spec, index) => ({
        file: `${index}.yaml`,
        value: {
          apiVersion: 'tollgate.dev/v1alpha1',
          kind: 'ConventionPolicy',
          metadata: { name: `c${index}` },
          spec,
        },
      }));
      const { set } = loadConventions(sources, rules);
      if (!set) return true;
      accepted += 1;
      const selecting = set.conventions.filter(({ selects }) => selects(sample));
      const top = selecting.filter(({ priority }) => priority === selecting[0]?.priority);
      return (
        top.length <= 1 &&
        set.governing(sample) === selecting[0] &&
        findAmbiguities(set.conventions).length === 0
      );
    }),
    { numRuns: 3000 },
  );
  t.ok(accepted > 100, `${accepted} sets were accepted`);
});

t.test('the index of waivers passes over none that matches', async (t) => {
  const names = fc.array(fc.constantFrom('a', 'ab', 'shop', 's*', '?', 'a*', '*-x', 'b?'), {
    minLength: 1,
    maxLength: 3,
  });
  const match = fc
    .record(
      {
        namespaces: names,
        names,
        namespaceSelector: selector.map(asWritten),
        kinds: fc.constant(['Deployment']),
      },
      { requiredKeys: [] },
    )
    .filter((part) => Object.keys(part).length > 0);
  const ids = fc.uniqueArray(fc.constantFrom('mesh/inject-missing', 'gate/wide-hole', 'mesh/*'), {
    minLength: 1,
  });
  let matching = 0;
  fc.assert(
    fc.property(
      fc.array(fc.record({ rules: ids, match }), { minLength: 1, maxLength: 6 }),
      fc.option(namespace),
      fc.constantFrom('a', 'ab', 'b', 'shop'),
      (specs, place, name) => {
        const waivers = specs.flatMap((spec, index) => {
          const document = { owner: 'o', reason: 'r', until: '2027-01-01', ...spec };
          const value = {
            apiVersion: 'tollgate.dev/v1alpha1',
            kind: 'Waiver',
            metadata: { name: `w${index}` },
            spec: document,
          };
          return loadConventions([{ file: 'w.yaml', value }], rules).set?.waivers ?? [];
        });
        const object = { apiVersion: 'apps/v1', kind: 'Deployment', name };
        const finding = { rule: 'mesh/inject-missing', object } as const;
        const found = new Set(createWaiverIndex(waivers)(finding, place ?? undefined));
        const all = waivers.filter(
          (waiver) =>
            waiver.rules.some((rule) => rule === finding.rule || rule === 'mesh/*') &&
            waiver.matches(object, place ?? undefined),
        );
        matching += all.length;
        return all.every((waiver) => found.has(waiver));
      },
    ),
    { numRuns: 2000 },
  );
  t.ok(matching > 100, `${matching} waivers matched`);
});

/** Requirements as a document writes them. */
function asWritten(requirements: readonly LabelRequirement[]): object {
  return {
    matchExpressions: requirements.map(({ key, operator, values }) =>
      values.length > 0 ? { key, operator, values } : { key, operator },
    ),
  };
}

t.test('annotation waivers are read from any text', async (t) => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'until=by from2026-1 '.split('')) })),
      (text) => {
        const read = readAnnotationWaiver('mesh/inject-missing', {
          'waive.tollgate.dev/mesh.inject-missing': text,
        });
        return read !== undefined && ('statement' in read || read.faults.length > 0);
      },
    ),
  );
  t.pass();
});
