import { isRecord } from '../kubernetes/object.ts';
import { checkShape } from './document/check-shape.ts';
import { type Fault, isWithin, type Path, valueInWords } from './document/fault.ts';
import { createPathSet } from './document/path-set.ts';
import { checkConvention } from './convention/convention-meaning.ts';
import { checkWaiver } from './waiver/waiver-meaning.ts';
import {
  type ConventionPolicyDocument,
  conventionPolicySchema,
} from './document/schema/convention-policy.ts';
import { type WaiverDocument, waiverSchema } from './document/schema/waiver.ts';
import { apiVersion } from './document/schema/field-types.ts';
import { checkRuleNames } from './rule-names.ts';
import { withoutPaths } from './document/without-paths.ts';
import { type ManifestSetDocument, manifestSetSchema } from './document/schema/manifest-set.ts';
import { listInWords } from '../text/list.ts';
import { didYouMean } from '../text/did-you-mean.ts';

/** A checked document; with faults it is only what is left of it without them, good for nothing but more checks. */
export interface CheckedDocument {
  readonly faults: readonly Fault[];
  readonly document?: ConventionPolicyDocument | WaiverDocument | ManifestSetDocument;
}

/** Checks one parsed document by itself, whatever it is, and fills in the defaults. All faults are found at once. */
export function checkDocument(value: unknown, knownRules: readonly string[]): CheckedDocument {
  const stranger = faultOfStranger(value);
  if (stranger) return { faults: [stranger] };
  if (isRecord(value) && value.kind === 'ManifestSet') return checkManifestSet(value);
  const schema = isRecord(value) && value.kind === 'ConventionPolicy' ? conventionPolicySchema : waiverSchema;
  const { faults, output } = checkShape(schema, value, checkRuleNames(value, knownRules));
  const paths = faults.map(({ path }) => path);
  const document = output ?? checkShape(schema, withoutPaths(value, paths)).output;
  if (!document) return { faults };
  const meaning = document.kind === 'ConventionPolicy' ? checkConvention(document) : checkWaiver(document);
  const faulty = createPathSet(paths);
  const sure = meaning.filter(({ path }) => !faulty.hasWithin(path.slice(0, -1)));
  const all = [...faults, ...sure];
  return paths.some(decidesWho) ? { faults: all } : { faults: all, document };
}

function checkManifestSet(value: unknown): CheckedDocument {
  const { faults, output } = checkShape(manifestSetSchema, value);
  return output ? { faults, document: output } : { faults };
}

/** Whether a fault leaves open which namespaces a convention is for. */
function decidesWho(path: Path): boolean {
  return isWithin(path, ['spec', 'namespaces']) || isWithin(path, ['spec', 'priority']);
}

const kinds = ['ConventionPolicy', 'Waiver', 'ManifestSet'];

/** What is no document of ours at all is said in one sentence. */
function faultOfStranger(value: unknown): Fault | undefined {
  const expected = `apiVersion: ${apiVersion} with kind: ${listInWords(kinds, { last: 'or' })}`;
  if (!isRecord(value))
    return { path: [], message: `found ${valueInWords(value)}, expected ${expected}`, expected };
  const { kind, apiVersion: version } = value;
  if (typeof kind !== 'string' || !kinds.includes(kind)) {
    const hint = typeof kind === 'string' ? didYouMean(kind, kinds, 'document') : '';
    const path = kind === undefined ? [] : ['kind'];
    return {
      path,
      message: `found ${valueInWords(kind)}, expected kind: ${listInWords(kinds, { last: 'or' })}${hint}`,
      expected,
    };
  }
  if (version === apiVersion) return undefined;
  const path = version === undefined ? [] : ['apiVersion'];
  const message = `found ${valueInWords(version)}, expected apiVersion: ${apiVersion}`;
  return { path, message, expected: `apiVersion: ${apiVersion}` };
}
