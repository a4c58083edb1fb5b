import { dirname, join, normalize } from 'node:path';
import type { ManifestSetDeclaration } from '../../conventions/manifest-set.ts';
import type { SourcesToRender } from './render-sources.ts';

/** A set that a file names, with its paths as they are from the working directory. */
export interface NamedSet {
  readonly name: string;
  readonly paths: readonly string[];
  readonly sources: SourcesToRender;
  readonly context: readonly string[];
  /** Empty where those beside the set hold. */
  readonly conventions: readonly string[];
  readonly namespace: string;
}

/** The sets that documents declare; what they leave open is as the command line says. */
export function namedSets(
  declarations: readonly ManifestSetDeclaration[],
  defaults: { readonly namespace: string },
): readonly NamedSet[] {
  return declarations.map(
    ({ name, source, paths, charts, kustomizations, context, conventions, ...rest }) => {
      const from = (path: string) => (isElsewhere(path) ? path : normalize(join(dirname(source.file), path)));
      const namespace = rest.namespace ?? defaults.namespace;
      return {
        name,
        paths: paths.map(from),
        sources: {
          charts: charts.map((chart) => ({
            namespace,
            ...chart,
            chart: from(chart.chart),
            values: chart.values.map(from),
          })),
          kustomizations: kustomizations.map(from),
        },
        context: context.map(from),
        conventions: conventions.map(from),
        namespace,
      };
    },
  );
}

/** An absolute path, or an address, which is named as it is. */
function isElsewhere(path: string): boolean {
  return path.startsWith('/') || path.includes('://');
}
