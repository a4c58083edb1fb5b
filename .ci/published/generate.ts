import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { publishedFiles } from './published-files.ts';

const root = resolve(import.meta.dirname, '../..');
for (const [path, text] of publishedFiles()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
