import type { JsonSchema } from './json-schema.ts';

/** What markers in a document stand for: `<!-- file: PATH -->`, `<!-- fields: KIND -->` and `<!-- table: NAME -->`. */
export interface Insertions {
  readonly file?: (path: string) => string;
  readonly fields?: Readonly<Record<string, JsonSchema>>;
  /** Rows of cells, the head first. */
  readonly tables?: Readonly<Record<string, readonly (readonly string[])[]>>;
}

/** A document with everything that its markers stand for put below them; what was there before goes. */
export function withInsertions(text: string, { file, fields = {}, tables = {} }: Insertions): string {
  return text.replaceAll(
    /(<!-- (file|fields|table): (\S+) -->\n)(?:[^]*?<!-- end -->\n)?/g,
    (_, marker: string, what: string, name: string) => {
      const content =
        what === 'file'
          ? `\`\`\`yaml\n${file?.(name) ?? ''}\`\`\`\n`
          : what === 'fields'
            ? tableOf(fields[name] ?? {})
            : rowsOf(tables[name] ?? []);
      return `${marker}\n${content}\n<!-- end -->\n`;
    },
  );
}

function rowsOf([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |\n`;
  return `${line(head)}|${head.map(() => '---|').join('')}\n${rows.map(line).join('')}`;
}

/** Every field with its path, what it may be, its default, and what it is for. */
function tableOf(schema: JsonSchema): string {
  const rows = fieldsOf(schema, '').map((cells) => `| ${cells.join(' | ')} |\n`);
  return `| field | value | default | what it is for |\n|---|---|---|---|\n${rows.join('')}`;
}

function fieldsOf(schema: JsonSchema, path: string): string[][] {
  const { properties = {}, required = [] } = mapOf(schema);
  return Object.entries(properties).flatMap(([key, child]) => {
    const here = `${path}${key}`;
    const fallback = required.includes(key) ? 'required' : defaultInWords(child.default);
    return [[`\`${here}\``, typeInWords(child), fallback, child.description ?? ''], ...below(child, here)];
  });
}

function below(schema: JsonSchema, path: string): string[][] {
  if (schema.items) return fieldsOf(schema.items, `${path}[].`);
  if (typeof schema.additionalProperties === 'object')
    return fieldsOf(schema.additionalProperties, `${path}.<name>.`);
  return fieldsOf(schema, `${path}.`);
}

/** The alternative of a schema that is a map with known keys, or the schema itself. */
function mapOf(schema: JsonSchema): JsonSchema {
  return schema.anyOf?.find(({ properties }) => properties) ?? schema;
}

const typeWords: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['boolean', '`true`, `false`'],
  ['integer', 'whole number'],
]);

function typeInWords(schema: JsonSchema): string {
  const {
    type,
    items,
    anyOf,
    enum: words,
    const: constant,
    format,
    minimum,
    maximum,
    additionalProperties,
  } = schema;
  if (anyOf) return [...new Set(anyOf.map(typeInWords))].filter((words) => words !== '').join(' or ');
  if (words) return words.map((word) => `\`${String(word)}\``).join(', ');
  // The boolean that YAML makes of the word off is no value of its own.
  if (constant !== undefined) return typeof constant === 'string' ? `\`${constant}\`` : '';
  if (type === 'array') return `list of ${items ? typeInWords(items) || 'maps' : 'values'}`;
  if (type === 'object') return typeof additionalProperties === 'object' ? 'map by name' : 'map';
  if (format === 'date') return 'day, `YYYY-MM-DD`';
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  return typeWords.get(type ?? '') ?? type ?? '';
}

function defaultInWords(value: unknown): string {
  return value === undefined
    ? ''
    : `\`${JSON.stringify(value).replaceAll(/["]/g, '').replaceAll(',', ', ')}\``;
}
