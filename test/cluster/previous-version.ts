import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProgram } from '../../.ci/bundle.ts';

/** What users upgrade from. */
export interface PreviousVersion {
  /** Its tag; before the first release a revision. */
  readonly name: string;
  /** Folder of its chart. */
  readonly chart: string;
  /** Folder of its program. */
  readonly program: string;
  readonly remove: () => void;
}

const root = join(import.meta.dirname, '..', '..');

/**
 * Takes the chart and the program of the newest release before this revision out of the history; while there is no
 * release, those of the last revision but one that changed the chart, or one before it where that was left half done.
 * Undefined where the history is not there.
 */
export async function previousVersion(): Promise<PreviousVersion | undefined> {
  const release = tryGit('describe', '--tags', '--abbrev=0', '--match=v[0-9]*', 'HEAD^');
  if (release !== undefined) return takeOut(release);
  const revisions = tryGit('log', '--max-count=10', '--skip=1', '--format=%h', '--', 'charts/tollgate') ?? '';
  for (const revision of revisions.split('\n').filter((line) => line !== '')) {
    const version = await takeOut(revision).catch(() => undefined);
    if (version) return version;
  }
  return undefined;
}

/** @throws where the program of that time cannot be built with the packages of today. */
async function takeOut(name: string): Promise<PreviousVersion> {
  const folder = mkdtempSync(join(tmpdir(), 'previous-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const checkout = join(folder, 'checkout');
    mkdirSync(checkout);
    const parts = ['charts', 'src', 'docs/rules.md', 'package.json', 'tsconfig.json'];
    const archive = execFileSync('git', ['archive', name, ...parts], { cwd: root, maxBuffer: 1e9 });
    execFileSync('tar', ['--extract', `--directory=${checkout}`], { input: archive });
    symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
    const program = join(folder, 'program');
    await bundleProgram(checkout, program);
    return { name, chart: join(checkout, 'charts/tollgate'), program, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function tryGit(...args: readonly string[]): string | undefined {
  try {
    const answer = execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return answer.trim() || undefined;
  } catch {
    return undefined;
  }
}
