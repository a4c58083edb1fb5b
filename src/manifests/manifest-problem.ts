/** Why a document, a file or a folder was not judged, by id; the titles are the documentation's. */
export const manifestProblems = {
  'manifest/unreadable': 'The file cannot be read',
  'manifest/too-large': 'The file is larger than the limit',
  'manifest/binary': 'The file is not text',
  'manifest/encoding': 'The file is not UTF-8',
  'manifest/syntax': 'The document is neither YAML nor JSON',
  'manifest/depth': 'The document is nested too deeply',
  'manifest/aliases': 'The aliases of the document expand without end or beyond the limit',
  'manifest/template': 'The document is a template that has not been rendered',
  'manifest/chart': 'The folder is a Helm chart',
  'manifest/kustomization': 'The document is a kustomization',
  'manifest/render': 'The chart or kustomization could not be rendered',
  'manifest/patch': 'The document is a patch that a kustomization applies',
  'manifest/review': 'The document is an AdmissionReview',
  'manifest/metadata': 'The metadata has values that the API server cannot decode',
  'manifest/version': 'No API server serves the version of the object',
  'manifest/no-object': 'The document is no Kubernetes object',
  'manifest/duplicate': 'Another document is the same object with other content',
} as const satisfies Readonly<Record<`manifest/${string}`, string>>;

export type ManifestProblemId = keyof typeof manifestProblems;

/** Something that could not be judged: never a pass, always listed. */
export interface NotJudged {
  readonly id: ManifestProblemId;
  /** The file as the user named or would name it; `<stdin>` for standard input. */
  readonly file: string;
  /** The place in the file, both counted from 1. */
  readonly line: number;
  readonly column: number;
  /** Only the file is known: it is a template, and which line was rendered into this nobody says. */
  readonly lineUnknown?: true;
  /** One sentence without a full stop that says why. */
  readonly reason: string;
  /** What to do instead. */
  readonly remedy?: string;
  /** The file of a template engine that the document was rendered from. */
  readonly source?: string;
  /** The sets that it is missing from, where several were judged. */
  readonly sets?: readonly string[];
}
