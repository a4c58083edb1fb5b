import { type JsonPointer, pointerOf } from '../kubernetes/json-pointer.ts';
import type { StringMap } from '../kubernetes/object.ts';
import type { RuleId } from './action.ts';
import { readAnnotationWaiver, waiverAnnotationPrefix } from './annotation-waiver.ts';
import type { Convention } from './convention.ts';
import { dayOf } from './days.ts';
import { suggestion } from './suggestion.ts';
import { faultsOf, isInForce, mayWaive } from './waiver-validity.ts';

/** Why an annotation that is meant to waive a rule does not. */
export interface AnnotationNotice {
  readonly pointer: JsonPointer;
  /** What is wrong, without the object: the end of a sentence that begins with its name. */
  readonly message: string;
}

/**
 * Every waiver that an object carries as an annotation and that does not count: somebody believes in it.
 * Without a convention there is nothing to waive, so nothing is said.
 */
export function reportAnnotationWaivers(
  annotations: StringMap,
  convention: Convention | undefined,
  knownRules: readonly string[],
  now: Date,
): readonly AnnotationNotice[] {
  if (!convention) return [];
  return Object.keys(annotations)
    .filter((key) => key.startsWith(waiverAnnotationPrefix))
    .flatMap((key) => {
      const faults = faultsAt(key, annotations, convention, knownRules, now);
      const pointer = pointerOf('metadata', 'annotations', key);
      return faults.map((fault) => ({ pointer, message: `the annotation ${key} waives nothing: ${fault}` }));
    });
}

function faultsAt(
  key: string,
  annotations: StringMap,
  { name, waivers }: Convention,
  knownRules: readonly string[],
  now: Date,
): readonly string[] {
  if (!waivers.byAnnotation) return [`convention "${name}" allows no waivers by annotation`];
  const rule = key.slice(waiverAnnotationPrefix.length).replace('.', '/');
  if (!knownRules.includes(rule)) return [`there is no rule "${rule}"${suggestion(rule, knownRules)}`];
  const read = readAnnotationWaiver(rule as RuleId, annotations);
  if (!read || 'faults' in read) return read?.faults ?? [];
  const { statement } = read;
  const { from = '', until } = statement;
  const today = dayOf(now);
  if (today > until) return [`it ended on ${until}`];
  if (!isInForce(statement, today)) return [`it begins on ${from}`];
  if (!mayWaive(statement, rule as RuleId, waivers))
    return [`nothing may waive ${rule} under convention "${name}"`];
  return faultsOf(statement, waivers, now);
}
