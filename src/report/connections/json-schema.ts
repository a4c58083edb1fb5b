import * as v from 'valibot';

const reference = v.strictObject({
  apiVersion: v.string(),
  kind: v.string(),
  namespace: v.optional(v.string()),
  name: v.string(),
});

const familyName = v.picklist(['IPv4', 'IPv6']);
const meshed = v.picklist(['meshed', 'unmeshed', 'unknown']);
const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));
const byte = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));

const end = v.variant('kind', [
  v.strictObject({
    id: v.string(),
    kind: v.literal('workloads'),
    namespace: v.string(),
    workloads: v.pipe(v.array(reference), v.description('Neither a policy nor the mesh tells them apart.')),
    meshed,
  }),
  v.strictObject({
    id: v.string(),
    kind: v.literal('addresses'),
    family: familyName,
    blocks: v.pipe(v.array(v.string()), v.description('CIDR, ascending; none lies in another.')),
    name: v.optional(v.picklist(['anywhere', 'internet'])),
  }),
  v.strictObject({
    id: v.string(),
    kind: v.literal('possible-pods'),
    namespace: v.string(),
    labels: v.record(v.string(), v.string()),
    account: v.string(),
    meshed,
  }),
]);

const oneBased = v.pipe(v.number(), v.integer(), v.minValue(1));

const rule = v.strictObject({
  tier: v.string(),
  policy: v.optional(reference),
  rule: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  verdict: v.picklist(['allow', 'deny', 'pass']),
  doubtful: v.optional(v.literal(true)),
  at: v.optional(v.strictObject({ object: reference, pointer: v.string() })),
  place: v.optional(
    v.strictObject({ file: v.string(), line: oneBased, column: oneBased, source: v.optional(v.string()) }),
  ),
});

const connection = v.strictObject({
  from: v.pipe(v.string(), v.description('The id of an end.')),
  to: v.pipe(v.string(), v.description('The id of an end.')),
  protocol: v.picklist(['TCP', 'UDP', 'SCTP', 'ICMP']),
  family: familyName,
  ports: v.pipe(
    v.array(v.tuple([port, port])),
    v.description('From the first to the last, ascending; empty for ICMP.'),
  ),
  icmp: v.optional(
    v.pipe(
      v.array(v.strictObject({ types: v.tuple([byte, byte]), codes: v.optional(v.tuple([byte, byte])) })),
      v.description('What of ICMP, where that is not all of it.'),
    ),
  ),
  verdict: v.picklist(['allowed', 'unknown']),
  encryption: v.picklist(['encrypted', 'plaintext', 'unknown']),
  because: v.strictObject({ egress: v.array(rule), ingress: v.array(rule) }),
  why: v.optional(v.array(v.string())),
});

/** The shape of `-o json` of `tollgate connections`; a field that goes or changes its meaning is a new version. */
export const jsonConnections = v.strictObject({
  schema: v.literal('tollgate.dev/connections/v1'),
  ends: v.array(end),
  connections: v.array(connection),
  incomplete: v.pipe(
    v.array(v.string()),
    v.description(
      'What could not be read: then nothing is known for certain, and what is not listed may be open.',
    ),
  ),
});

export type JsonConnections = v.InferOutput<typeof jsonConnections>;
