import type { Comparison, Selector } from './ast.ts';
import { compareBytes } from './byte-order.ts';
import { tokenize } from './lexer.ts';
import {
  afterCondition,
  inPlaceOfCondition,
  inPlaceOfOperator,
  inPlaceOfSet,
  inPlaceOfSetElement,
  inPlaceOfValue,
} from './parse-problems.ts';
import { problemAt, type SelectorProblem } from './problem.ts';
import type { InvalidToken, Token } from './token.ts';

/** Calico's CRDs take 1,024 characters; objects stored before that limit can be longer. */
const maximumLength = 32_768;
/** Deeper than any selector of 1,024 characters can nest. */
const maximumDepth = 512;

/**
 * Parses a Calico selector; an empty or blank one is `all()`. Total and linear: any text gives a selector or the
 * first problem. Texts over 32,768 characters or nested deeper than 512 parentheses are problems.
 * Source: Calico libcalico-go/lib/selector/parser/parser.go.
 * @param text as it stands in a policy, without YAML's quotes
 * @example
 * const { selector } = parseSelector("app == 'web'");
 * selector; // { kind: 'equals', key: 'app', value: 'web' }
 * parseSelector('has(app').problem.message; // 'has( is not closed (character 1)'
 */
export function parseSelector(
  text: string,
): { readonly selector: Selector } | { readonly problem: SelectorProblem } {
  if (text.length > maximumLength) {
    const found = `a selector of ${text.length} characters, more than ${maximumLength}`;
    return { problem: problemAt(maximumLength, 'selector-too-long', found) };
  }
  const input: Input = { text, tokens: tokenize(text), index: 0, depth: 0 };
  if (peek(input).kind === 'end') return { selector: { kind: 'all' } };
  const selector = parseOr(input);
  if (isProblem(selector)) return { problem: selector };
  const rest = peek(input);
  return rest.kind === 'end' ? { selector } : { problem: afterCondition(rest) };
}

/** Where the parser stands; the list of tokens ends in `end` or `invalid`, neither of which is ever passed. */
interface Input {
  readonly text: string;
  readonly tokens: readonly (Token | InvalidToken)[];
  index: number;
  depth: number;
}

function parseOr(input: Input): Selector | SelectorProblem {
  return parseOperands(input, 'or', '||', parseAnd);
}

function parseAnd(input: Input): Selector | SelectorProblem {
  return parseOperands(input, 'and', '&&', parseOperation);
}

function parseOperands(
  input: Input,
  kind: 'and' | 'or',
  sign: '&&' | '||',
  parseOperand: (input: Input) => Selector | SelectorProblem,
): Selector | SelectorProblem {
  const first = parseOperand(input);
  if (isProblem(first)) return first;
  const operands = [first];
  while (accept(input, sign)) {
    const operand = parseOperand(input);
    if (isProblem(operand)) return operand;
    operands.push(operand);
  }
  return operands.length === 1 ? first : { kind, operands };
}

function parseOperation(input: Input): Selector | SelectorProblem {
  let negated = false;
  while (accept(input, '!')) negated = !negated;
  const operand = parseAtom(input);
  return negated && !isProblem(operand) ? { kind: 'not', operand } : operand;
}

function parseAtom(input: Input): Selector | SelectorProblem {
  const token = peek(input);
  switch (token.kind) {
    case 'all':
    case 'global':
      input.index++;
      return { kind: token.kind };
    case 'has':
      input.index++;
      return { kind: 'has', key: token.value };
    case 'label':
      input.index++;
      return parseComparison(input, token);
    case '(':
      return parseParenthesis(input, token);
    default:
      return inPlaceOfCondition(token, input.text, previous(input));
  }
}

function parseParenthesis(input: Input, open: Token): Selector | SelectorProblem {
  if (input.depth === maximumDepth) {
    const found = `parentheses nested deeper than ${maximumDepth}`;
    return problemAt(open.start, 'nesting-too-deep', found);
  }
  input.index++;
  input.depth++;
  const selector = parseOr(input);
  input.depth--;
  if (isProblem(selector) || accept(input, ')')) return selector;
  return afterCondition(peek(input), open);
}

const comparisons: Readonly<Partial<Record<Token['kind'], Comparison>>> = {
  '==': 'equals',
  '!=': 'not-equals',
  contains: 'contains',
  'starts with': 'starts-with',
  'ends with': 'ends-with',
};

function parseComparison(input: Input, label: Token): Selector | SelectorProblem {
  const operator = peek(input);
  if (operator.kind === 'in' || operator.kind === 'not in') {
    input.index++;
    return parseSet(input, label, operator.kind);
  }
  const kind = operator.kind === 'invalid' ? undefined : comparisons[operator.kind];
  if (!kind) return inPlaceOfOperator(operator, input.text, label);
  input.index++;
  const value = peek(input);
  if (value.kind !== 'string') return inPlaceOfValue(value, input.text, label, operator.kind);
  input.index++;
  return { kind, key: label.value, value: value.value };
}

function parseSet(input: Input, label: Token, operator: 'in' | 'not in'): Selector | SelectorProblem {
  const open = peek(input);
  if (!accept(input, '{')) return inPlaceOfSet(open, input.text, label, operator);
  const values = new Set<string>();
  for (let token = peek(input); token.kind === 'string'; token = peek(input)) {
    values.add(token.value);
    input.index++;
    if (!accept(input, ',')) break;
  }
  const close = peek(input);
  if (!accept(input, '}')) return inPlaceOfSetElement(close, input.text);
  const kind = operator === 'in' ? 'in' : 'not-in';
  return { kind, key: label.value, values: [...values].sort(compareBytes) };
}

function peek(input: Input): Token | InvalidToken {
  return input.tokens[input.index] as Token | InvalidToken;
}

function previous(input: Input): Token | InvalidToken | undefined {
  return input.tokens[input.index - 1];
}

function accept(input: Input, kind: Token['kind']): boolean {
  if (peek(input).kind !== kind) return false;
  input.index++;
  return true;
}

function isProblem(result: Selector | SelectorProblem): result is SelectorProblem {
  return 'code' in result;
}
