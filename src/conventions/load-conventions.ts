import { type JsonPointer, pointerOf } from '../kubernetes/json-pointer.ts';
import { isRecord } from '../kubernetes/object.ts';
import { type KnownRule, withCurrentRules } from './former-rules.ts';
import { findAmbiguities, namespaceInWords } from './convention/ambiguity.ts';
import { checkDocument } from './check-document.ts';
import { compileConvention } from './convention/compile-convention.ts';
import { compileWaiver } from './waiver/compile-waiver.ts';
import type { Convention, LabelPattern } from './convention/convention.ts';
import { type ConventionSet, createConventionSet } from './convention-set.ts';
import { defaultConventions } from './default-conventions.ts';
import { type DocumentProblem, pathInWords } from './document/document-problem.ts';
import { type DocumentSource, placeInWords } from './document/document-source.ts';
import { type Fault, quote } from './document/fault.ts';
import { compileManifestSet } from './compile-manifest-set.ts';
import type { ManifestSetDeclaration } from './manifest-set.ts';
import { compileLabelPattern } from './convention/label-pattern.ts';
import type { Waiver } from './waiver/waiver.ts';

export type { KnownRule };

export interface LoadedConventions {
  /** Only where there is no problem: a set is taken as a whole or not at all. */
  readonly set?: ConventionSet;
  /** What is applied together, for the command line; a server has no use for it. */
  readonly manifestSets?: readonly ManifestSetDeclaration[];
  readonly problems: readonly DocumentProblem[];
}

/**
 * Loads conventions and waivers from parsed documents: checks each one and all of them together, and compiles them.
 * Every problem of every document is reported at once. Waivers alone are exceptions from the default convention.
 * Never throws, whatever the documents hold.
 */
export function loadConventions(
  sources: readonly DocumentSource[],
  knownRules: readonly KnownRule[],
): LoadedConventions {
  const ids = knownRules.map(({ id }) => id);
  const problems: DocumentProblem[] = [];
  const conventions: Convention[] = [];
  const waivers: Waiver[] = [];
  const manifestSets: ManifestSetDeclaration[] = [];
  for (const source of sources.flatMap(expandList)) {
    const { faults, document } = checkDocument(withCurrentRules(source.value, knownRules), ids);
    problems.push(...problemsAt(source, faults));
    if (document?.kind === 'Waiver') waivers.push(compileWaiver(document, source));
    if (document?.kind === 'ManifestSet') manifestSets.push(compileManifestSet(document, source));
    if (document?.kind === 'ConventionPolicy')
      conventions.push(compileConvention(document, source, compilePattern));
  }
  problems.push(...[conventions, waivers, manifestSets].flatMap(findNamesakes), ...findRivals(conventions));
  if (problems.length > 0) return { problems };
  const governing = conventions.length > 0 ? conventions : defaultConventions().conventions;
  return {
    set: createConventionSet(governing, waivers),
    problems,
    ...(manifestSets.length > 0 ? { manifestSets } : {}),
  };
}

/** What kubectl prints for several objects is a List of them. */
function expandList(source: DocumentSource): readonly DocumentSource[] {
  const { value, locate } = source;
  if (!isRecord(value) || value.kind !== 'List' || !Array.isArray(value.items)) return [source];
  return value.items.map((item: unknown, index) => ({
    ...source,
    value: item,
    ...(locate ? { locate: (pointer: JsonPointer) => locate(pointerOf('items', index) + pointer) } : {}),
  }));
}

/** A pattern that is none has been reported, so that the convention it stands in is never in force. */
function compilePattern(source: string): LabelPattern {
  const compiled = compileLabelPattern(source);
  return 'pattern' in compiled ? compiled.pattern : { source, test: () => false };
}

interface Named {
  readonly name: string;
  readonly source?: DocumentSource;
}

function findNamesakes(documents: readonly Named[]): DocumentProblem[] {
  const firsts = new Map<string, DocumentSource>();
  return documents.flatMap(({ name, source }) => {
    const first = firsts.get(name);
    if (!first && source) firsts.set(name, source);
    if (!first || !source) return [];
    const message = `the name ${quote(name)} is already taken in ${placeInWords(first, pointerOf('metadata', 'name'))}`;
    return [problemAt(source, { path: ['metadata', 'name'], message })];
  });
}

function findRivals(conventions: readonly Convention[]): DocumentProblem[] {
  return findAmbiguities(conventions).map(({ first, second, namespace }) => {
    const message = `"${second.name}" and "${first.name}" (${placeInWords(first.source, pointerOf('metadata', 'name'))}) both have priority ${first.priority} and both select ${namespaceInWords(namespace)}; give one of them another priority`;
    return problemAt(second.source, { path: ['spec', 'priority'], message });
  });
}

/** The problems of one document, in the order of its lines. */
function problemsAt(source: DocumentSource, faults: readonly Fault[]): DocumentProblem[] {
  return faults
    .map((fault) => problemAt(source, fault))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function problemAt(
  { file, value, locate }: DocumentSource,
  { path, message, expected }: Fault,
): DocumentProblem {
  const pointer = pointerOf(...path);
  const document = documentOf(value);
  return {
    file,
    ...locate?.(pointer),
    ...(document === undefined ? {} : { document }),
    pointer,
    path: pathInWords(path),
    message,
    ...(expected === undefined ? {} : { expected }),
  };
}

function documentOf(value: unknown): string | undefined {
  if (!isRecord(value) || typeof value.kind !== 'string' || !isRecord(value.metadata)) return undefined;
  const { name } = value.metadata;
  return typeof name === 'string' ? `${value.kind}/${name}` : undefined;
}
