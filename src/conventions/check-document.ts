import { safeParse } from 'valibot';
import { isRecord } from '../kubernetes/object.ts';
import { type Fault, type Path, valueInWords } from './fault.ts';
import { faultsOf } from './issue-in-words.ts';
import { checkConvention } from './convention-meaning.ts';
import { checkWaiver } from './waiver-meaning.ts';
import { type ConventionPolicyDocument, conventionPolicySchema } from './schema/convention-policy.ts';
import { type WaiverDocument, waiverSchema } from './schema/waiver.ts';
import { apiVersion } from './schema/words.ts';
import { findStrayKeys } from './stray-keys.ts';
import { suggestion } from './suggestion.ts';
import { checkRuleNames } from './rule-names.ts';
import { withoutPaths } from './without-paths.ts';

/** A checked document; with faults it is only what is left of it without them, good for nothing but more checks. */
export interface CheckedDocument {
  readonly faults: readonly Fault[];
  readonly document?: ConventionPolicyDocument | WaiverDocument;
}

/** Checks one parsed document by itself, whatever it is, and fills in the defaults. All faults are found at once. */
export function checkDocument(value: unknown, knownRules: readonly string[]): CheckedDocument {
  const stranger = faultOfStranger(value);
  if (stranger) return { faults: [stranger] };
  const schema = isRecord(value) && value.kind === 'ConventionPolicy' ? conventionPolicySchema : waiverSchema;
  const result = safeParse(schema, value);
  const faults = withoutEchoes([
    ...findStrayKeys(schema, value),
    ...checkRuleNames(value, knownRules),
    ...(result.issues ?? []).flatMap((issue) => faultsOf(issue, schema)),
  ]);
  const paths = faults.map(({ path }) => path);
  const rest = faults.length === 0 ? result : safeParse(schema, withoutPaths(value, paths));
  if (!rest.success) return { faults };
  const document = rest.output;
  const meaning = document.kind === 'ConventionPolicy' ? checkConvention(document) : checkWaiver(document);
  const sure = meaning.filter(({ path }) => !paths.some((faulty) => isWithin(faulty, path.slice(0, -1))));
  const all = [...faults, ...sure];
  return paths.some(decidesWho) ? { faults: all } : { faults: all, document };
}

/** Whether a fault leaves open which namespaces a convention is for. */
function decidesWho(path: Path): boolean {
  return isWithin(path, ['spec', 'namespaces']) || isWithin(path, ['spec', 'priority']);
}

const kinds = ['ConventionPolicy', 'Waiver'];

/** What is no document of ours at all is said in one sentence. */
function faultOfStranger(value: unknown): Fault | undefined {
  const expected = `apiVersion: ${apiVersion} with kind: ${kinds.join(' or ')}`;
  if (!isRecord(value))
    return { path: [], message: `found ${valueInWords(value)}, expected ${expected}`, expected };
  const { kind, apiVersion: version } = value;
  if (typeof kind !== 'string' || !kinds.includes(kind)) {
    const hint = typeof kind === 'string' ? suggestion(kind, kinds) : '';
    const path = kind === undefined ? [] : ['kind'];
    return {
      path,
      message: `found ${valueInWords(kind)}, expected kind: ${kinds.join(' or ')}${hint}`,
      expected,
    };
  }
  if (version === apiVersion) return undefined;
  const path = version === undefined ? [] : ['apiVersion'];
  const message = `found ${valueInWords(version)}, expected apiVersion: ${apiVersion}`;
  return { path, message, expected: `apiVersion: ${apiVersion}` };
}

/** Two checks may stumble over the same thing: the first to name a place, or one above it, has said it best. */
function withoutEchoes(faults: readonly Fault[]): Fault[] {
  const kept: Fault[] = [];
  for (const fault of faults) {
    if (!kept.some(({ path }) => isWithin(fault.path, path) && path.length > 0)) kept.push(fault);
  }
  return kept;
}

function isWithin(path: Path, outer: Path): boolean {
  return outer.length <= path.length && outer.every((key, index) => key === path[index]);
}
