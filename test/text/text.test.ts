import t from 'tap';
import { cut } from '../../src/text/cut.ts';
import { didYouMean } from '../../src/text/did-you-mean.ts';
import { listInWords } from '../../src/text/list.ts';
import { aThirdWrong, nearestWord, oneSlip, oneSlipInName } from '../../src/text/nearest-word.ts';
import { counted, plural } from '../../src/text/plural.ts';

t.test('a list in words', async (t) => {
  t.equal(listInWords([]), '');
  t.equal(listInWords(['a']), 'a');
  t.equal(listInWords(['a', 'b']), 'a and b');
  t.equal(listInWords(['a', 'b', 'c']), 'a, b and c');
  t.equal(listInWords(['a', 'b', 'c'], { last: 'or' }), 'a, b or c');
  t.equal(listInWords(['a', 'b', 'c'], { last: ',' }), 'a, b, c');
  t.equal(listInWords(['a', 'b', 'c'], { most: 3 }), 'a, b and c');
  t.equal(listInWords(['a', 'b', 'c'], { most: 2 }), 'a, b and 1 more');
  t.equal(listInWords(['a', 'b', 'c'], { most: 2, overBy: 2 }), 'a, b and c');
  t.equal(listInWords(['a', 'b', 'c', 'd'], { most: 2, overBy: 2, last: ',' }), 'a, b and 2 more');
});

t.test('a cut is as long as asked for, with its mark or without', async (t) => {
  t.equal(cut('abcd', 4), 'abcd');
  t.equal(cut('abcde', 4), 'abc…');
  t.equal(cut('abcde', 4, { mark: '...' }), 'a...');
  t.equal(cut('abcde', 4, { mark: '' }), 'abcd');
  t.equal(cut('abcde', 4, { markOnTop: true }), 'abcd…');
  t.equal(cut(String.raw`ab\u001b`, 7), String.raw`ab\u00…`);
  t.equal(cut(String.raw`ab\u001b`, 7, { printable: true }), 'ab…');
});

t.test('plural', async (t) => {
  t.same([plural(0, 'pod'), plural(1, 'pod'), plural(2, 'has', 'have')], ['pods', 'pod', 'have']);
  t.same([counted(1, 'error'), counted(2, 'error')], ['1 error', '2 errors']);
});

t.test('the nearest word, by what counts as near', async (t) => {
  t.equal(nearestWord('enabeld', ['disabled', 'enabled'], { within: 2 }), 'enabled');
  t.equal(nearestWord('whatever', ['disabled', 'enabled'], { within: 2 }), undefined);
  t.equal(
    nearestWord('ENABLED', ['enabled'], { within: 2 }),
    undefined,
    'each letter of another case counts',
  );
  t.equal(nearestWord('b', ['a', 'c'], { within: 1 }), 'a', 'the first of two');
  t.equal(nearestWord('enabled', ['enable', 'enabled'], { within: 2 }), 'enabled', 'itself');

  t.equal(nearestWord('ingres', ['Egress', 'Ingress'], aThirdWrong), 'Ingress');
  t.equal(nearestWord('ixyz', ['a', 'Ingress'], aThirdWrong), undefined);
  t.equal(nearestWord('b', ['a'], aThirdWrong), 'a');

  t.equal(nearestWord('wbe', ['web'], oneSlip), 'web');
  t.equal(nearestWord('bew', ['web'], oneSlip), 'web', 'letters may change places over some distance');
  t.equal(nearestWord('WEB', ['wab', 'web'], oneSlip), 'web');
  t.equal(nearestWord('WBE', ['web'], oneSlip), undefined, 'another case and a swap are two slips');
  t.equal(nearestWord('x'.repeat(65), ['x'.repeat(64)], oneSlip), undefined);

  t.equal(nearestWord('SELETCOR', ['selector'], oneSlipInName), 'selector');
  t.equal(nearestWord('rolecest', ['selector'], oneSlipInName), undefined);
  t.equal(nearestWord('abab', ['baba'], oneSlipInName), undefined, 'two pairs have changed places');
  t.equal(nearestWord('xs', ['is'], oneSlipInName), undefined, 'short names differ by a letter');
  t.equal(nearestWord('IS', ['is'], oneSlipInName), 'is');
});

t.test('did you mean', async (t) => {
  t.equal(didYouMean('--fromat', ['--format', '--file']), ', did you mean --format?');
  t.equal(didYouMean('--FORMAT', ['--format']), '');
  t.equal(didYouMean('x', []), '');
  t.equal(didYouMean('INGRES', ['ingress'], 'document'), '; did you mean "ingress"?');
});
