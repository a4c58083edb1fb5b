import * as v from 'valibot';
import { flow } from './flow-schema.ts';
import { isDay } from '../../conventions/document/days.ts';

const text = v.pipe(v.string(), v.minLength(1), v.regex(/\S/, 'some text'));

const objectSource = v.union(
  [text, v.record(v.string(), v.unknown())],
  'a file, or a Kubernetes object written out',
);
const objectSources = v.array(objectSource);

const clock = v.pipe(
  v.string(),
  v.regex(
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}))?$/,
    'a day such as 2026-12-31 or a time such as 2026-12-31T12:00:00Z',
  ),
  v.check((time) => isDay(time.slice(0, 10)) && !Number.isNaN(Date.parse(time)), 'a day of the calendar'),
);

const given = v.strictObject({
  objects: v.exactOptional(
    v.pipe(objectSources, v.description('What the cluster holds: files, folders, or objects written out.')),
  ),
  conventions: v.exactOptional(
    v.pipe(
      v.array(objectSource),
      v.description(
        'Conventions and waivers; without them the nearest tollgate.yaml upwards, else the default one.',
      ),
    ),
  ),
  clock: v.exactOptional(
    v.pipe(clock, v.description('The time by which waivers and announced rules are judged.')),
  ),
});

const review = v.strictObject({
  operation: v.pipe(v.picklist(['CREATE', 'UPDATE', 'DELETE']), v.description('What happens to the object.')),
  object: v.pipe(objectSource, v.description('The object: for DELETE the one that goes.')),
  oldObject: v.exactOptional(
    v.pipe(
      objectSource,
      v.description('UPDATE: the object as it was; without it the one that is given under the same name.'),
    ),
  ),
  user: v.exactOptional(v.pipe(text, v.description('Who asks.')), 'kubernetes-admin'),
  groups: v.exactOptional(v.pipe(v.array(text), v.description('The groups of who asks.')), [
    'system:authenticated',
  ]),
  dryRun: v.exactOptional(v.pipe(v.boolean(), v.description('Whether nothing is to be stored.')), false),
  subResource: v.exactOptional(v.pipe(text, v.description('The subresource, such as scale.'))),
});

const ruleIds = v.array(
  v.pipe(v.string(), v.regex(/^[a-z]+\/[a-z0-9]+(-[a-z0-9]+)*$/, 'a rule id such as mesh/inject-missing')),
);

const expectation = v.pipe(
  v.strictObject({
    decision: v.exactOptional(
      v.pipe(v.picklist(['allow', 'deny']), v.description('Whether it goes through.')),
    ),
    rules: v.exactOptional(v.pipe(ruleIds, v.description('Exactly the rules that refuse it.'))),
    warns: v.exactOptional(v.pipe(ruleIds, v.description('Exactly the rules that warn.'))),
    waived: v.exactOptional(v.pipe(ruleIds, v.description('Exactly the rules whose findings are waived.'))),
    waivedBy: v.exactOptional(
      v.pipe(v.array(text), v.description('Exactly the waivers that cover a finding, by their names.')),
    ),
    governedBy: v.exactOptional(
      v.pipe(
        v.union([text, v.array(text)], 'the name of a convention, or a list of names'),
        v.description(
          'Exactly the conventions that govern the namespaces of what is judged; [] where none does.',
        ),
      ),
    ),
    finds: v.exactOptional(
      v.pipe(
        ruleIds,
        v.description(
          'Rules that find something, among others, whatever becomes of it; `waiver/unused` is told of here alone.',
        ),
      ),
    ),
    silent: v.exactOptional(v.pipe(ruleIds, v.description('Rules that find nothing.'))),
    message: v.exactOptional(
      v.pipe(
        v.union([text, v.array(text)], 'some text, or a list of texts'),
        v.description('What the answer says: text that is in it, or a /regular expression/; all of a list.'),
      ),
    ),
    warnings: v.exactOptional(
      v.pipe(
        v.union(
          [v.pipe(v.number(), v.integer(), v.minValue(0)), v.array(text)],
          'a number, or a list of texts',
        ),
        v.description('How many warnings kubectl prints, or what each of them says.'),
      ),
    ),
    patch: v.exactOptional(
      v.pipe(
        v.union([text, v.array(v.record(v.string(), v.unknown()))], 'a file, or a JSON Patch written out'),
        v.description('Exactly the JSON Patch of the mutating webhook; [] for none.'),
      ),
    ),
  }),
  v.minEntries(1, 'at least one'),
);

const testCase = v.pipe(
  v.strictObject({
    name: v.pipe(text, v.description('What is to hold, in one sentence.')),
    given: v.exactOptional(v.pipe(given, v.description('What holds for this case besides the suite’s.'))),
    review: v.exactOptional(v.pipe(review, v.description('A request of the API server.'))),
    manifests: v.exactOptional(
      v.pipe(objectSources, v.minLength(1), v.description('Manifests, judged as tollgate check does.')),
    ),
    point: v.exactOptional(
      v.pipe(
        v.picklist(['ci', 'audit']),
        v.description(
          'Of manifests: whether they are judged as files on their way to a cluster, or as the audit judges what exists in one.',
        ),
      ),
    ),
    flow: v.exactOptional(
      v.pipe(
        v.union([flow, v.pipe(v.array(flow), v.minLength(1))], 'a connection, or a list of connections'),
        v.description('Connections among what is given, answered as tollgate flow does.'),
      ),
    ),
    expect: v.exactOptional(
      v.pipe(expectation, v.description('The answer that is wanted; a flow brings its own.')),
    ),
    rows: v.exactOptional(
      v.pipe(
        v.array(v.record(v.string(), v.unknown())),
        v.minLength(1),
        v.description(
          'One case for each row: what a row says takes the place of what the case says, maps are merged, and its name is put behind the name of the case.',
        ),
      ),
    ),
  }),
  v.check(
    ({ flow: asked, manifests, review: request }) =>
      [asked, manifests, request].filter((one) => one !== undefined).length === 1,
    'either review, manifests or flow',
  ),
  v.check(
    (entry) => (entry.expect === undefined) === (entry.flow !== undefined),
    'expect for a review or manifests, and none beside flow, which says what it expects itself',
  ),
  v.check((entry) => entry.point === undefined || entry.manifests !== undefined, 'point for manifests alone'),
  v.check(
    (entry) => entry.manifests === undefined || entry.expect?.patch === undefined,
    'no patch: manifests are not patched',
  ),
);

/** A file of policy tests: what holds, what is asked, and what is to be answered. */
export const suiteSchema = v.strictObject({
  suite: v.pipe(text, v.description('What the cases are about.')),
  given: v.exactOptional(v.pipe(given, v.description('What holds for every case.'))),
  cases: v.pipe(v.array(testCase), v.minLength(1), v.description('The cases.')),
});

export type SuiteDocument = v.InferOutput<typeof suiteSchema>;
export type ExpectationDocument = v.InferOutput<typeof expectation>;
export type CaseDocument = SuiteDocument['cases'][number];
export type ReviewDocument = NonNullable<CaseDocument['review']>;
export type ObjectSource = v.InferOutput<typeof objectSource>;
