import { constructFromEvents, type Event, EVENT_ID, type Schema, YAMLException } from 'js-yaml';
import type { ManifestLimits } from '../limits.ts';
import { UnrepresentableScalar } from './plain-scalar.ts';
import type { ManifestProblemId } from '../manifest-problem.ts';
import { readEvents, type YamlEvents } from './read-events.ts';
import { manifestSchema } from './yaml-schema.ts';

export type Parsed =
  | { readonly value: unknown }
  | {
      readonly problem: { readonly id: ManifestProblemId; readonly offset: number; readonly reason: string };
    };

/** Reads single documents; made once, since a schema is worth compiling once. */
export interface DocumentParser {
  /** The value of a document as JSON would have it; null for one without content. */
  readonly parse: (text: string) => Parsed;
}

/** Creates a reader of YAML and JSON documents that reads like the API server's clients and never throws. */
export function createDocumentParser(limits: ManifestLimits): DocumentParser {
  const schema = manifestSchema();
  return { parse: (text) => parseJson(text, limits) ?? parseYaml(text, schema, limits) };
}

/** JSON by the rule of kubectl: what starts with a brace. Text that is no JSON may still be YAML in flow style. */
function parseJson(text: string, limits: ManifestLimits): Parsed | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isDeeperThan(value, limits.depth) ? depthProblem(0, limits) : { value };
}

function parseYaml(text: string, schema: Schema, limits: ManifestLimits): Parsed {
  let read: YamlEvents;
  try {
    read = readEvents(text, limits.depth);
  } catch (error) {
    return problemOf(error, text, limits);
  }
  const { events } = read;
  const refusal = refuse(events, text);
  if (refusal) return refusal;
  try {
    const value = constructFromEvents(events, { source: read.text, schema })[0] ?? null;
    return events.some(({ type }) => type === EVENT_ID.ALIAS) ? checkExpansion(value, limits) : { value };
  } catch (error) {
    return inDocument(problemOf(error, read.text, limits), read);
  }
}

/** A problem of the text that was read, with its place in the document. */
function inDocument(parsed: Parsed, { offsetIn }: YamlEvents): Parsed {
  if (!('problem' in parsed)) return parsed;
  return { problem: { ...parsed.problem, offset: offsetIn(parsed.problem.offset) } };
}

/** What js-yaml reads and kubectl does not: YAML 1.2 declared as such, and a second document after a `...` line. */
function refuse(events: readonly Event[], text: string): Parsed | undefined {
  const documents = events.filter((event) => event.type === EVENT_ID.DOCUMENT);
  const version = documents[0]?.directives.find((directive) => directive.kind === 'yaml')?.version;
  if (version !== undefined && version !== '1.1') {
    return syntaxProblem(text.indexOf('%YAML'), `the API server's clients refuse YAML ${version}`);
  }
  if (documents.length > 1) {
    const end = /(?:^|\n)\.\.\.(?=\s)/.exec(text);
    return syntaxProblem(end ? end.index + 1 : 0, 'kubectl ignores what follows a "..." line without "---"');
  }
  return undefined;
}

/**
 * Counts the values of a document with every alias written out, without writing them out, and stops at a value
 * that contains itself; what is larger than the limit could keep any reader busy for hours.
 */
function checkExpansion(root: unknown, limits: ManifestLimits): Parsed {
  const known = new Map<object, Extent>();
  const open = new Set<object>();
  const measure = (value: unknown): Extent => {
    if (typeof value !== 'object' || value === null) return leaf;
    if (open.has(value)) return endless;
    const before = known.get(value);
    if (before) return before;
    open.add(value);
    const children = Object.values(value).map(measure);
    open.delete(value);
    const extent = {
      values: children.reduce((sum, child) => sum + child.values, 1),
      height: children.reduce((most, child) => Math.max(most, child.height), 0) + 1,
    };
    known.set(value, extent);
    return extent;
  };
  const { values, height } = measure(root);
  if (values === Number.POSITIVE_INFINITY) return aliasProblem('an anchored value contains itself');
  if (values > limits.values) return aliasProblem(`its aliases expand to more than ${limits.values} values`);
  return height > limits.depth ? depthProblem(0, limits) : { value: root };
}

interface Extent {
  readonly values: number;
  readonly height: number;
}

const leaf: Extent = { values: 1, height: 0 };
const endless: Extent = { values: Number.POSITIVE_INFINITY, height: 0 };

/** Whether maps and lists are nested deeper than a limit; walks no further down than it. */
function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isDeeperThan(child, levels - 1));
}

function problemOf(error: unknown, text: string, limits: ManifestLimits): Parsed {
  if (error instanceof UnrepresentableScalar) return syntaxProblem(text.indexOf(error.source), error.message);
  if (!(error instanceof YAMLException)) return syntaxProblem(0, String(error));
  const offset = error.mark?.position ?? 0;
  if (error.reason.includes('maxDepth')) return depthProblem(offset, limits);
  if (/maxTotalMergeKeys|merge sequence size/.test(error.reason)) {
    return aliasProblem('its merge keys expand beyond the limit', offset);
  }
  if (error.reason === 'duplicated mapping key') {
    const key = /^[^\s:,}]+/.exec(text.slice(offset, offset + 200))?.[0] ?? '';
    return syntaxProblem(offset, `the key ${key} is there twice in one map`);
  }
  return syntaxProblem(offset, `it is no YAML: ${error.reason}`);
}

function syntaxProblem(offset: number, reason: string): Parsed {
  return { problem: { id: 'manifest/syntax', offset, reason } };
}

function depthProblem(offset: number, limits: ManifestLimits): Parsed {
  return {
    problem: { id: 'manifest/depth', offset, reason: `it is nested deeper than ${limits.depth} levels` },
  };
}

function aliasProblem(reason: string, offset = 0): Parsed {
  return { problem: { id: 'manifest/aliases', offset, reason } };
}
