import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { list, record, records, text, texts } from '../../kubernetes/read.ts';
import { kustomizationNames } from '../document/kustomization.ts';
import { defaultLimits } from '../limits.ts';
import { createDocumentParser } from '../yaml/parse-document.ts';
import { createLineIndex } from '../source-position.ts';
import { isRemote } from './rendering.ts';

/** What a kustomization is made of, with all that it stands on. */
export interface KustomizationTree {
  /** The file of the kustomization itself. */
  readonly file: string;
  /** The folders of kustomizations below it: bases and components. */
  readonly bases: readonly string[];
  /** The files that it reads, patches and sources of generators among them. */
  readonly files: readonly string[];
  /** The files that hold resources, whose objects become those of the kustomization. */
  readonly resources: readonly string[];
  /** What lies on other machines, and where that is written. */
  readonly remote: readonly { readonly file: string; readonly line: number; readonly path: string }[];
  /** Part of other kustomizations, and never applied by itself. */
  readonly isComponent: boolean;
}

/** The file of a kustomization in a folder. */
export function kustomizationFileIn(folder: string): string | undefined {
  return kustomizationNames.map((name) => join(folder, name)).find((file) => existsSync(file));
}

/**
 * Follows a kustomization to everything that it reads. Files that are missing or broken are left to kustomize itself.
 * Source: kustomize api/types/kustomization.go, and accumulateResources in api/internal/target/kusttarget.go.
 *
 * @param folder the folder of the kustomization
 * @returns undefined where there is none
 */
export function readKustomizationTree(folder: string): KustomizationTree | undefined {
  const own = kustomizationFileIn(folder);
  if (own === undefined) return undefined;
  const [bases, files, resources] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const remote: { file: string; line: number; path: string }[] = [];
  const follow = (file: string, from: string) => {
    files.add(file);
    const content = readFileSync(file, 'utf8');
    const parsed = parser.parse(content);
    const value = record('value' in parsed ? parsed.value : undefined);
    const take = (path: string, isResource: boolean) => {
      if (isRemote(path)) remote.push({ file, path, line: lineOf(content, path) });
      const found = resolve(from, path);
      const stat = isRemote(path) ? undefined : statSync(found, { throwIfNoEntry: false });
      if (stat?.isFile()) {
        files.add(found);
        if (isResource) resources.add(found);
      }
      const base = stat?.isDirectory() ? kustomizationFileIn(found) : undefined;
      if (base === undefined || bases.has(found) || found === folder) return;
      bases.add(found);
      follow(base, found);
    };
    for (const field of ['resources', 'bases', 'components'])
      for (const path of texts(value[field])) take(path, true);
    for (const path of otherPaths(value)) take(path, false);
    return value.kind === 'Component';
  };
  const isComponent = follow(own, folder);
  return { file: own, bases: [...bases], files: [...files], resources: [...resources], remote, isComponent };
}

const parser = createDocumentParser(defaultLimits);

/** The files that a kustomization reads beside its resources. What is written out has line breaks. */
function otherPaths(value: Readonly<Record<string, unknown>>): readonly string[] {
  const plain = [
    'crds',
    'configurations',
    'generators',
    'transformers',
    'validators',
    'patchesStrategicMerge',
  ];
  const withPath = ['patches', 'patchesJson6902', 'replacements'];
  const generators = ['configMapGenerator', 'secretGenerator'].flatMap((field) => records(value[field]));
  const sources = generators.flatMap(({ files, env, envs }) => [
    ...texts(files).map((entry) => entry.slice(entry.indexOf('=') + 1)),
    text(env),
    ...texts(envs),
  ]);
  return [
    ...plain.flatMap((field) => texts(value[field])),
    ...withPath.flatMap((field) => list(value[field]).map((entry) => text(record(entry).path))),
    text(record(value.openapi).path),
    ...sources,
  ].filter((path) => path !== '' && !path.includes('\n'));
}

function lineOf(content: string, path: string): number {
  return createLineIndex(content).positionAt(Math.max(0, content.indexOf(path))).line;
}
