import { readFileSync, statSync } from 'node:fs';
import { findFiles, type FindOptions, type FoundFile } from './files/find-files.ts';
import { defaultLimits, type ManifestLimits } from './limits.ts';
import type { ManifestSet } from './manifest-set.ts';
import type { NotJudged } from './manifest-problem.ts';
import type { ManifestInput } from './read-file.ts';
import {
  assembleManifests,
  inOrder,
  type ParsedFile,
  parseFiles,
  type ReadOptions,
} from './read-manifests.ts';
import type { Rendered } from './render/rendering.ts';
import { readText, tooLarge } from './files/read-text.ts';

export interface LoadOptions extends FindOptions, ReadOptions {
  /** Standard input as a whole, for the path `-`. */
  readonly stdin: () => Promise<Buffer>;
  /** What standard input is called, where it stands for a file. */
  readonly stdinName?: string;
  /** What programs have made of charts and kustomizations. */
  readonly rendered?: readonly Rendered[];
}

export interface LoadedManifests extends ManifestSet {
  /** Paths and patterns that lead to nothing. */
  readonly missing: readonly string[];
}

/** What was found behind paths, each file read by itself: what belongs together is put together afterwards. */
export interface ManifestParts {
  readonly parsed: readonly ParsedFile[];
  /** What could not be read at all. */
  readonly lost: readonly NotJudged[];
  readonly missing: readonly string[];
}

/** Finds and reads what is behind paths: files, folders, globs and `-` for standard input. */
export async function loadManifests(
  paths: readonly string[],
  options: LoadOptions,
): Promise<LoadedManifests> {
  return assembleParts(await loadParts(paths, options), options);
}

/** Finds what is behind paths, and reads each file by itself. */
export async function loadParts(paths: readonly string[], options: LoadOptions): Promise<ManifestParts> {
  const limits = options.limits ?? defaultLimits;
  const found = await findFiles(
    paths.filter((path) => path !== '-'),
    options,
  );
  const inputs: ManifestInput[] = [];
  const unread: NotJudged[] = [];
  const take = (
    name: string,
    path: string | undefined,
    named: boolean,
    read: ReturnType<typeof readText>,
  ) => {
    if ('text' in read) {
      inputs.push({ named, file: { name, ...(path === undefined ? {} : { path }), text: read.text } });
    } else unread.push({ ...read.problem, file: name, line: 1, column: 1 });
  };
  if (paths.includes('-'))
    take(options.stdinName ?? '<stdin>', undefined, true, readText(await options.stdin(), limits));
  for (const file of found.files) take(file.name, file.path, file.named, readFile(file, limits));
  const { rendered = [] } = options;
  inputs.push(...rendered.flatMap((rendering) => rendering.inputs));
  return {
    parsed: parseFiles(inputs, limits),
    lost: [...unread, ...found.notJudged, ...rendered.flatMap(({ notJudged }) => notJudged)],
    missing: found.missing,
  };
}

/** Puts parts together that are applied together. */
export function assembleParts(
  { parsed, lost, missing }: ManifestParts,
  options: ReadOptions,
): LoadedManifests {
  const set = assembleManifests(parsed, options);
  return {
    ...set,
    notJudged: inOrder([...lost, ...set.notJudged]),
    gaps: [...lost.map(({ file, reason }) => ({ what: file, why: reason })), ...set.gaps],
    missing,
  };
}

function readFile({ path }: FoundFile, limits: ManifestLimits): ReturnType<typeof readText> {
  try {
    const { size } = statSync(path);
    return size > limits.fileSize
      ? { problem: tooLarge(size, limits) }
      : readText(readFileSync(path), limits);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { problem: { id: 'manifest/unreadable', reason: `it cannot be read: ${reason}` } };
  }
}
