import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { text } from '../../kubernetes/read.ts';

/** A problem of a policy object: Linkerd refuses it, or it cannot work as written. */
export interface PolicyProblem {
  readonly pointer: JsonPointer;
  /** One sentence without a full stop. */
  readonly message: string;
}

/** The result of reading an object; without a value, the policy controller would refuse the object. */
export interface Reading<Value> {
  readonly value?: Value;
  readonly problems: readonly PolicyProblem[];
}

/** The namespace and the name by which policy objects refer to each other. */
export interface PolicyName {
  readonly namespace: string;
  readonly name: string;
}

/** The name of a policy object; without a namespace it is in `default`. */
export function policyName({ metadata }: KubernetesObject): PolicyName {
  const { name, namespace } = metadata;
  return {
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : 'default',
    name: text(name),
  };
}

/** When an object was created, as a text that sorts by time; undefined in files. */
export function creationTime({ metadata }: KubernetesObject): string | undefined {
  const time = metadata.creationTimestamp;
  return typeof time === 'string' && time !== '' ? time : undefined;
}

/** A failed reading with one reason. */
export function refused(pointer: JsonPointer, message: string): Reading<never> {
  return { problems: [{ pointer, message }] };
}
