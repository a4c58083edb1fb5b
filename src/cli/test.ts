import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TollgateError } from '../errors.ts';
import { list, toggle, value } from '../settings.ts';
import { shellWord } from '../text/shell-word.ts';
import { counted, plural } from '../text/plural.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { manifestSettings } from './inputs/manifest-settings.ts';
import { type OutputTarget, readTarget, targetsFor } from './output-target.ts';
import { suiteError } from '../application/suite/case-world.ts';
import { compareFlows } from '../application/suite/compare-flows.ts';
import { pointerInCase } from '../application/suite/expand-rows.ts';
import { compareOutcome } from '../application/suite/compare-outcome.ts';
import { documentCoverage, documentsInWords, percentOf } from '../application/suite/document-coverage.ts';
import { draftSuite, suitePath } from '../application/suite/draft-suite.ts';
import { readSet } from './inputs/read-set.ts';
import { writeFile } from './write-file.ts';
import { coverageInWords, coverageOf } from '../application/suite/coverage.ts';
import { findSuites, type Suite } from '../application/suite/find-suites.ts';
import { jsonOf, junitOf, tallyInWords, textOf } from '../application/suite/print-results.ts';
import { runCase } from '../application/suite/run-case.ts';
import { type CaseResult, countResults, type SuiteResult } from '../application/suite/suite-result.ts';
import { updateSuites } from '../application/suite/update-suite.ts';

const formatNames = ['text', 'json', 'junit'] as const;
type FormatName = (typeof formatNames)[number];

/** `tollgate test`: runs suites of policy tests with the engine of the webhook. */
export const command = defineCommand({
  usage: '[PATH…] [FLAGS]',
  description: [
    'Runs the suites in *.tollgate-test.yaml files: what the cluster holds and which conventions are in force is given,',
    'a request or manifests are judged, and the decision, rules, message, warnings and patch are compared with what is',
    'expected. So are connections, as `tollgate flow` answers them. A PATH is a file, a folder or a glob; without any it is',
    'the working directory. With --new the PATHs are manifests, and a first suite for them is written.',
    '',
    'Exit codes: 0 all passed, 1 some failed or too little had a case, 2 wrong usage or a suite that is none, 3 no suite',
    'or no case was run.',
  ].join('\n'),
  settings: {
    run: value<RegExp | undefined>('run', {
      placeholder: 'REGEX',
      description: 'Run only the cases of which "SUITE / CASE" matches',
      fallback: undefined,
      read: readExpression,
    }),
    update: toggle('update', { description: 'Put what was found into the expectations that failed' }),
    coverage: toggle('coverage', {
      description:
        'Show which rules had a case and how each of them showed, and which of your own conventions, their settings of rules and waivers had none',
    }),
    minCoverage: value<number | undefined>('min-coverage', {
      placeholder: 'PERCENT',
      description:
        'Fail where less than this of your own conventions, their settings of rules and waivers had a case',
      fallback: undefined,
      read: (text) =>
        /^(?:100|[1-9]?[0-9])$/.test(text)
          ? { value: Number(text) }
          : { problem: `is ${JSON.stringify(text)}, expected 0 to 100` },
    }),
    newSuite: value<string | undefined>('new', {
      placeholder: 'FILE',
      description:
        "Write a first suite with today's verdicts on the manifests in the PATHs; a file that exists is left alone",
      fallback: undefined,
      read: (text) => (text === '' ? { problem: 'is empty' } : { value: text }),
    }),
    output: list<OutputTarget<FormatName>>('output', {
      short: 'o',
      placeholder: 'FORMAT[=FILE]',
      description: `${formatNames.join(', ')}; without a file it goes to standard output`,
      read: readTarget(formatNames),
    }),
    now: manifestSettings.now,
  },
  examples: [
    ['tollgate test', 'every suite below the working directory'],
    ['tollgate test policies --run "default deny"', 'some of them'],
    ['tollgate test --min-coverage 80 -o junit=policy.xml -o text', 'for CI'],
    ['tollgate test --new today.tollgate-test.yaml deploy/', 'a first suite for manifests that are there'],
  ],
  run: async ({ values, positionals }, context) => {
    const targets = targetsFor(values.output, 'text', 'test');
    if (values.newSuite !== undefined)
      return writeFirst(values.newSuite, positionals, values.now ?? context.now(), context);
    const suites = await findSuites(positionals, context.folder);
    const now = values.now ?? context.now();
    const results: SuiteResult[] = [];
    for (const suite of suites) results.push(await runSuite(suite, values.run, now));
    const ran = results.filter(({ cases }) => cases.length > 0);
    if (ran.length === 0)
      throw new TollgateError('ERR_NO_SUITES', { paths: `what --run ${String(values.run)} leaves` });

    const color = context.stdout.isTerminal && !context.environment['NO_COLOR'];
    const print = { text: (of: readonly SuiteResult[]) => textOf(of, color), json: jsonOf, junit: junitOf };
    for (const { format, file } of targets) {
      if (file === undefined) context.stdout.write(print[format](ran));
      else
        writeFileSync(
          resolve(context.folder, file),
          format === 'text' ? textOf(ran, false) : print[format](ran),
        );
    }
    if (!targets.some(({ file }) => file === undefined)) context.stderr.write(`${tallyInWords(ran)}\n`);
    // A document for programs must not end in a table.
    const table = targets.some(({ file, format }) => file === undefined && format !== 'text')
      ? 'stderr'
      : 'stdout';
    const ofDocuments = documentCoverage(ran);
    if (values.coverage)
      context[table].write(`\n${coverageInWords(coverageOf(ran))}\n${documentsInWords(ofDocuments)}`);
    const { minCoverage = 0 } = values;
    const isBare = percentOf(ofDocuments) < minCoverage;
    if (isBare)
      context.stderr.write(
        `${values.coverage ? '' : documentsInWords(ofDocuments)}less than the ${minCoverage} % that --min-coverage asks for\n`,
      );
    if (countResults(ran).failed === 0) return isBare ? 1 : 0;
    if (!values.update) return 1;
    const refusals = await updateSuites(ran);
    for (const refusal of refusals) context.stderr.write(`${refusal}\n`);
    context.stderr.write(
      'the expectations that failed say now what was found: look at them before you commit\n',
    );
    return refusals.length > 0 || isBare ? 1 : 0;
  },
});

/** Writes the suite and runs nothing: it says what is, so it passes. */
async function writeFirst(
  file: string,
  paths: readonly string[],
  now: Date,
  context: CommandContext,
): Promise<number> {
  const problem = (problems: string) => new TollgateError('ERR_USAGE', { command: 'test', problems });
  const path = suitePath(context.folder, file);
  if (path === undefined) throw problem(`--new ${file} is no suite: name it *.tollgate-test.yaml`);
  if (existsSync(path))
    throw new TollgateError('ERR_CANNOT_WRITE', { file, reason: 'it exists, and --new writes over nothing' });
  const values = {
    conventions: [],
    namespace: 'default',
    exclude: [],
    noIgnore: false,
    stdinFilename: undefined,
    now,
  };
  const set = await readSet(paths, values, context);
  const files = [...new Set(set.objects.map(({ document }) => document.file.path ?? ''))];
  if (files.includes('')) throw problem('--new needs files: a suite cannot give standard input');
  writeFile(path, await draftSuite({ path, files, now }));
  context.stderr.write(
    `${file}: ${counted(files.length, 'case')}; tollgate test ${shellWord(file)} runs ${plural(files.length, 'it', 'them')}\n`,
  );
  return 0;
}

async function runSuite(suite: Suite, wanted: RegExp | undefined, now: Date): Promise<SuiteResult> {
  const cases: CaseResult[] = [];
  for (const [index, entry] of suite.document.cases.entries()) {
    if (wanted && !wanted.test(`${suite.document.suite} / ${entry.name}`)) continue;
    const outcome = await runCase(suite, entry, now);
    const { expect = {}, flow } = entry;
    const mismatches = flow
      ? compareFlows(flow, outcome.flows)
      : compareOutcome(expect, patchOf(suite, expect.patch), outcome);
    const place = pointerInCase(suite.origins[index] ?? { index }, 'name');
    const line = suite.source.locate?.(place)?.line ?? 1;
    cases.push({ name: entry.name, index, line, outcome, mismatches });
  }
  return { suite, cases, skipped: suite.document.cases.length - cases.length };
}

/** The JSON Patch that is expected, written out or in a file. */
function patchOf(
  suite: Suite,
  patch: string | readonly unknown[] | undefined,
): readonly unknown[] | undefined {
  if (typeof patch !== 'string') return patch;
  try {
    const content: unknown = JSON.parse(readFileSync(resolve(suite.folder, patch), 'utf8'));
    if (Array.isArray(content)) return content;
  } catch (error) {
    throw suiteError(
      suite,
      `${patch} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  throw suiteError(suite, `${patch} is no JSON Patch: it is no list`);
}

function readExpression(text: string): { readonly value: RegExp } | { readonly problem: string } {
  try {
    return { value: new RegExp(text) };
  } catch (error) {
    return { problem: `is no regular expression: ${error instanceof Error ? error.message : String(error)}` };
  }
}
