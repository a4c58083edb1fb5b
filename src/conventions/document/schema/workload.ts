import * as v from 'valibot';
import { limits, objectName } from './field-types.ts';

/** A kind of custom resource that makes pods, and where it says what they look like. */
export const workload = v.strictObject({
  group: v.pipe(objectName, v.description('The API group of the kind, without a version: `example.com`.')),
  kind: v.pipe(
    v.string(),
    v.regex(/^[A-Z][A-Za-z0-9]{0,62}$/, 'a kind as manifests write it, such as Fleet'),
    v.description('The kind, as manifests write it.'),
  ),
  path: v.pipe(
    v.string(),
    v.maxLength(limits.pattern),
    v.regex(/^(\/([^/~]|~[01])+){1,16}$/, 'the way from the top, such as /spec/parts/*/podTemplate'),
    v.description(
      'The way to its pod template, with `*` for every entry of a list or a map: `/spec/parts/*/podTemplate`. Where the last name ends in "annotations", to a map of annotations that its pods get.',
    ),
  ),
  sent: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.description(
        'Whether the cluster asks tollgate about such resources, as with the value `webhooks.workloads` of the chart; only then `tollgate check` says what admission would do about them.',
      ),
    ),
    false,
  ),
});
