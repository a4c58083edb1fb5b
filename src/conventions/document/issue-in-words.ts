import type { BaseIssue } from 'valibot';
import { isRecord } from '../../kubernetes/object.ts';
import { type Fault, type Path, valueInWords } from './fault.ts';
import { allowedWords, childSchema, descriptionOf, fieldsOf, type SchemaNode } from './schema-node.ts';
import { listInWords } from '../../text/list.ts';
import { didYouMean } from '../../text/did-you-mean.ts';

type Issue = BaseIssue<unknown>;

/** What is wrong by valibot, in the words of the documents. Keys without a place are left to `findStrayKeys`. */
export function faultsOf(issue: Issue, root: SchemaNode, parent: Path = []): Fault[] {
  if (issue.expected === 'never') return [];
  const path = [...parent, ...keysOf(issue)];
  if (isMissingKey(issue)) return [missingKey(root, path)];
  const within = issue.issues?.filter(({ path: deeper }) => deeper !== undefined && deeper.length > 0) ?? [];
  if (isRecord(issue.input) && within.length > 0)
    return within.flatMap((deeper) => faultsOf(deeper, root, path));
  const node = path.reduce<SchemaNode | undefined>((schema, key) => schema && childSchema(schema, key), root);
  const expected = issue.kind === 'schema' ? expectedByType(issue, node) : expectedByCheck(issue, node);
  return [{ path, ...sentenceOf(issue, expected, node), expected }];
}

function keysOf({ path }: Issue): (string | number)[] {
  return (path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
}

/** A key that a map lacks, unlike a key that is there and wrong. */
function isMissingKey({ kind, type, path, input }: Issue): boolean {
  const last = path?.at(-1);
  return kind === 'schema' && type === 'strict_object' && last?.origin === 'key' && input === undefined;
}

function missingKey(root: SchemaNode, path: Path): Fault {
  const node = path.reduce<SchemaNode | undefined>((schema, key) => schema && childSchema(schema, key), root);
  const description = node && descriptionOf(node);
  const key = String(path.at(-1));
  const words = node ? allowedWords(node) : [];
  const value = words.length === 1 ? `${key}: ${words[0] ?? ''}` : undefined;
  return {
    path,
    message: value
      ? `"${key}" is missing; write ${value}`
      : `"${key}" is missing${description ? `: ${uncapitalised(description)}` : ''}`,
    ...(value ? { expected: value } : {}),
  };
}

function sentenceOf(
  { input, type }: Issue,
  expected: string,
  node: SchemaNode | undefined,
): { readonly message: string } {
  if (input === null) return { message: `nothing is written here; write ${expected}, or delete the key` };
  const found = `${foundInWords(input, type)}${strangeCharacterIn(input, type)}`;
  const words = node ? allowedWords(node) : [];
  const hint =
    typeof input === 'string' && !words.includes(input) ? didYouMean(input, words, 'document') : '';
  return { message: `found ${found}, expected ${expected}${hint || quotingAdvice(input, expected)}` };
}

/** Many a letter of another alphabet looks like one of ours, so the first one is named. */
function strangeCharacterIn(input: unknown, type: string): string {
  if (typeof input !== 'string' || type !== 'regex') return '';
  const characters = Array.from(input.slice(0, 1024));
  const at = characters.findIndex((character) => character > '~');
  const code = characters[at]?.codePointAt(0);
  if (code === undefined) return '';
  return ` (character ${at + 1} is U+${code.toString(16).toUpperCase().padStart(4, '0')}, not ASCII)`;
}

/** YAML's clients turn some bare words and numbers into something else, which only quotes prevent. */
function quotingAdvice(input: unknown, expected: string): string {
  if (typeof input === 'string' && /^(true|false|-?[0-9]+)$/.test(input) && /number|true/.test(expected)) {
    return '; leave out the quotes';
  }
  if (typeof input !== 'number' && typeof input !== 'boolean') return '';
  return /text|quotes|label|name|day/.test(expected) ? '; put it in quotes' : '';
}

function foundInWords(input: unknown, type: string): string {
  if (type === 'max_length' && typeof input === 'string') return `${input.length} characters`;
  if (type === 'max_length' && Array.isArray(input)) return `${input.length} entries`;
  if (isRecord(input) && type.endsWith('_entries')) {
    const keys = Object.keys(input);
    return keys.length > 8 ? `${keys.length} entries` : keys.join(' and ') || 'an empty map';
  }
  return valueInWords(input);
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  strict_object: 'a map',
  record: 'a map',
};

function expectedByType({ type, message }: Issue, node: SchemaNode | undefined): string {
  const words = node ? allowedWords(node) : [];
  const fields = node ? fieldsOf(node) : [];
  if (words.length === 0) return typeWords[type] ?? message;
  return listInWords(fields.length > 0 ? [...words, `a map of ${fields.join(', ')}`] : words, { last: 'or' });
}

function expectedByCheck({ type, requirement, message, input }: Issue, node: SchemaNode | undefined): string {
  const unit = typeof input === 'string' ? 'characters' : 'entries';
  const fields = node ? fieldsOf(node) : [];
  switch (type) {
    case 'min_length':
      return typeof input === 'string' ? 'some text' : 'at least one entry';
    case 'max_length':
      return `at most ${String(requirement)} ${unit}`;
    case 'min_value':
      return `${String(requirement)} or more`;
    case 'max_value':
      return `${String(requirement)} or less`;
    case 'integer':
      return 'a whole number';
    case 'min_entries':
    case 'max_entries':
      return fields.length > 0
        ? `${message} of ${fields.join(', ')}`
        : `at most ${String(requirement)} entries`;
    default:
      return message;
  }
}

/** `a, b or c`. */

function uncapitalised(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}
