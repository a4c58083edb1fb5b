/** What is odd about a valid selector, seen by itself. */
export interface SelectorRemark {
  readonly code:
    | 'never-matches'
    | 'always-matches'
    | 'impossible-value'
    | 'impossible-key'
    | 'reserved-name'
    | 'reserved-value';
  /** The label and the value it is about, where it is about one. */
  readonly key?: string;
  readonly value?: string;
  /** What the selector does that its writer cannot want. */
  readonly message: string;
  /** What to write instead, as an instruction. */
  readonly remedy?: string;
}

/** The field of a policy or rule that a selector stands in; it decides whose labels the selector is about. */
export type LabelField = 'selector' | 'notSelector' | 'namespaceSelector' | 'serviceAccountSelector';
