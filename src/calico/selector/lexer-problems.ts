import { problemAt, type SelectorProblem } from './problem.ts';
import type { Token } from './token.ts';

/** How much of the text is looked at for a remedy. */
const reach = 300;

/** What is wrong about `=`, `&` or `|` that is not doubled. */
export function singleSignProblem(
  text: string,
  start: number,
  sign: '=' | '&' | '|',
  previous: Token | undefined,
): SelectorProblem {
  if (sign !== '=') {
    const code = sign === '&' ? 'single-ampersand' : 'single-pipe';
    return problemAt(start, code, `a single "${sign}" is not an operator`, `write "${sign}${sign}"`);
  }
  if (previous?.end === start && (previous.kind === '==' || previous.kind === '!=')) {
    const found = `"${previous.kind}=" is not an operator`;
    return problemAt(previous.start, 'single-equals', found, `write "${previous.kind}"`);
  }
  if (text[start + 1] === '~') {
    const remedy = 'there are no regular expressions: use contains, starts with or ends with';
    return problemAt(start, 'operator-unknown', '"=~" is not an operator', remedy);
  }
  return problemAt(start, 'single-equals', '"=" is not an operator', equalityRemedy(text, start, previous));
}

/** `write app == "web"` where the label and the value can be read off, whatever sign stands between them. */
function equalityRemedy(text: string, start: number, label: Token | undefined): string {
  const rest = text.slice(start + 1, start + reach);
  const value = /^[ \t]*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_./-]+))/.exec(rest);
  const word = value?.[1] ?? value?.[2] ?? value?.[3];
  return label?.kind === 'label' && word !== undefined
    ? `write ${label.value} == ${quoted(word)}`
    : 'write "=="';
}

/** What is wrong about text that follows a label and is no operator. */
export function operatorProblem(text: string, start: number, label: Token): SelectorProblem {
  const rest = text.slice(start, start + reach);
  const word = /^[A-Za-z0-9_./-]+/.exec(rest)?.[0];
  if (word === undefined) return characterProblem(text, start, label);
  if (/^not$/i.test(label.value)) {
    return problemAt(label.start, 'word-operator', `"${label.value}" is not an operator`, 'write "!"');
  }
  const upperCased = /^(contains|starts[ \t]*with|ends[ \t]*with|not[ \t]*in|in)(?![A-Za-z0-9_./-])/i.exec(
    rest,
  );
  const known = upperCased?.[1];
  if (known !== undefined && known !== known.toLowerCase()) {
    const remedy = `write "${known.toLowerCase()}": operators are in lower case`;
    return problemAt(start, 'operator-unknown', `"${known}" is not an operator`, remedy);
  }
  const remedy = operatorRemedy(rest, word, label.value);
  return problemAt(start, 'operator-unknown', `"${word}" is not an operator`, remedy);
}

const otherNames: Readonly<Record<string, string>> = {
  is: '==',
  eq: '==',
  equals: '==',
  ne: '!=',
  like: 'contains',
  matches: 'contains',
  includes: 'contains',
  starts: 'starts with',
  begins: 'starts with',
  ends: 'ends with',
};

function operatorRemedy(rest: string, word: string, label: string): string {
  const negated = /^not[ \t]+(contains|starts[ \t]*with|ends[ \t]*with)/i.exec(rest)?.[1]?.toLowerCase();
  if (negated !== undefined) return `write !${label} ${negated} …`;
  if (/^exists$/i.test(word)) return `write has(${label})`;
  const other = word.toLowerCase();
  return Object.hasOwn(otherNames, other)
    ? `write "${otherNames[other]}"`
    : 'the operators are ==, !=, in, not in, contains, starts with and ends with';
}

/** What is wrong about a character that starts no token; `label` is the label right before it, if there is one. */
export function characterProblem(text: string, start: number, label?: Token): SelectorProblem {
  const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
  if (character === '\n' || character === '\r') return lineBreakProblem(text, start);
  if (/[\p{Quotation_Mark}`´]/u.test(character)) {
    const found = `${character} is not a quote that Calico knows`;
    return problemAt(start, 'typographic-character', found, `write " or '`);
  }
  if (/[\s\p{White_Space}\u200b\ufeff]/u.test(character)) {
    const found = `the character ${codePoint(character)} is not a space that Calico knows`;
    return problemAt(start, 'typographic-character', found, 'write a plain space');
  }
  const name = /[\p{C}\p{M}]/u.test(character) ? `the character ${codePoint(character)}` : `"${character}"`;
  const remedy = characterRemedy(text, start, character, label);
  return problemAt(start, 'character-unexpected', `${name} has no meaning here`, remedy);
}

function characterRemedy(
  text: string,
  start: number,
  character: string,
  label: Token | undefined,
): string | undefined {
  if (character === ':' && label) return equalityRemedy(text, start, label);
  if (text.startsWith('<>', start)) return 'write "!="';
  if (character === '[' || character === ']') return 'write a set as {"a", "b"}';
  if (character === '*') return 'there are no wildcards: write all(), contains, starts with or ends with';
  return undefined;
}

function lineBreakProblem(text: string, start: number): SelectorProblem {
  const found = 'a line break is not a space that Calico knows';
  const remedy = /^\s*$/.test(text.slice(start, start + reach))
    ? 'write the selector on one line, or end the YAML block scalar\'s sign with "-", as in ">-"'
    : 'write the selector on one line, or fold it with the YAML sign ">-"';
  return problemAt(start, 'line-break', found, remedy);
}

/** What is wrong about the argument of `has(`, `all(` or `global(`. */
export function argumentProblem(
  text: string,
  start: number,
  name: 'has' | 'all' | 'global',
): SelectorProblem {
  const close = text.indexOf(')', start);
  if (close < 0) return problemAt(start, 'parenthesis-unclosed', `${name}( is not closed`, 'write ")"');
  if (name !== 'has') {
    return problemAt(start, 'function-argument', `${name}() takes no argument`, `write ${name}()`);
  }
  const argument = text.slice(start + 'has('.length, Math.min(close, start + reach)).trim();
  if (argument === '') return problemAt(start, 'function-argument', 'has() names no label');
  const labels = argument.split(',').map((label) => label.trim().replace(/^(["'])(.*)\1$/, '$2'));
  const remedy = labels.every((label) => /^[A-Za-z0-9_./-]+$/.test(label))
    ? `write ${labels.map((label) => `has(${label})`).join(' && ')}`
    : undefined;
  return problemAt(start, 'function-argument', 'has() takes one label name without quotes', remedy);
}

/** A string as Calico prints it, in double quotes unless it holds one. */
export function quoted(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
