/** A problem of several annotations of a Service or route together. */
export interface ServiceAnnotationProblem {
  readonly key: string;
  /** `value`: it contradicts another one; `dead`: it does nothing. */
  readonly fault: 'value' | 'dead';
  /** One sentence without a full stop. */
  readonly message: string;
}
