import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const oneBased = v.pipe(v.number(), v.integer(), v.minValue(1));

const reference = v.strictObject({
  apiVersion: v.string(),
  kind: v.string(),
  namespace: v.optional(v.string()),
  name: v.string(),
});

const place = {
  file: v.string(),
  line: oneBased,
  column: oneBased,
  lineUnknown: v.pipe(
    v.optional(v.literal(true)),
    v.description('Only the file is known, a template: line and column are 1 and say nothing.'),
  ),
  source: v.optional(v.string()),
};

const edit = v.union([
  v.strictObject({ pointer: v.string(), value: v.unknown() }),
  v.strictObject({ pointer: v.string(), remove: v.literal(true) }),
]);

const waiver = v.strictObject({
  name: v.string(),
  owner: v.string(),
  reason: v.string(),
  from: v.optional(v.string()),
  until: v.string(),
  ticket: v.optional(v.string()),
  approvedBy: v.optional(v.string()),
});

const setNames = v.pipe(
  v.optional(v.array(v.string())),
  v.description('The sets that it is about, where several were judged.'),
);

const finding = v.strictObject({
  rule: v.string(),
  severity: v.picklist(['error', 'warning', 'waived']),
  message: v.string(),
  object: reference,
  ...place,
  endLine: oneBased,
  endColumn: oneBased,
  pointer: v.string(),
  found: v.optional(v.string()),
  witness: v.optional(v.string()),
  expected: v.optional(v.string()),
  deniesFrom: v.optional(v.string()),
  lapsed: v.optional(v.string()),
  waiver: v.optional(waiver),
  admission: v.picklist(['refuse', 'add', 'warn', 'admit']),
  fix: v.optional(v.array(edit)),
  fingerprint: v.string(),
  valueFingerprint: v.pipe(
    v.string(),
    v.description(
      'The finding with its value: another value is another fingerprint. What `findings[].fingerprint` of a Waiver takes.',
    ),
  ),
  sets: setNames,
});

const problem = v.strictObject({
  id: v.string(),
  ...place,
  reason: v.string(),
  remedy: v.optional(v.string()),
  sets: setNames,
});

const origin = v.picklist(['detected', 'convention', 'assumed']);

const notice = v.strictObject({
  rule: v.string(),
  severity: v.picklist(['error', 'warning']),
  message: v.string(),
  expected: v.string(),
  file: v.string(),
  line: oneBased,
  column: oneBased,
});

/**
 * The report of `tollgate check -o json`. Fields may be added to version 1; one that goes away or changes its meaning
 * makes version 2. Lines and columns count from 1, columns in UTF-16 units, ends are exclusive.
 */
export const jsonReport = v.strictObject({
  schema: v.literal('tollgate.dev/report/v1'),
  version: v.string(),
  exitCode: v.picklist([0, 1, 3]),
  findings: v.array(finding),
  notJudged: v.array(problem),
  foreign: v.array(problem),
  tally: v.strictObject({
    files: count,
    judged: count,
    otherKinds: count,
    otherKindNames: v.array(v.strictObject({ kind: v.string(), count, makesPods: v.boolean() })),
    ungoverned: count,
    assumedNamespace: v.strictObject({ name: v.string(), objects: count }),
  }),
  notices: v.array(notice),
  early: v.pipe(
    v.array(v.string()),
    v.description(
      'Namespaces that the files create before anything that could cover them, where the order is not judged.',
    ),
  ),
  calico: v.strictObject({
    mode: v.picklist(['apiserver', 'v3crd', 'raw']),
    modeFrom: origin,
    version: v.pipe(v.string(), v.description('Such as 3.31; newest where nothing says which one it is.')),
    versionFrom: origin,
  }),
  now: v.pipe(v.string(), v.description('The clock by which waivers and announced rules were judged.')),
  conventions: v.pipe(
    v.array(v.strictObject({ name: v.string(), file: v.string(), hash: v.string() })),
    v.description('The conventions in force: where each was read, and a hash of its spec.'),
  ),
  sets: v.pipe(
    v.optional(
      v.array(
        v.strictObject({
          name: v.string(),
          errors: count,
          warnings: count,
          waived: count,
          judged: count,
          notJudged: count,
          exitCode: v.picklist([0, 1, 3]),
        }),
      ),
    ),
    v.description(
      'The verdict on each set, where the files are several: what is applied together to one cluster.',
    ),
  ),
  remarks: v.pipe(v.array(v.string()), v.description('What is not certain of the verdicts.')),
});

export type JsonReport = v.InferOutput<typeof jsonReport>;
