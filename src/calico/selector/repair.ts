import { quoted } from './lexer-problems.ts';
import { parseSelector } from './parse.ts';
import type { SelectorProblem } from './problem.ts';

/** Slips that are mended in one selector before it counts as beyond repair. */
const maximumRepairs = 32;
const maximumLength = 1024;

/**
 * What a text must have been meant as, where only its signs are wrong: single `=`, `&` and `|`, `and` and `or`, values
 * without quotes, line breaks, typographic quotes and spaces. Undefined where it parses as it is, or needs more.
 * @example
 * repairSelector('app = web'); // 'app == "web"'
 * repairSelector('all()'); // undefined
 */
export function repairSelector(text: string): string | undefined {
  let repaired = text;
  for (let repairs = 0; repairs < maximumRepairs && repaired.length <= maximumLength; repairs++) {
    const parsed = parseSelector(repaired);
    if (!('problem' in parsed)) return repairs === 0 ? undefined : repaired;
    const next = repairOnce(repaired, parsed.problem);
    if (next === undefined || next === repaired) return undefined;
    repaired = next;
  }
  return undefined;
}

function repairOnce(text: string, { code, offset }: SelectorProblem): string | undefined {
  const rest = text.slice(offset);
  const write = (replacement: string, found: string) =>
    text.slice(0, offset) + replacement + rest.slice(found.length);
  switch (code) {
    case 'single-equals':
      return /^[=!]==/.test(rest) ? write(rest.slice(0, 2), rest.slice(0, 3)) : write('==', '=');
    case 'single-ampersand':
      return write('&&', '&');
    case 'single-pipe':
      return write('||', '|');
    case 'line-break':
      return text.trim().replaceAll(/[\t ]*[\r\n]+[\t ]*/g, ' ');
    case 'typographic-character':
      return withPlainCharacters(text);
    case 'word-operator': {
      const [word = ''] = /^(?:and|or)\b/i.exec(rest) ?? [];
      return word === '' ? undefined : write(word.toLowerCase() === 'and' ? '&&' : '||', word);
    }
    case 'value-unquoted': {
      const [word = ''] = /^[^\s&|(){},"']+/.exec(rest) ?? [];
      return word === '' ? undefined : write(quoted(word), word);
    }
    default:
      return undefined;
  }
}

function withPlainCharacters(text: string): string {
  return text
    .replaceAll(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replaceAll(/[\u2018\u2019\u201a`\u00b4]/g, "'")
    .replaceAll(/[^\S\r\n]|[\u200b\ufeff]/g, ' ');
}
