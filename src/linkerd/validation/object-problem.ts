import type { JsonPointer } from '../../kubernetes/json-pointer.ts';

/** Why an object of Linkerd's is refused when it is created. */
export interface ObjectProblem {
  readonly pointer: JsonPointer;
  /** One sentence without a full stop. */
  readonly message: string;
  /** What to write instead, in words. */
  readonly expected?: string;
  /** `schema`: the schema of the custom resource, so the API server; `webhook`: Linkerd's policy validator. */
  readonly refusedBy: 'schema' | 'webhook';
}

/** A problem that Linkerd's webhook reports. */
export function byWebhook(pointer: JsonPointer, message: string, expected?: string): ObjectProblem {
  return { pointer, message, refusedBy: 'webhook', ...(expected === undefined ? {} : { expected }) };
}

/** A problem that the API server reports, because the custom resource's schema does not allow it. */
export function bySchema(pointer: JsonPointer, message: string, expected?: string): ObjectProblem {
  return { pointer, message, refusedBy: 'schema', ...(expected === undefined ? {} : { expected }) };
}
