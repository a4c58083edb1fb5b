/** Why a text is no selector; stable, so that rules and tests can tell the cases apart. */
export type SelectorProblemCode =
  | 'single-equals'
  | 'single-ampersand'
  | 'single-pipe'
  | 'line-break'
  | 'typographic-character'
  | 'character-unexpected'
  | 'string-unterminated'
  | 'label-too-long'
  | 'label-missing'
  | 'function-argument'
  | 'operator-missing'
  | 'operator-unknown'
  | 'word-operator'
  | 'value-unquoted'
  | 'value-missing'
  | 'literal-first'
  | 'set-missing'
  | 'set-element'
  | 'condition-missing'
  | 'conjunction-missing'
  | 'parenthesis-unclosed'
  | 'parenthesis-unexpected'
  | 'selector-too-long'
  | 'nesting-too-deep';

/** What keeps a text from being a selector. */
export interface SelectorProblem {
  readonly code: SelectorProblemCode;
  /** What was found and where, with the character counted from 1. */
  readonly message: string;
  /** Index into the text, counted from 0, in UTF-16 code units. */
  readonly offset: number;
  /** What to write instead, as an instruction; absent where there is no likely one. */
  readonly remedy?: string;
}

/** A problem whose message ends in its place, `… (character 5)`. */
export function problemAt(
  offset: number,
  code: SelectorProblemCode,
  found: string,
  remedy?: string,
): SelectorProblem {
  const message = `${found} (character ${offset + 1})`;
  return remedy === undefined ? { code, message, offset } : { code, message, offset, remedy };
}
