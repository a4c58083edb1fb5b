import { quoted } from './lexer-problems.ts';
import { problemAt, type SelectorProblem } from './problem.ts';
import type { InvalidToken, Token, TokenKind } from './token.ts';
import { cut } from '../../text/cut.ts';

/** How much of the text is looked at for a remedy. */
const reach = 300;

type Found = Token | InvalidToken;

/** What is wrong where a condition should start; `previous` is the token before it. */
export function inPlaceOfCondition(found: Found, text: string, previous: Found | undefined): SelectorProblem {
  if (found.kind === 'invalid') return found.problem;
  if (found.kind === 'string') {
    const mirrored = /^(?:"[^"]*"|'[^']*')[ \t]*(==|!=)[ \t]*([A-Za-z0-9_./-]+)/.exec(
      text.slice(found.start, found.start + reach),
    );
    const remedy = mirrored?.[2] ? `write ${mirrored[2]} ${mirrored[1]} ${quoted(found.value)}` : undefined;
    return problemAt(found.start, 'literal-first', 'a condition starts with a label, not a string', remedy);
  }
  if (found.kind === '==' || found.kind === '!=') {
    return problemAt(found.start, 'label-missing', `there is no label before "${found.kind}"`);
  }
  const place = previous && previous.kind !== 'invalid' ? ` after ${nameOf(previous)}` : '';
  return problemAt(
    found.start,
    'condition-missing',
    `${nameOf(found)} where a condition is expected${place}`,
  );
}

/** What is wrong where an operator should follow a label. */
export function inPlaceOfOperator(found: Found, text: string, label: Token): SelectorProblem {
  if (found.kind === 'invalid') return found.problem;
  const name = label.value;
  const isFunction = ['has', 'all', 'global'].includes(name);
  if (/^not$/i.test(name) && (found.kind === '(' || found.kind === '!')) {
    return problemAt(label.start, 'word-operator', `"${name}" is not an operator`, 'write "!"');
  }
  if (found.kind === '(') {
    const found = isFunction ? `a space between "${name}" and "("` : `"${name}" is not a function`;
    const remedy = isFunction
      ? `write "${name}(" without the space`
      : 'the functions are has(), all() and global()';
    return problemAt(label.start, 'function-argument', found, remedy);
  }
  const missing = `the label ${name} is followed by no operator`;
  if (found.kind === 'string' && found.value.length <= reach) {
    return problemAt(label.start, 'operator-missing', missing, `write ${name} == ${quoted(found.value)}`);
  }
  if (found.kind === '!' && /^![ \t]*in\b/.test(text.slice(found.start, found.start + reach))) {
    return problemAt(found.start, 'operator-unknown', '"! in" is not an operator', 'write "not in"');
  }
  const remedy = name === 'all' || name === 'global' ? `write ${name}()` : `write has(${name})`;
  return problemAt(label.start, 'operator-missing', missing, remedy);
}

/** What is wrong where `&&`, `||`, the end or the parenthesis that closes `open` should follow a condition. */
export function afterCondition(found: Found, open?: Token): SelectorProblem {
  if (found.kind === 'invalid') return found.problem;
  if (found.kind === 'end' && open) {
    return problemAt(open.start, 'parenthesis-unclosed', '"(" is not closed', 'write ")"');
  }
  if (found.kind === ')') {
    return problemAt(found.start, 'parenthesis-unexpected', '")" closes nothing', 'remove it');
  }
  const word = found.kind === 'label' ? found.value.toLowerCase() : '';
  if (word === 'and' || word === 'or') {
    const remedy = word === 'and' ? 'write "&&"' : 'write "||"';
    return problemAt(found.start, 'word-operator', `"${found.value}" is not an operator`, remedy);
  }
  const missing = `${nameOf(found)} where "&&" or "||" is expected`;
  const remedy = found.kind === ',' ? 'write "&&"' : undefined;
  return problemAt(found.start, 'conjunction-missing', missing, remedy);
}

/** What is wrong where a string should follow an operator that compares with one. */
export function inPlaceOfValue(
  found: Found,
  text: string,
  label: Token,
  operator: TokenKind | 'invalid',
): SelectorProblem {
  if (found.kind === 'invalid') return found.problem;
  if (found.kind === 'label') {
    const word = wordAt(text, found.start);
    const remedy = `write ${label.value} ${operator} ${quoted(word)}`;
    return problemAt(found.start, 'value-unquoted', `the value ${word} is not in quotes`, remedy);
  }
  const set = operator === '!=' ? 'not in' : 'in';
  const remedy = found.kind === '{' ? `write ${label.value} ${set} {…}` : undefined;
  const missing = `${nameOf(found)} where a string in quotes is expected after "${operator}"`;
  return problemAt(found.start, 'value-missing', missing, remedy);
}

/** What is wrong where a set should follow `in` or `not in`. */
export function inPlaceOfSet(found: Found, text: string, label: Token, operator: string): SelectorProblem {
  if (found.kind === 'invalid') return found.problem;
  const missing = `${nameOf(found)} where a set in braces is expected after "${operator}"`;
  const values = found.kind === '(' ? listAt(text, found.start) : valueOf(found);
  const remedy = values && `write ${label.value} ${operator} {${values.map(quoted).join(', ')}}`;
  return problemAt(found.start, 'set-missing', missing, remedy);
}

/** What is wrong inside the braces of a set. */
export function inPlaceOfSetElement(found: Found, text: string): SelectorProblem {
  if (found.kind === 'invalid') return found.problem;
  switch (found.kind) {
    case 'label': {
      const word = wordAt(text, found.start);
      const unquoted = `the value ${word} is not in quotes`;
      return problemAt(found.start, 'value-unquoted', unquoted, `write ${quoted(word)}`);
    }
    case 'string':
      return problemAt(
        found.start,
        'set-element',
        `no comma before ${quoted(cut(found.value, longestShown, { markOnTop: true }))}`,
        'write ","',
      );
    case 'end':
      return problemAt(found.start, 'set-element', 'the set is not closed', 'write "}"');
    default:
      return problemAt(
        found.start,
        'set-element',
        `${nameOf(found)} where a string in quotes or "}" is expected`,
      );
  }
}

/** `(default, net-sec)` as a list of its words, where it is one. */
function listAt(text: string, start: number): string[] | undefined {
  const list = /^\(([^(){}]*)\)/.exec(text.slice(start, start + reach))?.[1];
  const words = list?.split(',').map((word) => word.trim().replace(/^(["'])(.*)\1$/, '$2'));
  return words?.every((word) => /^[^\s"']+$/.test(word)) ? words : undefined;
}

function valueOf(found: Token): string[] | undefined {
  const isValue = found.kind === 'string' || found.kind === 'label';
  return isValue && found.value.length <= reach ? [found.value] : undefined;
}

/** A word without quotes, as far as its writer would have put it into quotes. */
function wordAt(text: string, start: number): string {
  return /^[^\s&|(){},"']+/.exec(text.slice(start, start + reach))?.[0] ?? '';
}

function nameOf(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end';
    case 'label':
    case 'string':
      return token.kind === 'label'
        ? `the label ${token.value}`
        : `the string ${quoted(cut(token.value, longestShown, { markOnTop: true }))}`;
    case 'has':
      return `has(${token.value})`;
    case 'all':
    case 'global':
      return `${token.kind}()`;
    default:
      return `"${token.kind}"`;
  }
}

/** As much of a string is shown. */
const longestShown = 64;
