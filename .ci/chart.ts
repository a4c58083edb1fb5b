import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readValues, tableOf, withDescriptions, withTable, type Schema } from './chart-values.ts';

/** Writes what the chart's README and schema say of the values anew, from the comments in values.yaml. */
const chart = join(import.meta.dirname, '../charts/tollgate');
const read = (file: string) => readFileSync(join(chart, file), 'utf8');

const schema = JSON.parse(read('values.schema.json')) as Schema;
const values = readValues(read('values.yaml'), schema);
writeFileSync(join(chart, 'README.md'), withTable(read('README.md'), tableOf(values)));
writeFileSync(
  join(chart, 'values.schema.json'),
  `${JSON.stringify(withDescriptions(schema, values), null, 2)}\n`,
);
