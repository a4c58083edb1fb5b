import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { bundleLibraries, libraries } from './bundle.ts';

/** Writes the libraries to `dist/lib`, and beside them the declarations of what they export. */
const root = join(import.meta.dirname, '..');
const output = join(root, 'dist/lib');
/** `from './a.ts'` and `import('./a.ts')` at the end of a statement, a line or a type. */
const imports = /(?:\bfrom |\bimport\()'([^'\n]+)'/g;

rmSync(output, { recursive: true, force: true });
await bundleLibraries(root, output);

const declarations = mkdtempSync(join(tmpdir(), 'tollgate-types-'));
try {
  const sources = Object.values(libraries).map((source) => join(root, source));
  declare(sources, declarations);
  for (const file of reachable(sources.map(declarationOf))) write(file);
} finally {
  rmSync(declarations, { recursive: true, force: true });
}

/** Lets the compiler write the declarations of files and of all that they import. */
function declare(files: readonly string[], outDir: string): void {
  const project = join(outDir, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: join(root, 'src'),
    outDir,
    typeRoots: [join(root, 'node_modules/@types')],
  };
  writeFileSync(
    project,
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: [], files }),
  );
  const compiler = join(root, 'node_modules/.bin/tsc');
  const { status, stdout, stderr, error } = spawnSync(compiler, ['--project', project], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`no declarations: ${error?.message ?? stdout + stderr}`);
}

/** Of all declarations those that the exported ones speak of: a third. */
function reachable(entries: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(imports)) {
      if (!path.startsWith('.')) throw new Error(`${file} speaks of ${path}, which nobody has to have`);
      visit(join(dirname(file), path.replace(/\.ts$/, '.d.ts')));
    }
  };
  entries.forEach(visit);
  return found;
}

/** Copies a declaration; what it imports has the name that JavaScript would have, which every resolution knows. */
function write(file: string): void {
  const path = join(output, 'types', relative(declarations, file));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    readFileSync(file, 'utf8').replaceAll(imports, (statement) => statement.replace(/\.ts'$/, ".js'")),
  );
}

function declarationOf(source: string): string {
  return join(declarations, relative(join(root, 'src'), source).replace(/\.ts$/, '.d.ts'));
}
