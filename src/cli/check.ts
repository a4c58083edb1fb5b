import { choice, toggle, type ValuesOf } from '../settings.ts';
import { shellWord } from '../text/shell-word.ts';
import { buildReport } from '../application/check/build-report.ts';
import { defineCommand } from './command.ts';
import { findConventions, fileAboveNearest } from '../application/read/find-conventions.ts';
import { judgeManifests } from '../application/check/judge-manifests.ts';
import { applicationSettings, readContext } from './read-context.ts';
import { manifestSettings } from './manifest-settings.ts';
import { readSet } from './read-set.ts';
import { renderSettings } from './render-settings.ts';
import { targetsFor } from './output-target.ts';
import { outputSetting, writeReports } from './write-reports.ts';

/** `tollgate check`: what the webhook would say to manifests, before they meet it. */
export const command = defineCommand({
  usage: '[PATH…] [FLAGS]',
  description: [
    'Judges manifests with the engine and the conventions of the webhook. A PATH is a file, a folder (searched for YAML',
    'and JSON, without what .gitignore leaves out), a glob, or - for standard input; without any it is the working',
    'directory. Charts and kustomizations are rendered where --helm and --kustomize name them. What cannot be judged, such',
    'as templates and broken files, is listed and never a pass.',
    '',
    'Exit codes: 0 clean, 1 findings, 2 wrong usage or configuration, 3 something was not judged.',
  ].join('\n'),
  settings: {
    ...manifestSettings,
    ...applicationSettings,
    ...renderSettings,
    output: outputSetting,
    failOn: choice('fail-on', {
      words: ['deny', 'warn'],
      fallback: 'deny',
      description: 'Which findings make the exit code 1: those that deny, or warnings as well',
    }),
    exitZero: toggle('exit-zero', {
      description: 'Exit with 0 whatever is found or not judged; wrong usage still fails',
    }),
  },
  examples: [
    ['tollgate check deploy/', 'everything below a folder'],
    ['tollgate check app/ --context platform/', 'what a cluster holds already, used and not reported'],
    ['tollgate check app/ --live', 'the same, read from the cluster of kubectl'],
    ['tollgate check --helm ./chart -f prod.yaml -n shop', 'what a chart makes'],
    ['tollgate check --kustomize overlays/prod', 'what a kustomization makes'],
    ['tollgate check -o sarif=tollgate.sarif -o text', 'a file for code scanning, and text to read'],
  ],
  run: async ({ values, positionals }, context) => {
    const targets = targetsFor(values.output, context.stdout.isTerminal ? 'text' : 'concise', 'check');
    const conventions = await findConventions(values.conventions, context.folder, context.stdin);
    const set = await readSet(positionals, values, context);
    const now = values.now ?? context.now();
    const around = await readContext(values, context);
    const whole = { ...set, gaps: [...set.gaps, ...around.gaps] };
    const judged = judgeManifests(whole, conventions, now, around.application);
    const report = buildReport(set, judged, conventions, {
      version: context.version,
      now,
      complete: positionals.length + values.helm.length + values.kustomize.length === 0,
      fixCommand: fixCommandOf(positionals, values),
      ...aboveOf(values.conventions, context.folder),
      failOnWarnings: values.failOn === 'warn',
      ...(targets.some(({ format }) => format === 'sarif') ? { editor: await loadEditor() } : {}),
    });
    const exitCode = values.exitZero ? 0 : report.exitCode;
    await writeReports({ ...report, exitCode }, targets, context);
    return exitCode;
  },
});

/** The command that edits what this run judged: with fewer files it would find less. */
function fixCommandOf(
  paths: readonly string[],
  {
    conventions,
    namespace,
    exclude,
    noIgnore,
    context,
    kubeconfig,
    live,
    stdinFilename,
  }: ValuesOf<typeof manifestSettings & typeof applicationSettings>,
): string {
  const flags = [
    ...conventions.flatMap((file) => ['--conventions', file]),
    ...context.flatMap((path) => ['--context', path]),
    ...(live ? ['--live'] : []),
    ...(live && kubeconfig !== undefined ? ['--kubeconfig', kubeconfig] : []),
    ...(namespace === 'default' ? [] : ['--namespace', namespace]),
    ...exclude.flatMap((glob) => ['--exclude', glob]),
    ...(noIgnore ? ['--no-ignore'] : []),
    ...(stdinFilename === undefined ? [] : ['--stdin-filename', stdinFilename]),
  ];
  return ['tollgate', 'fix', ...paths, ...flags].map(shellWord).join(' ');
}

function aboveOf(conventions: readonly string[], folder: string) {
  const above = conventions.length > 0 ? undefined : fileAboveNearest(folder);
  return above === undefined ? {} : { conventionsAbove: above };
}

async function loadEditor() {
  const { createTextEditor } = await import('../manifests/edit/edit-text.ts');
  const { defaultLimits } = await import('../manifests/limits.ts');
  return createTextEditor(defaultLimits);
}
