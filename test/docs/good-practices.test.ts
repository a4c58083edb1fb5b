import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs/good-practices.md'), 'utf8');
const rows = [...page.matchAll(/^\| G(\d+) \| (.+) \| (.+) \| (.+) \|$/gm)];

t.test('every recommendation has a row, in order', async (t) => {
  t.same(
    rows.map(([, number]) => Number(number)),
    Array.from({ length: 45 }, (_, index) => index + 1),
  );
});

t.test('what shows that it is met is there', async (t) => {
  for (const [, number, , , proof = ''] of rows) {
    const named = [...proof.matchAll(/`([^`]+)`(?: "([^"]+)")?/g)];
    t.ok(named.length > 0, `G${number} names a test or a page`);
    for (const [, file = '', title = ''] of named) {
      const path = join(root, file);
      t.ok(existsSync(path), `G${number}: ${file}`);
      t.ok(existsSync(path) && readFileSync(path, 'utf8').includes(title), `G${number}: ${file}: ${title}`);
    }
  }
});

t.test('what is not met says what is missing', async (t) => {
  for (const [, number, , how = ''] of rows) {
    if (how.includes('ot met yet')) t.match(how, /\*\*Not met yet\*\*: \S/, `G${number}`);
  }
});
