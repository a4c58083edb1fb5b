import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { text } from '../../kubernetes/read.ts';

/** Something about a policy object that Linkerd refuses or that cannot mean what it says. */
export interface PolicyProblem {
  readonly pointer: JsonPointer;
  /** One sentence without a full stop. */
  readonly message: string;
}

/** What could be read of an object; without a value, the policy controller would not take it at all. */
export interface Reading<Value> {
  readonly value?: Value;
  readonly problems: readonly PolicyProblem[];
}

/** The names by which policy objects find each other. */
export interface PolicyName {
  readonly namespace: string;
  readonly name: string;
}

/** The name of a policy object; one without a namespace lives in `default`. */
export function policyName({ metadata }: KubernetesObject): PolicyName {
  const { name, namespace } = metadata;
  return {
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : 'default',
    name: text(name),
  };
}

/** When an object was made, as the text that sorts by time; undefined in files. */
export function creationTime({ metadata }: KubernetesObject): string | undefined {
  const time = metadata.creationTimestamp;
  return typeof time === 'string' && time !== '' ? time : undefined;
}

/** A failed reading with one reason. */
export function refused(pointer: JsonPointer, message: string): Reading<never> {
  return { problems: [{ pointer, message }] };
}
