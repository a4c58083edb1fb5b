/** What becomes of a file. */
export interface FileChange {
  /** Undefined where nothing changes. */
  readonly text?: string;
  /** How many findings it puts right. */
  readonly findings: number;
  readonly refusals: readonly string[];
}
