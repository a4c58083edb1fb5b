import * as fc from 'fast-check';
import t from 'tap';
import { isLabelValue } from '../../src/kubernetes/label-syntax.ts';
import type { Selector } from '../../src/calico/selector/ast.ts';
import { atomsByKey } from '../../src/calico/selector/atoms.ts';
import { type Atom, evaluateAtom, evaluateSelector } from '../../src/calico/selector/evaluate.ts';
import { labelClasses } from '../../src/calico/selector/label-classes.ts';
import { parseSelector } from '../../src/calico/selector/parse.ts';
import { resolveSelector } from '../../src/calico/selector/resolve.ts';
import { findLabels } from '../../src/calico/selector/satisfiability.ts';

t.test('one representative for each way to behave', async (t) => {
  const classes = (text: string) => labelClasses(atomsByKey(parsed(text)).get('a') ?? []);
  t.strictSame(classes('a == "x"'), { representatives: [undefined, 'x'], complete: true, states: 0 });
  t.strictSame(classes('has(a) && a not in {"x", "y"}').representatives, [undefined, 'x', 'other']);
  t.strictSame(classes('a == "other" || has(a)').representatives, [undefined, 'other', 'other-2']);
  t.strictSame(classes('a == "not a label value" || has(a)').representatives, [undefined, 'other']);
  t.strictSame(classes('a contains "" && has(a)').representatives, [undefined, 'other']);
  t.strictSame(
    classes('a starts with "prod-" && a ends with "-db"').representatives,
    [undefined, 'x-db', 'prod-x', 'prod-db'],
    'the dash of both needles may be the same one',
  );
  t.strictSame(classes('a ends with "-" || a starts with "."').representatives, [undefined]);
});

t.test('more answers than anybody needs are not computed', async (t) => {
  /** A thousand conditions that name so many values together. */
  const classesOf = (values: number) => {
    const names = Array.from({ length: values }, (_, index) => `v${index}`);
    const atoms = Array.from(
      { length: 1_000 },
      (_, index): Atom => ({
        kind: 'in',
        key: 'a',
        values: index === 0 ? names.slice(999) : names.slice(index - 1, index),
      }),
    );
    return labelClasses(atoms);
  };
  t.strictSame(classesOf(1_999), { representatives: [undefined], complete: false, states: 0 });
  t.equal(classesOf(1_998).representatives.length, 2 + 999, 'two million are');
});

t.test('questions that share an effort are answered until it is used up', async (t) => {
  const effort = { work: 100, states: 100 };
  const questions = Array.from({ length: 100 }, (_, index) => parsed(`a == "x" && b == "y${index}"`));
  const answers = questions.map((question) => findLabels(question, true, effort));
  t.not(answers[0], 'unknown');
  t.equal(answers.at(-1), 'unknown');
  const parts = { work: 300_000, states: 60 };
  const first = findLabels(parsed('a contains "xy" && a starts with "x"'), true, parts);
  t.not(first, 'unknown');
  t.ok(parts.states < 60, 'a search for parts has its price');
  const { states } = parts;
  findLabels(parsed('a == "xy"'), true, parts);
  t.equal(parts.states, states, 'and others do not');
});

t.test('values may have 63 characters and no more', async (t) => {
  const overlapping = `a contains "${'a'.repeat(40)}" && a contains "${'a'.repeat(20)}${'b'.repeat(43)}"`;
  const tooLong = `a contains "${'a'.repeat(40)}" && a contains "${'b'.repeat(24)}"`;
  t.strictSame(found(findLabels(parsed(overlapping), true)), 'none');
  t.strictSame(found(findLabels(parsed(tooLong), true)), 'none');
  t.strictSame(found(findLabels(parsed(tooLong.replace('bb', 'b')), true)), {
    a: `${'a'.repeat(40)}${'b'.repeat(23)}`,
  });
});

// Few letters and short values, so that every value can be tried; the long ones are like one of these.
const everyValue = (function combine(length: number): string[] {
  return length === 0
    ? ['']
    : combine(length - 1).flatMap((text) => ['', 'a', 'b', '-', 'z'].map((end) => text + end));
})(7).filter(isLabelValue);
const distinctValues = [...new Set(everyValue)];
const anyNeedle = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 3 }),
  fc.constantFrom('é', '_ ', 'ab-'),
);
const anyAtom: fc.Arbitrary<Atom> = fc.oneof(
  fc.record({ kind: fc.constant('has' as const), key: fc.constant('a') }),
  fc.record({
    kind: fc.constantFrom('equals' as const, 'not-equals', 'contains', 'starts-with', 'ends-with'),
    key: fc.constant('a'),
    value: anyNeedle,
  }),
  fc.record({
    kind: fc.constantFrom('in' as const, 'not-in'),
    key: fc.constant('a'),
    values: fc.array(anyNeedle, { maxLength: 3 }),
  }),
);

t.test('the representatives behave as all values together', async () => {
  const answers = (atoms: readonly Atom[], value: string | undefined) =>
    atoms.map((atom) => evaluateAtom(atom, value)).join();
  fc.assert(
    fc.property(fc.array(anyAtom, { maxLength: 4 }), (atoms) => {
      const { representatives, complete } = labelClasses(atoms);
      const expected = new Set([undefined, ...distinctValues].map((value) => answers(atoms, value)));
      const classes = representatives.map((value) => answers(atoms, value));
      const distinct = new Set(classes);
      const possible = representatives.every((value) => value === undefined || isLabelValue(value));
      return complete && possible && distinct.size === classes.length && expected.isSubsetOf(distinct);
    }),
    { numRuns: 60 },
  );
});

const anySelector: fc.Arbitrary<Selector> = fc.letrec<{ selector: Selector }>((tie) => ({
  selector: fc.oneof(
    { maxDepth: 3 },
    fc
      .tuple(anyAtom, fc.constantFrom('a', 'b', 'not/a/label'))
      .map(([atom, key]) => Object.assign({}, atom, { key })),
    tie('selector').map((operand): Selector => ({ kind: 'not', operand })),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or'),
      operands: fc.array(tie('selector'), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).selector;

t.test('labels are found exactly where there are some', async () => {
  const values = [undefined, ...distinctValues.filter((value) => value.length <= 4)];
  const pairs = values.flatMap((a) => values.slice(0, 60).map((b) => ({ a, b })));
  fc.assert(
    fc.property(anySelector, fc.boolean(), (selector, wanted) => {
      const search = findLabels(selector, wanted);
      if (search === 'unknown') return false;
      const answer = (labels: ReadonlyMap<string, string | undefined>) =>
        evaluateSelector(selector, (key) => labels.get(key)) === wanted;
      if (search !== 'none') return answer(search.labels);
      return pairs.every(
        ({ a, b }) =>
          !answer(
            new Map([
              ['a', a],
              ['b', b],
            ]),
          ),
      );
    }),
    { numRuns: 60 },
  );
});

t.test('putting in what is known changes no answer', async (t) => {
  fc.assert(
    fc.property(
      anySelector,
      fc.constantFrom(undefined, '', 'a', 'ab'),
      fc.constantFrom(undefined, 'b', 'a-b'),
      (selector, a, b) => {
        const labels = new Map([
          ['a', a],
          ['b', b],
        ]);
        const rest = resolveSelector(selector, new Map([['a', a]]));
        const answer = typeof rest === 'boolean' ? rest : evaluateSelector(rest, (key) => labels.get(key));
        const asksForA = typeof rest !== 'boolean' && atomsByKey(rest).has('a');
        return !asksForA && answer === evaluateSelector(selector, (key) => labels.get(key));
      },
    ),
  );
  t.equal(resolveSelector(parsed('all() || has(a)'), new Map()), true);
  t.strictSame(
    resolveSelector(parsed('has(b) && (has(a) || global()) && !has(c)'), new Map([['c', undefined]])),
    {
      kind: 'has',
      key: 'b',
    },
  );
});

t.test('a search that would take too long is given up and says so', async (t) => {
  const needles = Array.from({ length: 31 }, (_, index) => `a contains "${index.toString(36)}"`);
  const classes = labelClasses(atomsByKey(parsed(needles.join(' && '))).get('a') ?? []);
  t.equal(classes.complete, false);
  const pigeons = Array.from({ length: 12 }, (_, index) => `k${index}`);
  const holes = Array.from({ length: 11 }, (_, index) => `"h${index}"`);
  const inSomeHole = pigeons.map((key) => `${key} in {${holes.join(',')}}`);
  const alone = holes.flatMap((hole) =>
    pigeons.flatMap((left, index) =>
      pigeons.slice(index + 1).map((right) => `!(${left} == ${hole} && ${right} == ${hole})`),
    ),
  );
  t.equal(findLabels(parsed([...inSomeHole, ...alone].join(' && ')), true), 'unknown');
});

function parsed(text: string): Selector {
  const result = parseSelector(text);
  if ('problem' in result) throw new Error(result.problem.message);
  return result.selector;
}

function found(search: ReturnType<typeof findLabels>): unknown {
  return typeof search === 'string' ? search : Object.fromEntries(search.labels);
}
