import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A small change to the sources, and whether some suite noticed. */
export interface Mutant {
  readonly file: string;
  readonly start: Position;
  readonly end: Position;
  readonly mutator: string;
  readonly replacement: string;
  /** As Stryker has it: `Killed`, `Timeout`, `Survived`, `NoCoverage`, `RuntimeError` … */
  readonly status: string;
}

/** Counted from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

interface Report {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly mutants: readonly {
          readonly location: { readonly start: Position; readonly end: Position };
          readonly mutatorName: string;
          readonly replacement?: string;
          readonly status: string;
        }[];
      }
    >
  >;
}

const root = resolve(import.meta.dirname, '../..');
const command = join(import.meta.dirname, 'node_modules/@stryker-mutator/core/bin/stryker.js');

/** Installs the tool where it is not there yet, at the versions that are locked beside this file. */
export function installStryker(): void {
  if (existsSync(command)) return;
  const { status } = spawnSync('npm', ['ci'], { cwd: import.meta.dirname, stdio: 'inherit' });
  if (status !== 0) throw new Error('the mutation tool cannot be installed');
}

/**
 * Makes every mutant that lies whole in some ranges, as Stryker writes them (`file:line-line`, or
 * `file:line:column-line:column`), and runs over each those of the suites that reach it.
 */
export function runStryker(ranges: readonly string[], suites: readonly string[]): readonly Mutant[] {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-mutants-'));
  try {
    const config = join(folder, 'stryker.json');
    const report = join(folder, 'report.json');
    writeFileSync(config, JSON.stringify(configOf(ranges, suites, folder, report)));
    const { status } = spawnSync(process.execPath, [command, 'run', config], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      // The same code runs once for each mutant, which is chosen by a variable of the environment.
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
    });
    if (status !== 0 || !existsSync(report)) throw new Error('the mutation tool failed');
    return mutantsOf(JSON.parse(readFileSync(report, 'utf8')) as Report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function configOf(ranges: readonly string[], suites: readonly string[], folder: string, report: string) {
  return {
    mutate: ranges,
    // Texts of messages are held by the golden files word for word, and of what else a string is the types know most.
    mutator: { excludedMutations: ['StringLiteral'] },
    testRunner: 'tap',
    plugins: ['@stryker-mutator/tap-runner'],
    tap: {
      testFiles: suites,
      nodeArgs: ['-r', '{{hookFile}}', '--enable-source-maps', '{{testFile}}'],
      forceBail: true,
    },
    coverageAnalysis: 'perTest',
    concurrency: 1,
    timeoutMS: 30_000,
    timeoutFactor: 3,
    dryRunTimeoutMinutes: 30,
    // There is no such file: Stryker would read the real one by a function that TypeScript 7 does not have.
    tsconfigFile: 'none.json',
    ignorePatterns: ['.tap', 'dist', 'bench', '.cache'],
    tempDirName: join(folder, 'sandbox'),
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: report },
    allowConsoleColors: false,
    disableTypeChecks: false,
    checkers: [],
  };
}

function mutantsOf({ files }: Report): readonly Mutant[] {
  return Object.entries(files).flatMap(([file, { mutants }]) =>
    mutants.map(({ location, mutatorName, replacement = '', status }) => ({
      file,
      ...location,
      mutator: mutatorName,
      replacement,
      status,
    })),
  );
}
