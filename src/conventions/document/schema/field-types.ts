import * as v from 'valibot';
import { isDay } from '../days.ts';

export const apiVersion = 'tollgate.dev/v1alpha1';

/** How long lists and texts may be. */
export const limits = { list: 256, map: 64, text: 1024, pattern: 256 } as const;

export const labelKey = v.pipe(
  v.string(),
  v.maxLength(317),
  v.regex(
    /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    'a label key: an optional DNS prefix with a slash, then at most 63 characters of A-Z a-z 0-9 - _ .',
  ),
);

export const labelValue = v.pipe(
  v.string(),
  v.maxLength(63),
  v.regex(
    /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
    'a label value: at most 63 characters of A-Z a-z 0-9 - _ ., with a letter or digit at both ends',
  ),
);

export const objectName = v.pipe(
  v.string(),
  v.maxLength(253),
  v.regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'a name: small letters, digits, "-" and "."',
  ),
);

export const portNumber = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));

export const nameGlob = v.pipe(
  v.string(),
  v.maxLength(253),
  v.regex(/^[-a-zA-Z0-9._:*?]+$/, 'a name in which "*" stands for any characters and "?" for one'),
);

export const dayMessage = 'a day of the calendar written YYYY-MM-DD';

export const date = v.pipe(
  v.string(),
  v.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, 'a day written YYYY-MM-DD'),
  v.check(isDay, dayMessage),
);

/** A rule or group as waivers name it: what says that something was not judged, or a waiver wrong, nothing waives. */
export const waivableRule = v.pipe(
  v.string(),
  v.maxLength(128),
  v.regex(
    /^(gate|policy|mesh|label|data)\/(\*|[a-z0-9]+(-[a-z0-9]+)*)$/,
    'a rule id such as mesh/inject-missing, or a group such as mesh/*; nothing waives waiver/* and manifest/*',
  ),
);

/** A rule or group as conventions set its action; what could not be judged is never a pass, so nothing sets that. */
export const ruleName = v.pipe(
  v.string(),
  v.maxLength(128),
  v.regex(
    /^(gate|policy|mesh|label|data|waiver)\/(\*|[a-z0-9]+(-[a-z0-9]+)*)$/,
    'a rule id such as mesh/inject-missing, or a group such as mesh/*',
  ),
);

/** The clients of the API server read a bare `off` as the boolean false, so both spellings are the same word. */
export const off = v.pipe(
  v.literal(false),
  v.transform((): 'off' => 'off'),
);

export const action = v.union([v.picklist(['deny', 'warn', 'off']), off]);

export const setting = v.strictObject({
  action: v.exactOptional(v.pipe(action, v.description('The action at every point that is not named here.'))),
  admission: v.exactOptional(v.pipe(action, v.description('In the request path of the API server.'))),
  ci: v.exactOptional(v.pipe(action, v.description('Over files: `tollgate check`.'))),
  audit: v.exactOptional(v.pipe(action, v.description('Over what exists in the cluster.'))),
  since: v.exactOptional(
    v.pipe(date, v.description('The day from which `deny` denies; until then it warns and says when. UTC.')),
  ),
});

const requirement = v.strictObject({
  key: labelKey,
  operator: v.picklist(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: v.exactOptional(v.pipe(v.array(labelValue), v.maxLength(limits.list))),
});

export const labelSelector = v.strictObject({
  matchLabels: v.exactOptional(v.pipe(v.record(labelKey, labelValue), v.maxEntries(limits.map))),
  matchExpressions: v.exactOptional(v.pipe(v.array(requirement), v.maxLength(32))),
});

export const nothing = v.strictObject({});

/** A port, a range or a list of both; a bare number is the same as its text. */
export const portOrPorts = v.union([
  portNumber,
  v.pipe(
    v.string(),
    v.maxLength(limits.text),
    v.regex(
      /^[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*$/,
      'a port, a range or a list: 3306, "9000-9010", "25,3306"',
    ),
  ),
]);

/** Everything but the name is the API server's business; unknown keys are refused there as anywhere. */
export const metadata = v.strictObject({
  name: objectName,
  labels: v.exactOptional(v.record(labelKey, labelValue)),
  annotations: v.exactOptional(v.record(labelKey, v.string())),
  generateName: v.exactOptional(v.string()),
  uid: v.exactOptional(v.string()),
  resourceVersion: v.exactOptional(v.string()),
  generation: v.exactOptional(v.number()),
  creationTimestamp: v.exactOptional(v.nullable(v.string())),
  deletionTimestamp: v.exactOptional(v.nullable(v.string())),
  deletionGracePeriodSeconds: v.exactOptional(v.nullable(v.number())),
  finalizers: v.exactOptional(v.array(v.string())),
  ownerReferences: v.exactOptional(v.array(v.unknown())),
  managedFields: v.exactOptional(v.array(v.unknown())),
  selfLink: v.exactOptional(v.string()),
});
