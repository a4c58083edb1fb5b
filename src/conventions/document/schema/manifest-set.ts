import * as v from 'valibot';
import { apiVersion, limits, metadata, objectName } from './field-types.ts';

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.text));
const paths = (description: string) =>
  v.exactOptional(
    v.pipe(v.array(path), v.minLength(1), v.maxLength(limits.list), v.description(description)),
  );
const namespace = (description: string) => v.exactOptional(v.pipe(objectName, v.description(description)));

const chart = v.strictObject({
  chart: v.pipe(path, v.description('Its folder or archive.')),
  values: paths('Files of values, the later ones counting more.'),
  release: v.exactOptional(
    v.pipe(objectName, v.description('The name of the release; without it that of the folder.')),
  ),
  namespace: namespace('The namespace that it is installed into; without it that of the set.'),
});

const manifestSetSpec = v.strictObject({
  paths: paths('Files, folders and globs.'),
  helm: v.exactOptional(
    v.pipe(
      v.array(chart),
      v.minLength(1),
      v.maxLength(limits.list),
      v.description('Charts, rendered by the helm on PATH.'),
    ),
  ),
  kustomize: paths('Folders of kustomizations, rendered by the kustomize or kubectl on PATH.'),
  context: paths('What the cluster holds already, as --context takes it: it counts and is never reported.'),
  conventions: paths('Conventions and waivers for this set, in place of those beside it.'),
  namespace: namespace('The namespace of objects that name none.'),
});

/** What is applied together to one cluster, for the command line. Paths are relative to the file. */
export const manifestSetSchema = v.strictObject({
  apiVersion: v.literal(apiVersion),
  kind: v.literal('ManifestSet'),
  metadata,
  spec: v.pipe(
    manifestSetSpec,
    v.check(
      (spec) => spec.paths !== undefined || spec.helm !== undefined || spec.kustomize !== undefined,
      'at least one of paths, helm and kustomize',
    ),
    v.description('What is applied together, to what, and by which conventions it is judged.'),
  ),
});

/** A set as written. */
export type ManifestSetDocument = v.InferOutput<typeof manifestSetSchema>;
