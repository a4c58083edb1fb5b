import { tokenize } from '../selector/lexer.ts';
import { parseSelector } from '../selector/parse.ts';
import { type Check, fieldAt, shown } from './report.ts';
import { text } from './schema.ts';

/** A selector that parses; the custom resources take 1,024 characters, in serviceAccounts any number. */
export function selector(maximum = 1024): Check {
  return (value, pointer, report) => {
    text(maximum)(value, pointer, report);
    if (typeof value !== 'string') return;
    const parsed = parseSelector(value);
    if (!('problem' in parsed)) return;
    const { message: problem, remedy } = parsed.problem;
    const message = `${fieldAt(pointer)} ${shown(value)} does not parse: ${problem}`;
    const expected = remedy === undefined ? {} : { expected: remedy.replace(/^write /, '') };
    report({ pointer, code: 'selector-invalid', message, ...expected });
  };
}

/** No `global(` anywhere, not even in a string: only the namespaceSelector of a rule may have it. */
export const notGlobal: Check = (value, pointer, report) => {
  if (typeof value !== 'string' || !value.includes('global(')) return;
  const message = `${fieldAt(pointer)} ${shown(value)} uses global()`;
  const expected = 'global() only in the namespaceSelector of a rule';
  report({ pointer, code: 'global-misplaced', message, expected });
};

/** `global()` stands alone or not at all. */
export const onlyGlobal: Check = (value, pointer, report) => {
  if (typeof value !== 'string' || !value.includes('global(')) return;
  const [first, second] = tokenize(value);
  if (first?.kind === 'global' && second?.kind === 'end') return;
  const message = `${fieldAt(pointer)} ${shown(value)} combines global() with something else`;
  report({ pointer, code: 'global-combined', message, expected: 'global() alone' });
};
