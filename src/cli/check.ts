import { choice, toggle, type ValuesOf } from '../settings.ts';
import { shellWord } from '../text/shell-word.ts';
import { defineCommand } from './command.ts';
import { buildReport } from '../application/check/build-report.ts';
import { judgeManifests } from '../application/check/judge-manifests.ts';
import { mergeReports } from '../application/check/merge-reports.ts';
import { fileAboveNearest } from '../application/read/find-conventions.ts';
import { applicationSettings } from './inputs/read-context.ts';
import { manifestSettings } from './inputs/manifest-settings.ts';
import { setSettings } from './inputs/read-sets.ts';
import { type PreparedSet, setsToJudge } from './inputs/sets-to-judge.ts';
import { renderSettings } from './inputs/render-settings.ts';
import { targetsFor } from './output-target.ts';
import { outputSetting, writeReports } from './write-reports.ts';

/** `tollgate check`: what the webhook would say to manifests, before they meet it. */
export const command = defineCommand({
  usage: '[PATH…] [FLAGS]',
  description: [
    'Judges manifests with the engine and the conventions of the webhook. A PATH is a file, a folder (searched for YAML',
    'and JSON, without what .gitignore leaves out), a glob, or - for standard input; without any it is the working',
    'directory, or the sets that tollgate.yaml names. Charts and kustomizations are rendered where --helm and --kustomize',
    'name them, overlays also where they are found; each set has its own verdict, and the worst is that of the run. What',
    'cannot be judged, such as templates and broken files, is listed and never a pass.',
    '',
    'Exit codes: 0 clean, 1 findings, 2 wrong usage or configuration, 3 something was not judged.',
  ].join('\n'),
  settings: {
    ...manifestSettings,
    ...applicationSettings,
    ...renderSettings,
    ...setSettings,
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
    const { isWhole, sets } = await setsToJudge(positionals, values, context);
    const options = {
      version: context.version,
      now: values.now ?? context.now(),
      complete: positionals.length + values.helm.length + values.kustomize.length + values.set.length === 0,
      fixCommand: fixCommandOf(positionals, values),
      ...aboveOf(values.conventions, context.folder),
      failOnWarnings: values.failOn === 'warn',
      ...(targets.some(({ format }) => format === 'sarif') ? { editor: await loadEditor() } : {}),
    };
    const reportOf = ({ name, manifests, conventions, around }: PreparedSet) => {
      const whole = { ...manifests, gaps: [...manifests.gaps, ...around.gaps] };
      const judged = judgeManifests(whole, conventions, options.now, around.application);
      return { name, report: buildReport(manifests, judged, conventions, options) };
    };
    const [first, ...others] = sets;
    const report = isWhole
      ? reportOf(first).report
      : mergeReports([reportOf(first), ...others.map(reportOf)]);
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
    set,
    context,
    kubeconfig,
    live,
    stdinFilename,
  }: ValuesOf<typeof manifestSettings & typeof applicationSettings & typeof setSettings>,
): string {
  const flags = [
    ...set.flatMap((name) => ['--set', name]),
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
