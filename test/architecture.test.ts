import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import t from 'tap';

const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');

/** The pure folders, each above what it may import; `calico`, `linkerd` and `workloads` never import each other. */
const pipeline = [
  'admission',
  'engine',
  'rules',
  'facts',
  'conventions',
  'inventory',
  'calico',
  'linkerd',
  'workloads',
  'kubernetes',
  'kinds',
  'text',
  'memo',
];
const siblings = ['calico', 'linkerd', 'workloads'];
const after = (folder: string) => pipeline.slice(pipeline.indexOf(folder) + 1);
const laws = ['kubernetes', 'kinds', 'text', 'memo'];
/** Which folders a folder may import beside itself; nothing listed means nothing. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(pipeline.map((folder) => [folder, after(folder)])),
  ...Object.fromEntries(siblings.map((folder) => [folder, laws])),
  manifests: ['inventory', 'facts', ...after('inventory')],
  questions: after('rules'),
  report: ['engine', 'questions', 'manifests', ...after('engine')],
  cluster: ['inventory', 'errors', 'certificates', ...after('inventory')],
  certificates: ['errors', 'text', 'memo'],
  server: ['errors', 'certificates', 'admission', ...after('admission')],
  application: [
    'errors',
    'settings',
    'certificates',
    'cluster',
    'server',
    'manifests',
    'report',
    'questions',
    'admission',
    ...after('admission'),
  ],
  cli: [
    'application',
    'errors',
    'settings',
    'manifests',
    'report',
    'questions',
    'admission',
    ...after('admission'),
  ],
  errors: [],
  settings: ['errors', 'text'],
};

/** Folders without I/O: no Node module in them but these, which compute. */
const pure = new Set([...pipeline, 'questions']);
const pureModules = new Set(['node:crypto', 'node:net', 'node:util']);

/** Packages that one place alone may import, so that replacing one is a change in one place. */
const singleImporters: Readonly<Record<string, (file: string) => boolean>> = {
  fastify: (file) => file.startsWith('server/'),
  '@kubernetes/client-node': (file) => file === 'cluster/connection.ts',
  selfsigned: (file) => file === 'certificates/issue.ts',
  '@opentelemetry/api': (file) => file === 'server/tracing/tracing.ts',
  '@opentelemetry/exporter-trace-otlp-http': (file) => file === 'server/tracing/tracing.ts',
  '@opentelemetry/resources': (file) => file === 'server/tracing/tracing.ts',
  '@opentelemetry/sdk-trace': (file) => file === 'server/tracing/tracing.ts',
  jsonpatch: (file) => file.startsWith('admission/'),
};

/** The composition: what may import everything; two of the entry points alone read the process. */
const entryPoints = new Set(['main.ts', 'cli.ts']);
const isComposition = (path: string) => entryPoints.has(path) || path === 'index.ts';
const mayReadProcess = new Set([...entryPoints, 'settings.ts']);

interface SourceFile {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map(readSource);

function readSource(path: string): SourceFile {
  const text = readFileSync(join(src, path), 'utf8');
  const statement =
    /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s*'([^']+)'/g;
  const imports = [...text.matchAll(statement)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  const [first = ''] = path.split('/');
  return { path, folder: first.replace(/\.ts$/, ''), text, imports };
}

/** The path below src of a relative import. */
function target(file: SourceFile, specifier: string): string {
  return relative(src, resolve(src, dirname(file.path), specifier));
}

t.test('folders import only what lies further down the pipeline', async (t) => {
  t.ok(files.length > 50, 'the source was found');
  for (const file of files) {
    if (isComposition(file.path)) continue;
    for (const specifier of file.imports.filter((name) => name.startsWith('.'))) {
      const [first = ''] = target(file, specifier).split('/');
      const folder = first.replace(/\.ts$/, '');
      if (folder === file.folder) continue;
      t.ok(allowed[file.folder]?.includes(folder), `${file.path} imports ${folder}/`);
    }
  }
});

t.test(
  'the pure folders import no adapter, no package with effects and no Node module that reads the world',
  async (t) => {
    const packages = new Set(['fastest-levenshtein', 'valibot', 'js-yaml', 'yaml', 'jsonpatch', 're2js']);
    for (const file of files.filter(({ folder }) => pure.has(folder))) {
      for (const name of file.imports.filter((specifier) => !specifier.startsWith('.'))) {
        t.ok(
          name.startsWith('node:') ? pureModules.has(name) : packages.has(name),
          `${file.path} imports ${name}`,
        );
      }
      t.notMatch(
        file.text,
        /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bconsole\./,
        `${file.path} asks the clock or prints`,
      );
    }
  },
);

t.test('packages that must be replaceable have one importer', async (t) => {
  for (const file of files) {
    for (const [name, mayImport] of Object.entries(singleImporters)) {
      if (!file.imports.some((specifier) => specifier === name || specifier.startsWith(`${name}/`))) continue;
      t.ok(mayImport(file.path), `${file.path} imports ${name}`);
    }
  }
});

t.test('only the composition and the settings read the process', async (t) => {
  for (const file of files.filter(({ path }) => !mayReadProcess.has(path))) {
    t.notMatch(file.text, /process\.(env|argv|exit)\b/, file.path);
  }
});

t.test('no file is long without a reason', async (t) => {
  for (const file of files) {
    const lines = file.text.split('\n').length - 1;
    const reason = /^\/\*\*?[^]*?\bLong because\b/.test(file.text);
    t.ok(lines <= 300 || reason, `${file.path} has ${lines} lines and says no "Long because …" at its top`);
  }
});

t.test(
  'no arrow climbs: what lies side by side imports each other in one direction, at every level',
  async (t) => {
    const places = new Map<string, Map<string, Set<string>>>();
    for (const file of files) {
      for (const specifier of file.imports.filter((name) => name.startsWith('.'))) {
        const [from, to] = [file.path.split('/'), target(file, specifier).split('/')];
        let depth = 0;
        while (from[depth] === to[depth] && depth < from.length) depth += 1;
        const place = from.slice(0, depth).join('/');
        const arrows = places.get(place) ?? new Map<string, Set<string>>();
        places.set(place, arrows);
        const name = from[depth] ?? '';
        arrows.set(name, (arrows.get(name) ?? new Set()).add(to[depth] ?? ''));
      }
    }
    t.ok(places.size > 20, 'the imports were read');
    for (const [place, arrows] of places) t.same(circlesIn(arrows), [], `circles in src/${place}`);
  },
);

/** The groups of names that reach each other. */
function circlesIn(arrows: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const reached = new Map<string, ReadonlySet<string>>();
  const reach = (name: string): ReadonlySet<string> => {
    const known = reached.get(name);
    if (known) return known;
    const found = new Set<string>();
    const open = [...(arrows.get(name) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(...(arrows.get(next) ?? []));
    }
    reached.set(name, found);
    return found;
  };
  const inCircles = [...arrows.keys()].filter((name) => reach(name).has(name));
  const groups = inCircles.map((name) =>
    inCircles
      .filter((other) => reach(name).has(other) && reach(other).has(name))
      .toSorted()
      .join(' '),
  );
  return [...new Set(groups)].toSorted();
}

t.test('no folder has more than 25 files side by side', async (t) => {
  const counts = new Map<string, number>();
  for (const { path } of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  for (const [folder, count] of counts) t.ok(count <= 25, `src/${folder} has ${count} files`);
});

t.test('rules/ holds rules only, one a file', async (t) => {
  for (const file of files.filter(({ path }) => path.startsWith('rules/') && path.split('/').length > 2)) {
    t.match(file.text, /\bdefineRule\(/, `${file.path} defines a rule`);
  }
});
