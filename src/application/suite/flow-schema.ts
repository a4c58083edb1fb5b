import * as v from 'valibot';

const text = v.pipe(v.string(), v.minLength(1), v.regex(/\S/, 'some text'));

const end = v.pipe(
  v.string(),
  v.regex(/^\S+$/, 'an end as tollgate flow takes it, such as shop/web, shop/{app=web} or internet'),
);

/** A connection that is asked about, and what is to be answered; or who alone may make it. */
export const flow = v.pipe(
  v.strictObject({
    from: v.exactOptional(v.pipe(end, v.description('Who connects, as `tollgate flow` takes it.'))),
    to: v.pipe(end, v.description('To whom: a workload, a Service, labels or addresses.')),
    port: v.exactOptional(
      v.pipe(
        v.union([v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)), text], 'a port'),
        v.description('`5432`, `5432/UDP` or `http/TCP`; without it every port that `to` declares.'),
      ),
    ),
    expect: v.exactOptional(
      v.pipe(
        v.picklist(['allowed', 'denied', 'unknown']),
        v.description('What becomes of the connection; of several, of all of them.'),
      ),
    ),
    by: v.exactOptional(
      v.pipe(text, v.description('A policy that decides it, by its name or as `namespace/name`.')),
    ),
    encrypted: v.exactOptional(
      v.pipe(v.boolean(), v.description('Whether Linkerd encrypts it from proxy to proxy.')),
    ),
    only: v.exactOptional(
      v.pipe(
        v.array(end),
        v.description(
          'Nobody but these may connect: other workloads, pods that do not exist yet and addresses are denied. [] is nobody at all.',
        ),
      ),
    ),
  }),
  v.check(
    (asked) => (asked.from === undefined) !== (asked.only === undefined),
    'either from, with what is expected, or only',
  ),
  v.check(
    (asked) =>
      asked.only === undefined ||
      (asked.expect === undefined && asked.by === undefined && asked.encrypted === undefined),
    'no expect, by or encrypted beside only',
  ),
  v.check(
    (asked) =>
      asked.only !== undefined ||
      asked.expect !== undefined ||
      asked.by !== undefined ||
      asked.encrypted !== undefined,
    'expect, by or encrypted',
  ),
);

export type FlowDocument = v.InferOutput<typeof flow>;
