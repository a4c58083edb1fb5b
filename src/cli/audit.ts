import { buildReport } from '../application/check/build-report.ts';
import { findConventions } from '../application/read/find-conventions.ts';
import { TollgateError } from '../errors.ts';
import type { Report } from '../report/report.ts';
import { choice, toggle, type ValuesOf } from '../settings.ts';
import { counted } from '../text/plural.ts';
import { shellWord } from '../text/shell-word.ts';
import type { AuditedState } from '../application/audit/audit-live.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { kubeconfigFile, kubeconfigSetting } from './kubeconfig.ts';
import { manifestSettings } from './inputs/manifest-settings.ts';
import { targetsFor } from './output-target.ts';
import { readSet } from './inputs/read-set.ts';
import { outputSetting, writeReports } from './write-reports.ts';

const settings = {
  ...manifestSettings,
  live: toggle('live', {
    description:
      'Audit the cluster of the kubeconfig file, pods included; needs the rights to list what the webhook follows and pods, and writes nothing',
  }),
  kubeconfig: kubeconfigSetting,
  output: outputSetting,
  failOn: choice('fail-on', {
    words: ['deny', 'warn'],
    fallback: 'deny',
    description:
      'Which findings make the exit code 1: those that admission would refuse, or warnings as well',
  }),
  exitZero: toggle('exit-zero', {
    description: 'Exit with 0 whatever is found or could not be read; wrong usage still fails',
  }),
} as const;

/** `tollgate audit`: what the audit of the server finds in what exists, asked from outside. */
export const command = defineCommand({
  usage: '[PATH…] [FLAGS]',
  description: [
    'Judges everything that exists as it is, with the rules and actions of the audit that the server keeps: of a cluster',
    'with --live, of a snapshot, or of files as if they were all there. Unlike check it takes nothing for a change that is',
    'still to come. Of the pods of one owner one is named.',
    '',
    'Exit codes: 0 clean, 1 findings, 2 wrong usage or no cluster, 3 something could not be read or judged.',
  ].join('\n'),
  settings,
  examples: [
    ['tollgate audit --live', 'the cluster of kubectl'],
    ['tollgate audit --live -o openreports | kubectl apply -f -', 'as reports, without a server'],
    ['tollgate audit cluster.yaml -o markdown=audit.md', 'of what tollgate snapshot wrote'],
  ],
  run: async ({ values, positionals }, context) => {
    if (values.live && positionals.length > 0)
      throw new TollgateError('ERR_USAGE', {
        command: 'audit',
        problems: `--live audits a cluster, and ${positionals.join(' ')} names files: give one`,
      });
    const targets = targetsFor(values.output, context.stdout.isTerminal ? 'text' : 'concise', 'audit');
    const stated = await findConventions(values.conventions, context.folder, context.stdin);
    const now = values.now ?? context.now();
    const audited = values.live
      ? await liveState(values, stated, now, context)
      : await fileState(positionals, values, stated, now, context);
    const report = reportOf(audited, positionals, { values, now, version: context.version });
    const exitCode = values.exitZero ? 0 : report.exitCode;
    await writeReports({ ...report, exitCode }, targets, context);
    return exitCode;
  },
});

type Values = ValuesOf<typeof settings>;
type Stated = Awaited<ReturnType<typeof findConventions>>;

async function liveState(
  { kubeconfig }: Values,
  stated: Stated,
  now: Date,
  context: CommandContext,
): Promise<AuditedState> {
  const { auditLive } = await import('../application/audit/audit-live.ts');
  return auditLive(kubeconfigFile(kubeconfig, context), stated, now);
}

async function fileState(
  paths: readonly string[],
  values: Values,
  stated: Stated,
  now: Date,
  context: CommandContext,
): Promise<AuditedState> {
  const { auditFiles } = await import('../application/audit/audit-files.ts');
  return auditFiles(await readSet(paths, values, context), stated, now);
}

function reportOf(
  { set, judged, conventions, gaps, pods }: AuditedState,
  paths: readonly string[],
  { values, now, version }: { readonly values: Values; readonly now: Date; readonly version: string },
): Report {
  const report = buildReport(set, judged, conventions, {
    version,
    now,
    point: 'audit',
    complete: values.live || paths.length === 0,
    fixCommand: ['tollgate', 'fix', ...paths].map(shellWord).join(' '),
    failOnWarnings: values.failOn === 'warn',
  });
  const { basis, exitCode, tally } = report;
  return {
    ...report,
    ...(values.live ? { unit: 'namespace', tally: { ...tally, files: namespacesIn(set) } } : {}),
    basis: {
      ...basis,
      remarks: [
        ...basis.remarks,
        ...(pods === undefined ? [] : [`${counted(pods, 'running pod')} judged`]),
        ...gaps.map(({ what, why }) => `missing: ${what}, ${why}`),
      ],
    },
    exitCode: gaps.length > 0 ? 3 : exitCode,
  };
}

function namespacesIn({ objects }: AuditedState['set']): number {
  return objects.filter(({ object }) => object.kind === 'Namespace').length;
}
