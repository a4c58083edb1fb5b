import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { checkShape } from '../../conventions/document/check-shape.ts';
import {
  type DocumentProblem,
  pathInWords,
  problemInWords,
} from '../../conventions/document/document-problem.ts';
import type { Fault, Path } from '../../conventions/document/fault.ts';
import { TollgateError } from '../../errors.ts';
import { pointerOf, valueAt } from '../../kubernetes/json-pointer.ts';
import { findFiles } from '../../manifests/files/find-files.ts';
import { defaultLimits } from '../../manifests/limits.ts';
import { readText } from '../../manifests/files/read-text.ts';
import { explainedRules } from '../explained-rules.ts';
import { readDocuments, type TextDocument } from '../read/read-documents.ts';
import { type CaseOrigin, expandRows } from './expand-rows.ts';
import type { FlowDocument } from './flow-schema.ts';
import { readFlowPort } from './run-flow.ts';
import { readEnd } from '../../questions/flow/read-question.ts';
import { type ExpectationDocument, type SuiteDocument, suiteSchema } from './suite-schema.ts';
import { readTextPattern } from './text-pattern.ts';
import { didYouMean } from '../../text/did-you-mean.ts';

/** A suite of policy tests, and where it was read. */
export interface Suite {
  readonly file: string;
  /** Where its file lies; paths in the suite start in that folder. */
  readonly path: string;
  readonly folder: string;
  /** Of the whole file. */
  readonly text: string;
  readonly source: TextDocument;
  /** Without tables: each row is a case of its own. */
  readonly document: SuiteDocument;
  /** Where each case is written. */
  readonly origins: readonly CaseOrigin[];
}

const suiteName = /\.tollgate-test\.ya?ml$/;
/** What a suite begins with at the start of lines: who writes that means a suite, whatever the file is called. */
const looksLikeSuite = /^suite:/m;

/**
 * Finds the suites behind paths and reads them. A file that is meant to be a suite and is none, by its name or by its
 * content, is an error: a test that does not run is worse than none.
 */
export async function findSuites(paths: readonly string[], folder: string): Promise<readonly Suite[]> {
  const wanted = paths.length > 0 ? paths : ['.'];
  const { files, missing } = await findFiles(wanted, { folder, exclude: [], useGitIgnore: true });
  if (missing.length > 0) throw new TollgateError('ERR_NO_SUCH_PATH', { paths: missing.join(', ') });
  const problems: DocumentProblem[] = [];
  const suites: Suite[] = [];
  for (const { name, path, named } of files) {
    const isSuite = suiteName.test(basename(path));
    const read = readText(readFileSync(path), defaultLimits);
    if ('problem' in read) {
      if (isSuite || named) problems.push(problemOf(name, read.problem.reason));
    } else if (isSuite || named) {
      const found = readSuites(name, path, read.text);
      problems.push(...found.problems);
      suites.push(...found.suites);
    } else if (/\.ya?ml$/.test(path) && looksLikeSuite.test(read.text)) {
      problems.push(problemOf(name, 'it looks like a suite; name it *.tollgate-test.yaml, or it is not run'));
    }
  }
  if (problems.length > 0) {
    throw new TollgateError('ERR_SUITES', { problems: problems.map(problemInWords).join('\ntollgate: ') });
  }
  if (suites.length === 0) throw new TollgateError('ERR_NO_SUITES', { paths: wanted.join(', ') });
  return suites;
}

function problemOf(file: string, message: string): DocumentProblem {
  return { file, pointer: '', path: '', message };
}

function readSuites(
  file: string,
  path: string,
  text: string,
): { suites: Suite[]; problems: DocumentProblem[] } {
  const { documents, problems } = readDocuments({ name: file, text });
  const suites: Suite[] = [];
  const found = documents.flatMap((source): DocumentProblem[] => {
    const { origins, value } = expandRows(source.value);
    const { faults, output } = checkShape(suiteSchema, value);
    const all = output ? checkCases(output) : faults;
    if (output)
      suites.push({
        file,
        path,
        folder: dirname(path),
        text: text.replace(/^\uFEFF/, ''),
        source,
        document: output,
        origins,
      });
    return all.map(({ path, message }) => {
      const place = asWritten(path, origins, source.value);
      const pointer = pointerOf(...place);
      return { file, ...source.locate?.(pointer), pointer, path: pathInWords(place), message };
    });
  });
  return { suites, problems: [...problems, ...found] };
}

/** Where a fault of a case is written: in its row where the row says it, else in the case that the row is of. */
function asWritten(path: Path, origins: readonly CaseOrigin[], value: unknown): Path {
  const [cases, at, ...rest] = path;
  const origin = cases === 'cases' && typeof at === 'number' ? origins[at] : undefined;
  if (!origin) return path;
  const { index, row } = origin;
  const isInRow =
    row !== undefined &&
    rest.length > 0 &&
    valueAt(value, pointerOf('cases', index, 'rows', row, ...rest.slice(0, 1))) !== undefined;
  return isInRow ? ['cases', index, 'rows', row, ...rest] : ['cases', index, ...rest];
}

/** What the shape can't say: rules that exist, names that tell cases apart, patterns that are ones. */
function checkCases({ cases }: SuiteDocument): Fault[] {
  const ids = explainedRules.map(({ id }) => id);
  const names = new Set<string>();
  return cases.flatMap(({ name, expect = {}, flow }, index) => {
    const faults: Fault[] = [];
    if (names.has(name))
      faults.push({ path: ['cases', index, 'name'], message: 'another case has the same name' });
    names.add(name);
    for (const key of ['rules', 'warns', 'waived', 'finds', 'silent'] as const) {
      for (const [at, id] of (expect[key] ?? []).entries()) {
        if (ids.some((known) => known === id)) continue;
        const message = `there is no rule "${id}"${didYouMean(id, ids, 'document') || '; tollgate explain lists them'}`;
        faults.push({ path: ['cases', index, 'expect', key, at], message });
      }
    }
    for (const [key, source] of patternsOf(expect)) {
      const read = readTextPattern(source);
      if ('problem' in read) faults.push({ path: ['cases', index, 'expect', key], message: read.problem });
    }
    for (const { key, problem } of flow ? [flow].flat().flatMap(checkFlow) : [])
      faults.push({
        path: ['cases', index, 'flow', ...(Array.isArray(flow) ? [] : [key])],
        message: problem,
      });
    return faults;
  });
}

/** Ends and ports that nobody can read. */
function checkFlow({ from, only = [], port, to }: FlowDocument): { key: string; problem: string }[] {
  const ends = [
    ...(from === undefined ? [] : [['from', from] as const]),
    ['to', to] as const,
    ...only.map((end) => ['only', end] as const),
  ];
  const read = port === undefined ? undefined : readFlowPort(port);
  return [
    ...ends.flatMap(([key, end]) => {
      const found = readEnd(end);
      return 'problem' in found ? [{ key, problem: found.problem }] : [];
    }),
    ...(read && 'problem' in read ? [{ key: 'port', problem: read.problem }] : []),
  ];
}

function patternsOf({ message = [], warnings = [] }: ExpectationDocument): [string, string][] {
  const messages = typeof message === 'string' ? [message] : message;
  const lines = typeof warnings === 'number' ? [] : warnings;
  return [
    ...messages.map((source): [string, string] => ['message', source]),
    ...lines.map((source): [string, string] => ['warnings', source]),
  ];
}
