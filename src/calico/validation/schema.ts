import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { isRecord } from '../../kubernetes/object.ts';
import { type Check, fieldAt, mostProblems, type Report, shown, wrongType } from './report.ts';
import type { PolicyProblem } from '../policy/problem.ts';
import { counted } from '../../text/plural.ts';
import { listInWords } from '../../text/list.ts';
import { nearestWord, oneSlipInName } from '../../text/nearest-word.ts';

/** Does all checks on the same value. */
export function all(...checks: readonly Check[]): Check {
  return (value, pointer, report) => {
    for (const check of checks) check(value, pointer, report);
  };
}

export interface FieldsOptions {
  /** Fields that must be there, each with what it should be. */
  readonly required?: Readonly<Record<string, string>>;
  /** Names of other APIs for what the fields are called here. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** An unknown field is as wrong as anything else: the API server itself would refuse it. */
  readonly strict?: boolean;
  /** How many of the fields are set, where that is limited. */
  readonly count?: FieldCount;
}

export interface FieldCount {
  readonly least: number;
  readonly most: number;
  /** What to write, `either namespaces or pods`. */
  readonly expected: string;
}

/** An object with these fields; one that is null is absent. `what` names the object in the message. */
export function fields(
  what: string,
  checks: Readonly<Record<string, Check>>,
  options: FieldsOptions = {},
): Check {
  return (value, pointer, report) => {
    if (!isRecord(value)) {
      report(wrongType(value, pointer, 'an object'));
      return;
    }
    for (const [name, content] of Object.entries(value)) {
      const at = pointer + pointerOf(name);
      const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
      if (check) {
        if (content !== null && content !== undefined) check(content, at, report);
        continue;
      }
      const other =
        options.elsewhere && Object.hasOwn(options.elsewhere, name) ? options.elsewhere[name] : undefined;
      const expected = other ?? nearestWord(name, Object.keys(checks), oneSlipInName);
      report({
        pointer: at,
        ...unknownField(name, what, options.strict === true),
        ...(expected === undefined ? {} : { expected }),
      });
    }
    const set = Object.values(value).filter((content) => content !== null && content !== undefined).length;
    const { count } = options;
    if (count && (set < count.least || set > count.most)) {
      const message = `${what} sets ${set === 0 ? 'no field' : counted(set, 'field')}`;
      report({ pointer, code: 'field-count', message, expected: count.expected });
    }
    for (const [name, expected] of Object.entries(options.required ?? {})) {
      if (Object.hasOwn(value, name) && value[name] !== null && value[name] !== undefined) continue;
      report({
        pointer,
        code: 'missing-field',
        message: `${what} has no ${name}`,
        expected: `${name}: ${expected}`,
      });
    }
  };
}

function unknownField(
  name: string,
  what: string,
  isStrict: boolean,
): Pick<PolicyProblem, 'code' | 'message'> {
  return isStrict
    ? {
        code: 'field-unknown',
        message: `unknown field ${shown(name)} in ${what}: kubectl refuses it, and without that check the API server drops it`,
      }
    : { code: 'unknown-field', message: `${shown(name)} is no field of ${what}, so Calico drops it` };
}

export interface ListOptions {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly unique?: boolean;
  /** What an entry that comes twice is called, where it is not the schema that forbids it. */
  readonly duplicateCode?: string;
}

/** A list of values that pass a check; from `minimum` to `maximum` items, none twice where `unique`. */
export function list(
  check: Check,
  { minimum = 0, maximum, unique = false, duplicateCode = 'duplicate' }: ListOptions = {},
): Check {
  return (value, pointer, report) => {
    if (!Array.isArray(value)) {
      const expected = typeof value === 'object' ? 'a list' : `a list, as in [${shown(value)}]`;
      report(wrongType(value, pointer, expected));
      return;
    }
    if (value.length < minimum) {
      const message = `${fieldAt(pointer)} is empty`;
      report({
        pointer,
        code: 'too-few',
        message,
        expected: `at least ${counted(minimum, 'entry', 'entries')}`,
      });
    }
    if (maximum !== undefined && value.length > maximum) {
      const message = `${fieldAt(pointer)} has ${value.length} entries`;
      report({ pointer, code: 'too-many', message, expected: `at most ${maximum}` });
    }
    const seen = new Set<unknown>();
    let refusals = 0;
    const counting: Report = (problem) => {
      if (problem.code !== 'unknown-field') refusals += 1;
      report(problem);
    };
    for (const [index, item] of value.entries()) {
      const at = pointer + pointerOf(index);
      if (unique && seen.has(item)) {
        const message = `${fieldAt(pointer)} lists ${shown(item)} more than once`;
        report({ pointer: at, code: duplicateCode, message, expected: 'each entry once' });
      }
      seen.add(item);
      check(item, at, counting);
      // So much is wrong by now that the rest changes nothing.
      if (refusals >= mostProblems) return;
    }
  };
}

/** A string of at most `maximum` characters. */
export function text(maximum = Number.POSITIVE_INFINITY): Check {
  return (value, pointer, report) => {
    if (typeof value !== 'string') {
      const isScalar = typeof value === 'number' || typeof value === 'boolean';
      report(wrongType(value, pointer, isScalar ? `a string: "${value}"` : 'a string'));
    } else if (value.length > maximum) {
      const message = `${fieldAt(pointer)} has ${value.length} characters`;
      report({ pointer, code: 'too-long', message, expected: `at most ${maximum}` });
    }
  };
}

/** One of some strings. */
export function oneOf(...values: readonly string[]): Check {
  return (value, pointer, report) => {
    if (values.some((candidate) => candidate === value)) return;
    const near = typeof value === 'string' ? nearestWord(value, values, oneSlipInName) : undefined;
    const message = `${fieldAt(pointer)} is ${shown(value)}`;
    report({
      pointer,
      code: 'value-unknown',
      message,
      expected: near ?? listInWords(values, { last: 'or' }),
    });
  };
}

/** An integer in a range, both ends included. */
export function integer(minimum: number, maximum: number): Check {
  return (value, pointer, report) => {
    if (Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum) return;
    const problem = wrongType(value, pointer, `a number from ${minimum} to ${maximum}`);
    report(typeof value === 'number' ? { ...problem, code: 'out-of-range' } : problem);
  };
}

/** A number, with decimals or without. */
export const decimal: Check = (value, pointer, report) => {
  if (typeof value === 'number' && Number.isFinite(value)) return;
  const written = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
  report(wrongType(value, pointer, written ? `a number without quotes: ${Number(value)}` : 'a number'));
};

export const flag: Check = (value, pointer, report) => {
  if (typeof value !== 'boolean') report(wrongType(value, pointer, 'true or false'));
};

/** Anything: the field exists, and nothing is asked of it here. */
export const anything: Check = () => {};
