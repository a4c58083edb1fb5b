import type { SelectorProblem } from './problem.ts';

/** The signs and words of a selector; `label`, `string` and `has` carry a value, `invalid` carries the problem. */
export type TokenKind =
  | 'label'
  | 'string'
  | '{'
  | '}'
  | ','
  | '=='
  | '!='
  | 'in'
  | 'not in'
  | 'contains'
  | 'starts with'
  | 'ends with'
  | 'has'
  | 'all'
  | 'global'
  | '('
  | ')'
  | '&&'
  | '||'
  | '!'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** The label's name or what stands between the quotes; empty for all other kinds. */
  readonly value: string;
  /** Where the token starts, and the place after its last character. */
  readonly start: number;
  readonly end: number;
}

/** Text that is no token, with what is wrong about it; always the last of its list. */
export interface InvalidToken {
  readonly kind: 'invalid';
  readonly start: number;
  readonly problem: SelectorProblem;
}
