import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

/**
 * The docstrings of what the libraries export. An `@example` is code with the names of its library in scope; a
 * statement with a comment at its end, `formatPorts([]); // ''`, has the value that the comment says.
 */

const root = resolve(import.meta.dirname, '../..');

/** The libraries in which every export is described and every function has an example. */
const libraries = ['linkerd'] as const;

interface Exported {
  readonly name: string;
  /** Empty where it has none. */
  readonly docstring: string;
  readonly isFunction: boolean;
}

/** What an index exports by name from its files, through the indexes that it passes on whole. */
function exportsOf(index: string): readonly Exported[] {
  const text = readFileSync(index, 'utf8');
  const at = (file: string) => resolve(dirname(index), file);
  const passedOn = [...text.matchAll(/^export \* from '([^']+)';$/gm)].flatMap(([, file = '']) =>
    exportsOf(at(file)),
  );
  const named = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';$/gm)];
  return [
    ...passedOn,
    ...named.flatMap(([, names = '', file = '']) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
        .map((name) => exportedFrom(readFileSync(at(file), 'utf8'), name)),
    ),
  ];
}

function exportedFrom(text: string, name: string): Exported {
  const declaration = new RegExp(
    `(?:/\\*\\*((?:(?!\\*/)[^])*)\\*/\\n)?export (?:const|function|interface|type) (${name})\\b`,
  ).exec(text);
  const docstring = (declaration?.[1] ?? '').replaceAll(/^\s*\* ?/gm, '').trim();
  return { name, docstring, isFunction: new RegExp(`export function ${name}\\b`).test(text) };
}

function exampleOf(docstring: string): string | undefined {
  return /^@example\n([^]*?)(?=^@|(?![^]))/m.exec(docstring)?.[1]?.trim();
}

/** The statements of an example; each ends with a line that ends with `;` and perhaps a comment. */
function statementsOf(example: string): readonly { readonly code: string; readonly value?: string }[] {
  return [...example.matchAll(/([^]+?;)(?: \/\/ (.+))?(?:\n(?! )|(?![^]))/g)].map(([, code = '', value]) =>
    value === undefined ? { code } : { code, value },
  );
}

/** A module whose default export tells each value that the example says, and the one that it finds. */
function moduleOf(example: string, library: string, names: readonly string[]): string {
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(example));
  const statements = statementsOf(example).map(({ code, value }) =>
    value === undefined
      ? code
      : `values.push([${code.slice(0, -1)}, ${value}, ${JSON.stringify(code)}] as const);`,
  );
  return [
    `import { ${used.join(', ')} } from '${library}';`,
    'const values: (readonly [unknown, unknown, string])[] = [];',
    ...statements,
    'export default values;',
    '',
  ].join('\n');
}

for (const library of libraries) {
  const index = join(root, 'src', library, 'index.ts');
  const exported = exportsOf(index);

  t.test(`what tollgate/${library} exports is described`, async (t) => {
    t.ok(exported.length > 50, 'the exports were read');
    for (const { docstring, isFunction, name } of exported) {
      t.not(docstring, '', `${name} has a docstring`);
      if (isFunction) t.match(docstring, /^@returns /m, `${name} says what it returns`);
      if (isFunction) t.ok(exampleOf(docstring) !== undefined, `${name} has an example`);
    }
  });

  t.test(`the examples of tollgate/${library} are of the types it declares, and true`, async (t) => {
    const directory = t.testdir();
    const functions = exported.filter(({ isFunction }) => isFunction).map(({ name }) => name);
    const files = exported.flatMap(({ docstring, name }) => {
      const example = exampleOf(docstring);
      if (example === undefined) return [];
      const file = join(directory, `${name}.ts`);
      writeFileSync(file, moduleOf(example, index, functions));
      return [{ name, file }];
    });
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
      files: files.map(({ file }) => file),
      include: [],
    };
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules/.bin/tsc');
    const checked = spawnSync('env', ['-u', 'NODE_OPTIONS', tsc, '--project', directory], {
      encoding: 'utf8',
    });
    t.equal(checked.stdout + checked.stderr, '');
    t.equal(checked.status, 0);
    for (const { name, file } of files) {
      const { default: values } = (await import(pathToFileURL(file).href)) as {
        readonly default: readonly (readonly [unknown, unknown, string])[];
      };
      t.ok(values.length > 0, `the example of ${name} tells a value`);
      for (const [found, expected, code] of values) t.strictSame(found, expected, `${name}: ${code}`);
    }
  });
}
