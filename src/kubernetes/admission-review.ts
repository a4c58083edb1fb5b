import { isKubernetesObject, isRecord, type KubernetesObject } from './object.ts';
import { cut } from '../text/cut.ts';
import { text, texts } from './read.ts';

/** Who asks, as the API server authenticated them. */
export interface UserInfo {
  readonly username: string;
  readonly groups: readonly string[];
}

/** The part of an `admission.k8s.io/v1` AdmissionRequest that decides; the rest is not looked at. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly subResource?: string;
  readonly namespace?: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** The incoming object; absent for DELETE. */
  readonly object?: KubernetesObject;
  /** The stored object; absent for CREATE. */
  readonly oldObject?: KubernetesObject;
}

/** What the webhook says to the API server; `uid` must be the request's. */
export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: {
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    readonly details?: { readonly retryAfterSeconds: number };
  };
  readonly warnings?: readonly string[];
  readonly patchType?: 'JSONPatch';
  /** JSON Patch as base64. */
  readonly patch?: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

export type ReviewProblem = { readonly problem: string };

const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

/**
 * Reads the body of a review; a body that is none gives a sentence that says why.
 * The namespace is absent for cluster-wide objects, although the API server repeats a Namespace's own name there.
 * Source: Kubernetes, "Dynamic Admission Control", AdmissionReview v1.
 */
export function readAdmissionReview(body: unknown): AdmissionRequest | ReviewProblem {
  if (!isRecord(body)) return { problem: 'the body is not a JSON object' };
  if (body.kind !== 'AdmissionReview')
    return { problem: `kind is ${quote(body.kind)}, expected "AdmissionReview"` };
  if (body.apiVersion !== 'admission.k8s.io/v1') {
    return { problem: `apiVersion is ${quote(body.apiVersion)}, expected "admission.k8s.io/v1"` };
  }
  const request = body.request;
  if (!isRecord(request)) return { problem: 'the review has no request' };
  const { uid, kind, subResource, namespace } = request;
  if (typeof uid !== 'string' || uid === '') return { problem: 'the request has no uid' };
  const operation = operations.find((candidate) => candidate === request.operation);
  if (!operation)
    return { problem: `operation is ${quote(request.operation)}, expected one of ${operations.join(', ')}` };
  if (!isRecord(kind) || typeof kind.kind !== 'string' || typeof kind.version !== 'string') {
    return { problem: 'the request does not say the kind of its object' };
  }
  const object = objectOf(request.object);
  const oldObject = objectOf(request.oldObject);
  if (object === null || oldObject === null)
    return { problem: 'the object of the request is no Kubernetes object' };
  return {
    uid,
    kind: { group: text(kind.group), version: kind.version, kind: kind.kind },
    operation,
    user: readUser(request.userInfo),
    dryRun: request.dryRun === true,
    ...(typeof subResource === 'string' && subResource !== '' ? { subResource } : {}),
    ...(typeof namespace === 'string' && namespace !== '' && kind.kind !== 'Namespace' ? { namespace } : {}),
    ...(object ? { object } : {}),
    ...(oldObject ? { oldObject } : {}),
  };
}

function objectOf(value: unknown): KubernetesObject | undefined | null {
  if (value === undefined || value === null) return undefined;
  return isKubernetesObject(value) ? value : null;
}

function readUser(value: unknown): UserInfo {
  if (!isRecord(value)) return { username: '', groups: [] };
  return { username: text(value.username), groups: texts(value.groups) };
}

/** What is no text is told by its type: printing a value may take longer, and go deeper, than anybody has patience for. */
function quote(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return JSON.stringify(cut(value, 100, { mark: '' }));
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}
