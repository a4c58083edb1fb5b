import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { cut } from '../../text/cut.ts';
import { shellWord } from '../../text/shell-word.ts';
import { shownName } from '../files/shown-name.ts';
import type { ManifestFile, ManifestObject } from '../manifest-set.ts';
import { createDocumentParser } from '../yaml/parse-document.ts';
import { readFile } from '../read-file.ts';
import { defaultLimits } from '../limits.ts';
import { type KustomizationTree, readKustomizationTree } from './kustomization-tree.ts';
import { originFinder } from './origin.ts';
import { kustomizePrograms, type Programs } from './programs.ts';
import { isRemote, notRendered, type Rendered } from './rendering.ts';

/**
 * Renders a kustomization with the user's own kustomize, or kubectl's. What lies on other machines is named and not
 * fetched, and then nothing of the kustomization is judged: what it would add or change is not known.
 */
export async function renderKustomization(
  named: string,
  programs: Programs,
  folder: string,
): Promise<Rendered> {
  const path = resolve(folder, named);
  const tree = isRemote(named) ? undefined : readKustomizationTree(path);
  if (!tree)
    return notRendered({
      file: named,
      reason: isRemote(named)
        ? 'it is elsewhere and is not fetched'
        : 'there is no kustomization in this folder',
      remedy: 'name a folder of this machine that holds a kustomization.yaml',
    });
  const file = shownName(tree.file, folder);
  if (tree.remote.length > 0)
    return {
      inputs: [],
      notJudged: tree.remote.map((base) => ({
        id: 'manifest/render',
        file: shownName(base.file, folder),
        line: base.line,
        column: 1,
        reason: `${base.path} is elsewhere and is not fetched, so what the kustomization makes is not known`,
        remedy: `render it where that may be fetched: kustomize build ${shellWord(named)} | tollgate check -`,
      })),
    };
  const program = kustomizePrograms.find((name) => programs.has(name));
  if (program === undefined)
    return notRendered({
      file,
      reason: 'it is a kustomization, and neither kustomize nor kubectl is on PATH',
      remedy: 'install one of them, or judge what it makes elsewhere: tollgate check - < rendered.yaml',
    });
  const args = program === 'kubectl' ? ['kustomize', path] : ['build', path];
  const outcome = await programs.run(program, args, folder);
  if ('failure' in outcome) {
    const said = cut(outcome.failure.replaceAll(/\s+/g, ' '), 600);
    return notRendered({ file, reason: `${program} cannot render it: ${said}` });
  }
  const name = shownName(path, folder) || '.';
  return {
    inputs: [{ file: { name, text: outcome.text, rendering: renderingOf(tree, folder) }, named: true }],
    notJudged: [],
  };
}

/** The files of resources are read only where somebody asks for the place of a finding. */
function renderingOf(tree: KustomizationTree, folder: string): NonNullable<ManifestFile['rendering']> {
  const own: ManifestFile = { name: shownName(tree.file, folder), text: '' };
  let find: ((object: KubernetesObject) => ManifestObject | undefined) | undefined;
  return {
    templateOf: () => own,
    originOf: (object) => {
      find ??= originFinder(resourcesOf(tree, folder));
      return find(object);
    },
  };
}

function resourcesOf({ resources }: KustomizationTree, folder: string): readonly ManifestObject[] {
  const parser = createDocumentParser(defaultLimits);
  return resources.flatMap((path) => {
    const file = { name: shownName(path, folder), path, text: readFileSync(path, 'utf8') };
    return readFile({ file, named: true }, parser).objects;
  });
}
