import type { DocumentSource } from './document/document-source.ts';
import type { ManifestSetDocument } from './document/schema/manifest-set.ts';
import type { ManifestSetDeclaration } from './manifest-set.ts';

/** Makes a declaration of a document that has been checked. */
export function compileManifestSet(
  { metadata, spec }: ManifestSetDocument,
  source: DocumentSource,
): ManifestSetDeclaration {
  const { paths = [], helm = [], kustomize = [], context = [], conventions = [], namespace } = spec;
  return {
    name: metadata.name,
    source,
    paths,
    charts: helm.map(({ values = [], ...chart }) => ({ ...chart, values })),
    kustomizations: kustomize,
    context,
    conventions,
    ...(namespace === undefined ? {} : { namespace }),
  };
}
