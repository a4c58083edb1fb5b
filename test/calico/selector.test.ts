import * as fc from 'fast-check';
import t from 'tap';
import type { Selector } from '../../src/calico/selector/ast.ts';
import { compareBytes } from '../../src/calico/selector/byte-order.ts';
import { evaluateSelector } from '../../src/calico/selector/evaluate.ts';
import { parseSelector } from '../../src/calico/selector/parse.ts';
import { prefixLabels } from '../../src/calico/selector/prefix.ts';
import { printSelector, selectorUid } from '../../src/calico/selector/print.ts';
import { anySelector } from './selector-arbitrary.ts';

t.test('the grammar gives one tree', async (t) => {
  t.strictSame(parsed('a == "1" || !has(b) && c not in {"z", "y", "z",}'), {
    kind: 'or',
    operands: [
      { kind: 'equals', key: 'a', value: '1' },
      {
        kind: 'and',
        operands: [
          { kind: 'not', operand: { kind: 'has', key: 'b' } },
          { kind: 'not-in', key: 'c', values: ['y', 'z'] },
        ],
      },
    ],
  });
  t.strictSame(parsed(' \t'), { kind: 'all' });
  t.strictSame(parsed('((!!! global( )))'), { kind: 'not', operand: { kind: 'global' } });
  t.strictSame(parsed('in in {}'), { kind: 'in', key: 'in', values: [] });
  t.strictSame(parsed('not notin{"x"}'), { kind: 'not-in', key: 'not', values: ['x'] });
  t.strictSame(parsed("has startswith'x'"), { kind: 'starts-with', key: 'has', value: 'x' });
  t.strictSame(parsed('a == "line\nbreak"'), { kind: 'equals', key: 'a', value: 'line\nbreak' });
});

t.test('an absent label differs from an empty one', async (t) => {
  const matches = (text: string, labels: ReadonlyMap<string, string>) =>
    evaluateSelector(parsed(text), (key) => labels.get(key));
  const absent = new Map<string, string>();
  const empty = new Map([['a', '']]);
  for (const text of ['a != "x"', 'a not in {"x"}', 'a not in {}', '!has(a)', '!a contains ""']) {
    t.ok(matches(text, absent), `${text} without the label`);
  }
  for (const text of ['a contains ""', 'a starts with ""', 'a ends with ""', 'has(a)', 'a == ""']) {
    t.ok(matches(text, empty), `${text} with an empty label`);
    t.notOk(matches(text, absent), `${text} without the label`);
  }
  t.notOk(
    matches('__proto__ != "x" && has(constructor)', absent),
    'names of object prototypes are plain labels',
  );
});

t.test('the canonical form', async (t) => {
  t.equal(printSelector(parsed(`a in {'"', "'", "B", 'a'}`)), `a in {'"', "'", "B", "a"}`);
  t.equal(printSelector(parsed('!(has(a) && (b == "1" || all()))')), '!(has(a) && (b == "1" || all()))');
  t.equal(
    printSelector(prefixLabels(parsed('!has(a) || b != "1"'), 'pcns.')),
    '(!has(pcns.a) || pcns.b != "1")',
  );
  t.equal(selectorUid(parsed('all()')), 's:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug');
  t.strictSame(['\u{1f600}', '\ufffd', 'a'].sort(compareBytes), ['a', '\ufffd', '\u{1f600}']);
});

t.test('printing loses nothing', async () => {
  fc.assert(
    fc.property(anySelector, (selector) => {
      const text = printSelector(selector);
      const again = parsed(text);
      return printSelector(again) === text && JSON.stringify(again) === JSON.stringify(selector);
    }),
  );
});

t.test('printing keeps the meaning', async () => {
  const anyLabels = fc.dictionary(fc.constantFrom('a', 'b', 'in'), fc.constantFrom('', 'x', 'xy', 'y'));
  fc.assert(
    fc.property(anySelector, anyLabels, (selector, labels) => {
      const labelOf = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
      return (
        evaluateSelector(selector, labelOf) === evaluateSelector(parsed(printSelector(selector)), labelOf)
      );
    }),
  );
});

t.test('the parser answers any text', async (t) => {
  const fragments = fc.constantFrom(
    ...'a,in,not,has(,all(),(,),{,},"x",\',==,!=,!,&&,||,=,&,|,\n,\u00a0,é'.split(','),
    ',',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(fragments, { maxLength: 30 }), (parts) => {
      const text = parts.join('');
      const result = parseSelector(text);
      return 'selector' in result || (result.problem.offset >= 0 && result.problem.offset <= text.length);
    }),
  );
  const nested = (depth: number) => `${'!('.repeat(depth)}has(a)${')'.repeat(depth)}`;
  t.notOk(
    evaluateSelector(parsed(nested(512)), () => undefined),
    'the deepest nesting is evaluated',
  );
  t.equal(problemCode(nested(513)), 'nesting-too-deep');
  t.equal(problemCode('('.repeat(10_000)), 'nesting-too-deep');
  t.equal(problemCode('has(a) && '.repeat(100_000)), 'selector-too-long');
  t.equal(problemCode(`a in {${'"x",'.repeat(5_000)}`), 'set-element');
  t.equal(problemCode('!'.repeat(32_768)), 'condition-missing');
});

function parsed(text: string): Selector {
  const result = parseSelector(text);
  if ('problem' in result) throw new Error(result.problem.message);
  return result.selector;
}

function problemCode(text: string): string | undefined {
  const result = parseSelector(text);
  return 'problem' in result ? result.problem.code : undefined;
}
