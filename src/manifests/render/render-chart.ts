import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { cut } from '../../text/cut.ts';
import { listInWords } from '../../text/list.ts';
import { shellWord } from '../../text/shell-word.ts';
import { shownName } from '../files/shown-name.ts';
import type { ManifestFile } from '../manifest-set.ts';
import type { Programs } from './programs.ts';
import { isRemote, notRendered, type Rendered } from './rendering.ts';

/** A chart on this machine, and what it is rendered with. */
export interface ChartToRender {
  /** A folder or an archive, as the user named it. */
  readonly chart: string;
  /** Files of values, the later ones counting more. */
  readonly values: readonly string[];
  /** The release's name; without it the chart's. */
  readonly release?: string;
  readonly namespace: string;
}

/**
 * Renders a chart with the user's own Helm. Nothing is fetched: neither charts nor values from elsewhere.
 * Source: Helm pkg/cmd/template.go.
 */
export async function renderChart(
  { chart, values, release, namespace }: ChartToRender,
  programs: Programs,
  folder: string,
): Promise<Rendered> {
  const path = resolve(folder, chart);
  const isThere = !isRemote(chart) && existsSync(path);
  if (!isThere)
    return notRendered({
      file: chart,
      reason: 'there is no such chart on this machine, and none is fetched',
      remedy: `fetch it before: helm pull ${shellWord(chart)} --untar, and name the folder`,
    });
  const name = shownName(path, folder) || '.';
  const isFolder = statSync(path).isDirectory();
  const own = isFolder ? join(name, 'Chart.yaml') : name;
  const far = values.filter(isRemote);
  if (far.length > 0)
    return notRendered({
      file: own,
      reason: `its values are elsewhere and are not fetched: ${listInWords(far, { most: 3 })}`,
      remedy: 'fetch them before, and name the files',
    });
  if (!programs.has('helm'))
    return notRendered({
      file: own,
      reason: 'it is a Helm chart, and helm is not on PATH',
      remedy: 'install Helm, or judge what it makes elsewhere: tollgate check - < rendered.yaml',
    });
  const named = release ?? (isFolder ? basename(path) : 'release-name');
  const outcome = await programs.run(
    'helm',
    [
      'template',
      named,
      path,
      `--namespace=${namespace}`,
      '--include-crds',
      ...values.map((file) => `--values=${resolve(folder, file)}`),
    ],
    folder,
  );
  if ('failure' in outcome) return failed(outcome.failure, path, own, folder);
  const templates = new Map<string, ManifestFile>();
  const templateOf = (source = '') => {
    const known = templates.get(source) ?? readTemplate(source, { path, isFolder, own, folder });
    templates.set(source, known);
    return known;
  };
  const file: ManifestFile = { name, text: outcome.text, rendering: { templateOf } };
  return { inputs: [{ file, named: true }], notJudged: [] };
}

interface Chart {
  readonly path: string;
  readonly isFolder: boolean;
  readonly own: string;
  readonly folder: string;
}

/** Helm writes the chart's name before the path in it; what is in an archive has no lines to point to. */
function readTemplate(source: string, { path, isFolder, own, folder }: Chart): ManifestFile {
  if (source === '') return { name: own, text: '' };
  const inside = source.slice(source.indexOf('/') + 1);
  const found = isFolder
    ? [inside, source].map((file) => join(path, file)).find((file) => existsSync(file))
    : undefined;
  return found === undefined
    ? { name: source, text: '' }
    : { name: shownName(found, folder), path: found, text: readFileSync(found, 'utf8') };
}

/** Helm's own words, at the line of the template that it names. */
function failed(failure: string, path: string, own: string, folder: string): Rendered {
  const reason = `helm cannot render it: ${cut(failure.replaceAll(/\s+/g, ' '), 600)}`;
  const named = /[\w.-]+\/([\w./-]+\.(?:ya?ml|tpl|json)):(\d+)(?::(\d+))?/.exec(failure);
  const [, inside = '', line = '1', column = '0'] = named ?? [];
  const template = join(path, inside);
  if (!named || !existsSync(template)) return notRendered({ file: own, reason });
  // Helm counts columns from 0
  return notRendered({
    file: shownName(template, folder),
    line: Math.max(1, Number(line)),
    column: Number(column) + 1,
    reason,
  });
}
