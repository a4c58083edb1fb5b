/** What Calico's API server or calicoctl would refuse about an object. */
export interface PolicyProblem {
  /** Where in the object, as a JSON pointer. */
  readonly pointer: string;
  readonly message: string;
  readonly expected?: string;
  /** Stable, so that rules and tests can tell the cases apart. */
  readonly code: string;
}
