import { cut } from '../../text/cut.ts';
import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import type { ManifestProblemId } from '../manifest-problem.ts';

/** Why a document is no object that could be judged. */
export interface Refusal {
  readonly id: ManifestProblemId;
  readonly reason: string;
  readonly remedy?: string;
  /** The field that is to blame, from the refused value on. */
  readonly pointer?: JsonPointer;
  /** Nothing speaks for a Kubernetes object: a values file, a workflow, a package.json that lies beside manifests. */
  readonly foreign?: boolean;
}

/** A value as a sentence names it: `the number 12`, `a list`, `missing`. */
export function describeType(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value) ?? '';
  return `the ${typeof value} ${cut(text, 60, { mark: '...' })}`;
}
