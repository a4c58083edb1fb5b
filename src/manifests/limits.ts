/** What one file may cost; beyond it the file is reported as not judged. */
export interface ManifestLimits {
  /** Bytes of a file or of standard input. */
  readonly fileSize: number;
  /** How deep maps and lists may be nested. */
  readonly depth: number;
  /** How many values a document may have once its aliases are written out. */
  readonly values: number;
}

export const defaultLimits: ManifestLimits = {
  fileSize: 64 * 1024 * 1024,
  depth: 200,
  values: 2_000_000,
};
