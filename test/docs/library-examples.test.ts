import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

const src = join(import.meta.dirname, '../../src');

/** The functions that an entry point takes from its own room, with the comment before each. */
function documented(entry: string): readonly { readonly name: string; readonly comment: string }[] {
  const list = readFileSync(join(src, entry), 'utf8');
  return [...list.matchAll(/^export \{([^}]*)\} from '(\.\/[^']+)';$/gm)].flatMap(
    ([, names = '', path = '']) => {
      const text = readFileSync(join(src, dirname(entry), path), 'utf8');
      return names.split(',').flatMap((written) => {
        const name = written.trim();
        if (name === '') return [];
        const declared = new RegExp(`(/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?export function ${name}\\b`).exec(text);
        return declared ? [{ name, comment: declared[1] ?? '' }] : [];
      });
    },
  );
}

/** The example of a comment as a module: a line `expression; // value` becomes a check. */
function moduleOf(comment: string, library: string, names: readonly string[]): string {
  const [, example = ''] = comment.split('@example\n');
  const lines = example.replaceAll(/^ \*\/?[ ]?/gm, '').split('\n');
  const checked = lines.map((line) => {
    const [, expression, value] = /^(\S.*); \/\/ (.+)$/.exec(line) ?? [];
    return expression === undefined ? line : `found.push([${expression}, ${value}]);`;
  });
  const url = JSON.stringify(pathToFileURL(join(src, library)).href);
  return [`import { ${names.join(', ')} } from ${url};`, 'export const found = [];', ...checked].join('\n');
}

for (const [library, constants] of [['calico/index.ts', ['endOfTier']]] as const) {
  const functions = documented(library);
  const names = [...functions.map(({ name }) => name), ...constants];
  const folder = t.testdir({});
  t.ok(functions.length > 30, `the functions of ${library} were found`);
  for (const { name, comment } of functions) {
    t.test(`the example of ${name} says what it does`, async (t) => {
      const file = join(folder, `${name}.mjs`);
      writeFileSync(file, moduleOf(comment, library, names));
      const { found } = (await import(pathToFileURL(file).href)) as {
        readonly found: readonly [unknown, unknown][];
      };
      t.ok(found.length > 0, 'something is checked');
      for (const [is, said] of found) t.strictSame(is, said);
    });
  }
}
