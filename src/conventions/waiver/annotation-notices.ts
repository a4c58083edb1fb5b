import { type JsonPointer, pointerOf } from '../../kubernetes/json-pointer.ts';
import type { StringMap } from '../../kubernetes/object.ts';
import type { RuleId } from '../document/action.ts';
import { readAnnotationWaiver, waiverAnnotationPrefix } from './annotation-waiver.ts';
import type { Convention } from '../convention/convention.ts';
import { endInWords } from './waiver-end.ts';
import { faultsOf, mayWaive } from './waiver-validity.ts';
import type { WaiverStatement } from './waiver.ts';
import { didYouMean } from '../../text/did-you-mean.ts';

/** What is to be said about an annotation that is meant to waive a rule. */
export interface AnnotationNotice {
  readonly rule: 'waiver/expired' | 'waiver/expires-soon' | 'waiver/incomplete';
  readonly pointer: JsonPointer;
  /** Without the object: the end of a sentence that begins with its name. */
  readonly message: string;
  /** What to do about it. */
  readonly expected: string;
}

/**
 * What is to be said about the waivers that an object carries as annotations: those that have ended or soon will, and
 * those that do not count, in which somebody believes.
 * Without a convention there is nothing to waive, so nothing is said.
 */
export function reportAnnotationWaivers(
  annotations: StringMap,
  convention: Convention | undefined,
  knownRules: readonly string[],
  now: Date,
): readonly AnnotationNotice[] {
  if (!convention) return [];
  return waiverAnnotations(annotations).flatMap((key) => {
    const pointer = pointerOf('metadata', 'annotations', key);
    const read = readKey(key, annotations, convention, knownRules);
    const incomplete = (faults: readonly string[], expected: string): readonly AnnotationNotice[] => {
      const message = `the annotation ${key} waives nothing: ${faults.join('; ')}`;
      return faults.length === 0 ? [] : [{ rule: 'waiver/incomplete', pointer, message, expected }];
    };
    if ('expected' in read) return incomplete(read.faults, read.expected);
    const end = endInWords(read.statement.until, now);
    const ending = end && { ...end, pointer, message: `the waiver in its annotation ${key} ${end.message}` };
    if (ending?.rule === 'waiver/expired') return [ending];
    const faults = incomplete(
      faultsOf(read.statement, convention.waivers),
      `what "waivers" of convention "${convention.name}" asks for`,
    );
    return ending ? [...faults, ending] : faults;
  });
}

/** The keys of annotations that are meant as waivers. */
export function waiverAnnotations(annotations: StringMap): readonly string[] {
  return Object.keys(annotations).filter((key) => key.startsWith(waiverAnnotationPrefix));
}

type ReadKey =
  | { readonly statement: WaiverStatement }
  | { readonly faults: readonly string[]; readonly expected: string };

function readKey(
  key: string,
  annotations: StringMap,
  { name, waivers }: Convention,
  knownRules: readonly string[],
): ReadKey {
  if (!waivers.byAnnotation)
    return {
      faults: [`convention "${name}" allows no waivers by annotation`],
      expected: 'a Waiver among the conventions',
    };
  const rule = key.slice(waiverAnnotationPrefix.length).replace('.', '/');
  if (!knownRules.includes(rule))
    return {
      faults: [`there is no rule "${rule}"${didYouMean(rule, knownRules, 'document')}`],
      expected: `${waiverAnnotationPrefix}GROUP.NAME with the id of a rule, which tollgate explain lists`,
    };
  const read = readAnnotationWaiver(rule as RuleId, annotations);
  if (!read || 'faults' in read)
    return { faults: read?.faults ?? [], expected: 'until=YYYY-MM-DD by=OWNER REASON' };
  if (!mayWaive(read.statement, rule as RuleId, waivers))
    return {
      faults: [`nothing may waive ${rule} under convention "${name}"`],
      expected: 'what the rule asks for',
    };
  return read;
}
