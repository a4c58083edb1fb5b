import * as fc from 'fast-check';
import t from 'tap';
import { isWithin, type Path } from '../../src/conventions/document/fault.ts';
import { createPathSet } from '../../src/conventions/document/path-set.ts';
import { withoutPaths } from '../../src/conventions/document/without-paths.ts';
import { waiversByLabel } from '../../src/conventions/waiver/waivers-by-label.ts';
import { namespaceIdentity } from '../../src/kubernetes/namespace.ts';
import { conventions } from '../support/conventions.ts';

const anyPath: fc.Arbitrary<Path> = fc.array(fc.constantFrom('a', 'b', '0', 0, 1), { maxLength: 3 });

t.test('a set of places answers what looking at each of them does', async (t) => {
  fc.assert(
    fc.property(fc.array(anyPath, { maxLength: 6 }), anyPath, (paths, path) => {
      const set = createPathSet(paths);
      const around = paths.some((one) => one.length > 0 && isWithin(path, one));
      const within = paths.some((one) => isWithin(one, path));
      return set.hasAround(path) === around && set.hasWithin(path) === within;
    }),
  );
  t.pass('held');
});

t.test('what is taken out is taken out, and nothing else moves', async (t) => {
  const value = { a: [1, { x: 1, y: 2 }, 3], b: { c: 1 }, d: 4 };
  const table: readonly (readonly [readonly Path[], unknown])[] = [
    [[], value],
    [[[]], undefined],
    [[['d']], { a: value.a, b: value.b }],
    [
      [
        ['a', 0],
        ['a', 1, 'x'],
      ],
      { a: [{ y: 2 }, 3], b: value.b, d: 4 },
    ],
    [
      [
        ['b', 'c'],
        ['b', 'none'],
        ['none', 'c'],
      ],
      { a: value.a, b: {}, d: 4 },
    ],
    [[['a', 2], ['a']], { b: value.b, d: 4 }],
    [[['d', 'x']], value],
  ];
  for (const [paths, left] of table) t.strictSame(withoutPaths(value, paths), left, JSON.stringify(paths));
});

t.test('waivers by labels are found in the order of all, whatever their selectors ask for', async (t) => {
  const waiver = (name: string, match: object) => ({
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'Waiver',
    metadata: { name },
    spec: { rules: ['mesh/opt-out'], match, owner: 'a', reason: 'b', until: '2027-03-31' },
  });
  const not = (values: readonly string[]) => ({
    namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'NotIn', values }] },
  });
  const { waivers } = conventions(
    {},
    waiver('not-b', not(['b'])),
    waiver('by-name', { names: ['x'] }),
    waiver('of-a', { namespaceSelector: { matchLabels: { team: 'a' } } }),
    waiver('of-b', { namespaceSelector: { matchLabels: { team: 'b' } } }),
    waiver('not-a', not(['a'])),
  );
  const namesFor = (labels: Readonly<Record<string, string>>) =>
    waiversByLabel(waivers)(
      namespaceIdentity('shop', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } }),
    ).map(({ name }) => name);
  t.strictSame(namesFor({ team: 'a' }), ['not-b', 'of-a']);
  t.strictSame(namesFor({ team: 'b' }), ['of-b', 'not-a']);
  t.strictSame(namesFor({}), ['not-b', 'not-a']);
});
