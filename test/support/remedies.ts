import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { printedObjects } from '../../src/facts/printed-objects.ts';
import { commandLine } from '../cli/command-line.ts';

/** A finding as JSON has it. */
interface Told {
  readonly rule: string;
  readonly severity: string;
  readonly object: object;
  readonly expected?: string;
  readonly fix?: unknown;
}

/** What became of manifests whose remedies were all written down. */
export interface Remedied {
  /** The rules that had a remedy. */
  readonly rules: readonly string[];
  /** Findings that were there before, and whose remedy has not put them right. */
  readonly left: readonly string[];
  /** Errors that were not there before. */
  readonly made: readonly string[];
  /** What was not judged only because of what was written. */
  readonly lost: readonly string[];
  /** Files that a third run changes. */
  readonly restless: readonly string[];
}

/**
 * Writes down every remedy of manifests, twice at most: edits and the objects that findings print, as `tollgate fix`
 * does with `--unsafe`; then asks again.
 */
export async function remedy(t: Test, sample: string): Promise<Remedied> {
  const { folder, tollgate } = commandLine(t, {});
  const work = join(folder, 'work');
  mkdirSync(work);
  cpSync(sample, statSync(sample).isDirectory() ? work : join(work, 'a.yaml'), { recursive: true });
  const own = readdirSync(work).includes('conventions.yaml');
  const args = [
    '--no-ignore',
    ...(own ? ['--conventions', 'conventions.yaml', '--exclude', 'conventions.yaml'] : []),
  ];
  const check = async () => {
    const { stdout } = await tollgate(['check', ...args, '-o', 'json'], { folder: 'work' });
    const report = JSON.parse(stdout) as {
      readonly findings: readonly Told[];
      readonly notJudged: readonly { readonly file: string; readonly reason: string }[];
    };
    return { ...report, findings: report.findings.filter(({ severity }) => severity !== 'waived') };
  };
  const fix = () => tollgate(['fix', '--unsafe', ...args], { folder: 'work' });
  const texts = () =>
    readdirSync(work, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, readFileSync(path, 'utf8')] as const);

  const before = await check();
  const wanted = before.findings.filter(hasRemedy);
  await fix();
  await fix();
  const [fixed, after] = [texts(), await check()];
  await fix();
  const again = new Map(texts());
  const known = new Set(before.findings.map(keyOf));
  const reasons = new Set(before.notJudged.map(lossOf));
  return {
    rules: [...new Set(wanted.map(({ rule }) => rule))],
    left: after.findings
      .filter(hasRemedy)
      .map(keyOf)
      .filter((key) => wanted.some((told) => keyOf(told) === key)),
    made: after.findings
      .filter(({ severity }) => severity === 'error')
      .map(keyOf)
      .filter((key) => !known.has(key)),
    lost: after.notJudged.map(lossOf).filter((reason) => !reasons.has(reason)),
    restless: fixed.filter(([name, text]) => again.get(name) !== text).map(([name]) => name),
  };
}

/** Lines move when something is written above them. */
function lossOf({ file, reason }: { readonly file: string; readonly reason: string }): string {
  return `${file}: ${reason.replaceAll(/:\d+/g, '')}`;
}

function hasRemedy({ expected, fix }: Told): boolean {
  return fix !== undefined || printedObjects(expected).length > 0;
}

function keyOf({ object, rule }: Told): string {
  return `${rule} ${JSON.stringify(object)}`;
}
