import type { DocumentSource } from './document/document-source.ts';

/** What is applied together, as a document names it, for the command line. Paths are relative to its file. */
export interface ManifestSetDeclaration {
  readonly name: string;
  readonly source: DocumentSource;
  readonly paths: readonly string[];
  readonly charts: readonly DeclaredChart[];
  readonly kustomizations: readonly string[];
  /** What the cluster holds already. */
  readonly context: readonly string[];
  /** Empty where those beside the document hold. */
  readonly conventions: readonly string[];
  /** Of objects that name none. */
  readonly namespace?: string;
}

/** A chart of a set. */
export interface DeclaredChart {
  readonly chart: string;
  readonly values: readonly string[];
  readonly release?: string;
  readonly namespace?: string;
}
