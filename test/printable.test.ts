import fc from 'fast-check';
import t from 'tap';
import { masked, printable, printableJson, printableLine } from '../src/engine/printable.ts';
import { cut } from '../src/text/cut.ts';

/** What a terminal obeys or hides, most of it beside ordinary text. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\u001B[2K',
        '\r',
        '\n',
        '\t',
        '\u0085',
        '\u009B',
        '\u007F',
        '\u202E',
        '\u2066',
        '\u200B',
      ),
      fc.constantFrom(
        '\u2028',
        '\u2029',
        '\uFEFF',
        '\u{E0041}',
        '\uD800',
        '\uDC00',
        '😀',
        '\\',
        String.raw`\u001b`,
      ),
      fc.string({ maxLength: 8 }),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

const forbidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

t.test('what cannot be printed is written out', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['plain text, "quoted" – ünïcödé 日本 😀', 'plain text, "quoted" – ünïcödé 日本 😀'],
    ['\u001B[2K\u001B[1A', String.raw`\u001b[2K\u001b[1A`],
    ['a\u007Fb\u009Bc', String.raw`a\u007fb\u009bc`],
    ['\u202Eabc\u202C \u2066x\u2069', String.raw`\u202eabc\u202c \u2066x\u2069`],
    ['a\u200B\u200D\uFEFFb', String.raw`a\u200b\u200d\ufeffb`],
    ['a\u2028b\u2029c', String.raw`a\u2028b\u2029c`],
    ['\u{E0041}', String.raw`\u{e0041}`],
    ['\uD800', String.raw`\ud800`],
    ['a\rb', String.raw`a\rb`],
  ];
  for (const [text, expected] of cases) t.equal(printable(text), expected);
  t.equal(printable('a\n\tb'), 'a\n\tb', 'lines stay lines');
  t.equal(printableLine('a\n\tb'), String.raw`a\n\tb`, 'or one line');
  t.equal(masked('a\u001B\u{E0041}b\n'), 'a\uFFFD\uFFFD\uFFFDb\n', 'or as wide as before');
});

t.test('nothing gets through, and nothing is written out twice', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(hostile, (text) => {
        const [lines, line] = [printable(text), printableLine(text)];
        return (
          !forbidden.test(lines.replaceAll(/[\n\t]/g, '')) &&
          !forbidden.test(line) &&
          !forbidden.test(masked(text).replaceAll(/[\n\t]/g, '')) &&
          printable(lines) === lines &&
          printableLine(line) === line &&
          masked(text).length === text.length
        );
      }),
    ),
  );
});

t.test('JSON says the same as before', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(hostile, (text) => {
        const line = `${JSON.stringify([text])}\n`;
        const shown = printableJson(line);
        const [read] = JSON.parse(shown) as readonly string[];
        return read === text && !forbidden.test(shown.slice(0, -1)) && shown.endsWith('\n');
      }),
    ),
  );
});

t.test('a cut leaves no half of anything', async (t) => {
  const cutAt = (text: string, length: number) => cut(text, length, { printable: true });
  t.equal(cutAt('short', 5), 'short');
  t.equal(cutAt('longer', 5), 'long…');
  t.equal(cutAt(String.raw`ab\u001bcd`, 7), 'ab…', 'an escape is whole or not there');
  t.equal(cutAt(String.raw`ab\u001bcd`, 9), String.raw`ab\u001b…`);
  t.equal(cutAt(String.raw`ab\u{e0041}cd`, 8), 'ab…');
  t.equal(cutAt(String.raw`ab\ncd`, 4), 'ab…');
  t.equal(cutAt('ab😀cd', 4), 'ab…');
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 60 }), (text, length) => {
        const line = printableLine(text);
        const short = cutAt(line, length);
        return (
          short.length <= length &&
          !forbidden.test(short) &&
          (short === line || line.startsWith(short.slice(0, -1)))
        );
      }),
    ),
  );
});
