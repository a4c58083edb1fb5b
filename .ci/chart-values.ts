import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';

/** One value a user may set: its path, the comment above it, and its default. */
export interface ChartValue {
  readonly path: readonly string[];
  readonly meaning: string;
  readonly default: unknown;
}

/** The part of a JSON Schema that is read and written here. */
export interface Schema {
  description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly [keyword: string]: unknown;
}

/**
 * Reads what each value means from the comments above the keys of `values.yaml`, in its order.
 * A map whose keys the schema does not list is one value.
 * @throws with all values that have no comment or are not in the schema.
 */
export function readValues(text: string, schema: Schema): readonly ChartValue[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const lines = text.split('\n');
  const values: ChartValue[] = [];
  const problems: string[] = [];
  const visit = (map: YAMLMap, within: Schema, above: readonly string[]) => {
    for (const { key, value } of map.items) {
      if (!isScalar(key)) continue;
      const name = String(key.value);
      const path = [...above, name];
      const own = within.properties?.[name];
      if (!own) {
        problems.push(`${path.join('.')} is not in values.schema.json`);
        continue;
      }
      const meaning = commentAbove(lines, lineCounter.linePos(key.range?.[0] ?? 0).line);
      if (isMap(value) && value.items.length > 0 && own.properties) {
        visit(value, own, path);
        continue;
      }
      if (meaning === '') problems.push(`${path.join('.')} has no comment in values.yaml`);
      values.push({ path, meaning, default: (value as { toJSON(): unknown } | null)?.toJSON() });
    }
  };
  if (isMap(document.contents)) visit(document.contents, schema, []);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return values;
}

/** The table of the chart's README. */
export function tableOf(values: readonly ChartValue[]): string {
  const rows = values.map(
    (value) =>
      `| \`${value.path.join('.')}\` | ${value.meaning.replaceAll('|', '\\|')} | \`${JSON.stringify(value.default)}\` |`,
  );
  return ['| value | meaning | default |', '|---|---|---|', ...rows].join('\n');
}

/** A README with its table, which is between two comments, made anew. */
export function withTable(readme: string, table: string): string {
  const marks = /(<!-- values: [^>]* -->\n)[^]*(\n<!-- \/values -->)/;
  if (!marks.test(readme)) throw new Error('the README has no place for the table of values');
  return readme.replace(marks, (_, begin: string, end: string) => begin + table + end);
}

/** The schema with what each value means as its description, which editors show. */
export function withDescriptions(schema: Schema, values: readonly ChartValue[]): Schema {
  const copy = structuredClone(schema);
  for (const { path, meaning } of values) {
    const own = path.reduce<Schema | undefined>((within, key) => within?.properties?.[key], copy);
    if (own) own.description = meaning;
  }
  return copy;
}

function commentAbove(lines: readonly string[], line: number): string {
  const above: string[] = [];
  for (let index = line - 2; index >= 0; index--) {
    const comment = /^\s*# ?(.*)$/.exec(lines[index] ?? '');
    if (!comment) break;
    above.unshift(comment[1] ?? '');
  }
  return above.join(' ').trim();
}
