import { argumentProblem, characterProblem, operatorProblem, singleSignProblem } from './lexer-problems.ts';
import { problemAt, type SelectorProblem } from './problem.ts';
import type { InvalidToken, Token, TokenKind } from './token.ts';

const maximumLabelLength = 512;
const labelPattern = /[A-Za-z0-9_./-]+/y;
const spacePattern = /[ \t]*/y;

/** Words that are operators, but only right after a label: elsewhere they are label names. */
const wordOperators: readonly (readonly [TokenKind, RegExp])[] = [
  ['contains', /contains(?![A-Za-z0-9_./-])/y],
  ['starts with', /starts[ \t]*with(?![ \t]*[A-Za-z0-9_./-])/y],
  ['ends with', /ends[ \t]*with(?![ \t]*[A-Za-z0-9_./-])/y],
  ['not in', /not[ \t]*in(?![ \t]*[A-Za-z0-9_./-])/y],
  ['in', /in(?![A-Za-z0-9_./-])/y],
];

const signs: readonly TokenKind[] = ['==', '!=', '&&', '||', '(', ')', '{', '}', ',', '!'];

const firstOfSigns: ReadonlySet<string> = new Set(signs.map((sign) => sign.charAt(0)));

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

/**
 * Cuts a selector into tokens, up to the end or to the first text that is none.
 * Only spaces and tabs separate tokens, a string has no escapes, and what follows a label is read as an operator,
 * so that `in`, `has` and `contains` are label names as well. Linear in the length of the text.
 * Source: Calico libcalico-go/lib/selector/tokenizer/tokenizer.go.
 */
export function tokenize(text: string): readonly (Token | InvalidToken)[] {
  const tokens: (Token | InvalidToken)[] = [];
  let previous: Token | undefined;
  let position = 0;
  for (;;) {
    const start = isSpace(text[position]) ? (endOf(spacePattern, text, position) ?? position) : position;
    const token = tokenAt(text, start, previous);
    tokens.push(token);
    if (token.kind === 'invalid' || token.kind === 'end') return tokens;
    previous = token;
    position = token.end;
  }
}

function tokenAt(text: string, start: number, previous: Token | undefined): Token | InvalidToken {
  const first = text[start];
  if (first === undefined) return { kind: 'end', value: '', start, end: start };
  if (first === '"' || first === "'") return stringAt(text, start, first);
  const sign = firstOfSigns.has(first)
    ? signs.find((candidate) => text.startsWith(candidate, start))
    : undefined;
  if (sign) return { kind: sign, value: '', start, end: start + sign.length };
  if (first === '=' || first === '&' || first === '|')
    return invalid(start, singleSignProblem(text, start, first, previous));
  if (previous?.kind === 'label') return operatorAt(text, start, previous);
  const name = ['has', 'all', 'global'].find((candidate) => text.startsWith(`${candidate}(`, start));
  return name === undefined
    ? labelAt(text, start)
    : functionAt(text, start, name as 'has' | 'all' | 'global');
}

function stringAt(text: string, start: number, quote: string): Token | InvalidToken {
  const close = text.indexOf(quote, start + 1);
  if (close >= 0) return { kind: 'string', value: text.slice(start + 1, close), start, end: close + 1 };
  return invalid(
    start,
    problemAt(start, 'string-unterminated', 'the string is not closed', `close it with ${quote}`),
  );
}

function operatorAt(text: string, start: number, label: Token): Token | InvalidToken {
  for (const [kind, pattern] of wordOperators) {
    const end = endOf(pattern, text, start);
    if (end !== undefined) return { kind, value: '', start, end };
  }
  return invalid(start, operatorProblem(text, start, label));
}

function functionAt(text: string, start: number, name: 'has' | 'all' | 'global'): Token | InvalidToken {
  let position = endOf(spacePattern, text, start + name.length + 1) ?? start;
  const argument = position;
  if (name === 'has') position = endOf(labelPattern, text, position) ?? position;
  const value = text.slice(argument, position);
  position = endOf(spacePattern, text, position) ?? position;
  if (text[position] !== ')' || (name === 'has' && value === ''))
    return invalid(start, argumentProblem(text, start, name));
  if (value.length > maximumLabelLength) return invalid(argument, labelTooLong(argument));
  return { kind: name, value, start, end: position + 1 };
}

function labelAt(text: string, start: number): Token | InvalidToken {
  const end = endOf(labelPattern, text, start);
  if (end === undefined) return invalid(start, characterProblem(text, start));
  if (end - start > maximumLabelLength) return invalid(start, labelTooLong(start));
  return { kind: 'label', value: text.slice(start, end), start, end };
}

function labelTooLong(offset: number): SelectorProblem {
  return problemAt(offset, 'label-too-long', `a label name longer than ${maximumLabelLength} characters`);
}

function invalid(start: number, problem: SelectorProblem): InvalidToken {
  return { kind: 'invalid', start, problem };
}

function endOf(pattern: RegExp, text: string, position: number): number | undefined {
  pattern.lastIndex = position;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
