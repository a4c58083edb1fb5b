import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Judges one case: undefined where the answer is the expected one, else what was expected and what was found. */
export type CaseCheck = (entry: never) => string | undefined;

export interface FileResult {
  readonly file: string;
  readonly passed: number;
  readonly failures: readonly { readonly name: string; readonly reason: string }[];
}

/** The checks by the prefix of the file names they read; loaded only when a file needs them. */
const checks: Readonly<Record<string, () => Promise<{ readonly check: CaseCheck }>>> = {
  'calico-selector-': () => import('./calico-selector.ts'),
  'calico-flow-': () => import('./calico-flow.ts'),
  'calico-validity-by-version-': () => import('./calico-validity-by-version.ts'),
  'calico-validation-': () => import('./calico-validation.ts'),
  'calico-k8s-conversion-': () => import('./calico-k8s-conversion.ts'),
  'default-deny-': () => import('./default-deny.ts'),
  'linkerd-injection-': () => import('./linkerd-injection.ts'),
  'linkerd-after-injection-': () => import('./linkerd-after-injection.ts'),
  'linkerd-policy-': () => import('./linkerd-policy.ts'),
  'linkerd-annotation-': () => import('./linkerd-annotation.ts'),
};

/** Runs every case file of a folder through the public API of the engines; a file of no known prefix fails. */
export async function runConformance(folder: string): Promise<readonly FileResult[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const results: FileResult[] = [];
  for (const file of files.toSorted()) results.push(await runFile(join(folder, file)));
  return results;
}

async function runFile(path: string): Promise<FileResult> {
  const file = basename(path);
  const prefix = Object.keys(checks).find((candidate) => file.startsWith(candidate));
  const load = prefix === undefined ? undefined : checks[prefix];
  if (!load)
    return { file, passed: 0, failures: [{ name: file, reason: 'no check reads files of this prefix' }] };
  const entries: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!Array.isArray(entries))
    return { file, passed: 0, failures: [{ name: file, reason: 'not a JSON array' }] };
  if (entries.length === 0)
    return { file, passed: 0, failures: [{ name: file, reason: 'the file holds no case' }] };
  const { check } = await load();
  const failures = entries.flatMap((entry, index) => {
    const reason = answerOf(check, entry);
    return reason === undefined ? [] : [{ name: nameOf(entry, index), reason }];
  });
  return { file, passed: entries.length - failures.length, failures };
}

/** An exception is a miss like any other. */
function answerOf(check: CaseCheck, entry: unknown): string | undefined {
  try {
    return check(entry as never);
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function nameOf(entry: unknown, index: number): string {
  const { name, selector, annotation } = (entry ?? {}) as Readonly<Record<string, string | undefined>>;
  return `#${index} ${name ?? selector ?? annotation ?? ''}`;
}
