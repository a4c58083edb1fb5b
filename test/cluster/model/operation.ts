import type { User } from './users.ts';

/**
 * One request of a user. Names end with `%` where they belong to one run: it stands for the run's own suffix.
 * `{uid:PATH}` in the body stands for the uid of the object at that path.
 */
export interface Operation {
  /** What it is, for reports: operations that are told apart have other words. */
  readonly what: string;
  readonly user: User;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly type?: PatchType;
  /** Why it has to pass: a refusal by tollgate is needless. */
  readonly mustPass?: string;
}

export type PatchType =
  | 'application/merge-patch+json'
  | 'application/json-patch+json'
  | 'application/strategic-merge-patch+json'
  | 'application/apply-patch+yaml';

/** Operations that are sent in the same moment; mostly one. */
export type Step = readonly Operation[];

/** What became of an operation. */
export interface Outcome {
  readonly operation: Operation;
  /**
   * `refused`: by tollgate. `invalid`: by the API server or another of its plugins, for its content. `absent`: what it is
   * about is not there, or is there already. `forbidden`: the user lacks the right. `unanswered`: tollgate or the API
   * server could not answer.
   */
  readonly result: 'admitted' | 'refused' | 'invalid' | 'absent' | 'forbidden' | 'unanswered';
  readonly status: number;
  readonly message: string;
  /** The texts of the warnings that came with the answer. */
  readonly warnings: readonly string[];
  /** That of the object as the answer shows it; a deletion mostly shows none. */
  readonly revision?: number;
}

/** What an HTTP answer means. */
export function resultOf(status: number, message: string): Outcome['result'] {
  if (status >= 200 && status < 300) return 'admitted';
  if (message.includes('denied the request')) return message.includes('tollgate.dev') ? 'refused' : 'invalid';
  if (status === 404 || status === 409) return 'absent';
  if (status === 403 && message.includes('is forbidden: User')) return 'forbidden';
  return status >= 500 || status === 429 ? 'unanswered' : 'invalid';
}
