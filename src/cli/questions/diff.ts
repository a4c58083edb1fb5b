import { buildReport } from '../../application/check/build-report.ts';
import type { Application } from '../../application/check/judge-creation.ts';
import { judgeManifests, stateOnceApplied } from '../../application/check/judge-manifests.ts';
import { placesOf } from '../../application/check/places-of.ts';
import { compareFindings } from '../../report/diff/compare-findings.ts';
import { type ReadSide, readSide } from '../../application/diff/read-side.ts';
import { findConventions } from '../../application/read/find-conventions.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import { TollgateError } from '../../errors.ts';
import type { Gap } from '../../inventory/inventory.ts';
import { askDiff, type DiffSide } from '../../questions/diff/ask-diff.ts';
import type { DiffAnswer } from '../../questions/diff/diff-answer.ts';
import { isNewlyClear } from '../../report/diff/diff-report.ts';
import { diffFormatNames, diffFormats, type DiffFormatName } from '../../report/diff/formats.ts';
import { list } from '../../settings.ts';
import { listInWords } from '../../text/list.ts';
import { defineCommand } from '../command.ts';
import { manifestSettings } from '../inputs/manifest-settings.ts';
import { type OutputTarget, readTarget, targetsFor } from '../output-target.ts';
import { contextSettings, readContext } from '../inputs/read-context.ts';
import { writeAnswer } from '../write-answer.ts';

const failures = ['opened', 'plaintext', 'uncovered'] as const;
type FailOn = (typeof failures)[number];

const settings = {
  ...manifestSettings,
  ...contextSettings,
  failOn: list<FailOn>('fail-on', {
    placeholder: failures.join('|'),
    description:
      'What makes the exit code 1, several times for several: connections opened, connections that go in the clear now, directions of namespaces that are not closed any more',
    read: (text) => {
      const word = failures.find((one) => one === text);
      return word
        ? { value: word }
        : { problem: `is ${JSON.stringify(text)}, expected ${listInWords(failures, { last: 'or' })}` };
    },
  }),
  output: list<OutputTarget<DiffFormatName>>('output', {
    short: 'o',
    placeholder: 'FORMAT[=FILE]',
    description: `${diffFormatNames.join(', ')}; without a file it goes to standard output`,
    read: readTarget(diffFormatNames),
  }),
} as const;

/** `tollgate diff`: what a change of manifests opens, closes, uncovers and gets found. */
export const command = defineCommand({
  usage: 'BASE HEAD [FLAGS]',
  description: [
    'Says what is different between two states: connections opened, closed and newly in the clear, coverage lost and won,',
    'findings new, gone and moved, and which changed object did it. BASE and HEAD are each a file or folder, a snapshot',
    'of `tollgate snapshot`, or git:REV or git:REV:FOLDER, which your git reads without touching the working tree.',
    '',
    'Exit codes: 0 nothing of what --fail-on names, 1 something of it, 2 wrong usage or configuration, 3 something could',
    'not be read.',
  ].join('\n'),
  settings,
  examples: [
    ['tollgate diff git:main .', 'what the working directory changes'],
    ['tollgate diff git:main:deploy git:HEAD:deploy -o markdown', 'a comment for a pull request'],
    ['tollgate diff git:main . --fail-on opened --fail-on uncovered', 'a check that fails'],
    ['tollgate diff yesterday.yaml today.yaml', 'two snapshots of a cluster'],
  ],
  run: async ({ values, positionals }, context) => {
    const [base, head, ...others] = positionals;
    if (base === undefined || head === undefined || others.length > 0)
      throw new TollgateError('ERR_USAGE', {
        command: 'diff',
        problems: 'two states are wanted: BASE and HEAD',
      });
    const targets = targetsFor(values.output, 'text', 'diff');
    const stated = await findConventions(values.conventions, context.folder, context.stdin);
    const around = await readContext(values, context);
    const { exclude, namespace, noIgnore } = values;
    const options = { folder: context.folder, exclude, namespace, useGitIgnore: !noIgnore };
    const now = values.now ?? context.now();
    const [before, after] = [await readSide(base, options), await readSide(head, options)];
    const [was, is] = [before, after].map((side) => stateOf(side, stated, around, now));
    if (!was || !is) return 2;
    const answer = askDiff(was.side, is.side);
    const placesBefore = placesOf(before.set);
    const placesAfter = placesOf(after.set);
    const report = {
      base,
      head,
      answer,
      findings: compareFindings(was.findings(context.version), is.findings(context.version)),
      placeOf: (at: Parameters<typeof placesAfter>[0]) => placesAfter(at) ?? placesBefore(at),
    };
    await writeAnswer(report, targets, diffFormats, context);
    if (answer.incomplete.length > 0) return 3;
    return values.failOn.some((word) => fails(answer, word)) ? 1 : 0;
  },
});

function stateOf(
  { calico, set }: ReadSide,
  stated: ConventionSet,
  around: { readonly application: Application; readonly gaps: readonly Gap[] },
  now: Date,
) {
  const application: Application = { ...around.application, ...(calico ? { calico } : {}) };
  const whole = { ...set, gaps: [...set.gaps, ...around.gaps] };
  const { conventions, inventory } = stateOnceApplied(whole, stated, application);
  const side: DiffSide = {
    question: { inventory, conventions, now },
    objects: set.objects.map(({ object }) => object),
  };
  const findings = (version: string) =>
    buildReport(set, judgeManifests(whole, stated, now, application), stated, {
      version,
      now,
      complete: false,
      failOnWarnings: false,
      fixCommand: '',
    }).findings;
  return { side, findings };
}

function fails({ connections, coverage }: DiffAnswer, word: FailOn): boolean {
  switch (word) {
    case 'opened':
      return connections.some(({ kind }) => kind === 'opened');
    case 'plaintext':
      return connections.some(
        (change) =>
          isNewlyClear(change) || (change.kind === 'opened' && change.after?.encryption === 'plaintext'),
      );
    default:
      return coverage.some(({ kind }) => kind === 'lost');
  }
}
