import * as fc from 'fast-check';
import t from 'tap';
import {
  changeWorld,
  type ConnectionProtocol,
  createPolicyWorld,
  evaluateFlow,
  findConnections,
  judgePossibleFlow,
  type PolicyWorld,
  type PossibleFlow,
} from '../../src/calico/index.ts';
import type { Family } from '../../src/kubernetes/net/address.ts';
import { isRecord, type KubernetesObject } from '../../src/kubernetes/object.ts';
import { holds } from '../support/law.ts';
import { namespace } from '../support/objects.ts';
import {
  anyNetworkSet,
  anyPolicies,
  existingAccounts,
  shop,
  tiers,
  valuesOfA,
  valuesOfB,
} from './generated-policies.ts';

const slice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'svc-1', namespace: shop.name, labels: { 'kubernetes.io/service-name': 'svc' } },
  endpoints: [{ addresses: ['10.0.0.7', '203.0.113.77'] }],
  ports: [
    { port: 8080, protocol: 'TCP' },
    { port: 53, protocol: 'UDP' },
  ],
};

const emptyWorld = createPolicyWorld(
  [
    namespace(shop.name, shop.labels),
    ...Object.entries(existingAccounts).map(([name, labels]) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: shop.name, labels },
    })),
    ...tiers,
    slice,
  ],
  { mode: 'apiserver' },
);

type AnyEnd = { readonly pod: KubernetesObject } | { readonly ip: string };

const anyPod = fc
  .record({
    a: fc.constantFrom(...valuesOfA),
    b: fc.constantFrom(...valuesOfB),
    account: fc.constantFrom(...Object.keys(existingAccounts), 'missing'),
    space: fc.constantFrom(shop.name, shop.name, shop.name, 'missing'),
    ips: fc.constantFrom<readonly string[]>([], [], ['10.0.0.7'], ['192.0.2.9', 'fd00::9'], ['8000::1']),
    ports: fc.constantFrom<readonly object[]>(
      [],
      [
        { name: 'http', containerPort: 80 },
        { name: 'dns', containerPort: 53, protocol: 'UDP' },
      ],
      [
        { name: 'http', containerPort: 8080 },
        { name: 'http', containerPort: 8081 },
        { name: 'sip', containerPort: 5060, protocol: 'SCTP' },
      ],
    ),
    hostNetwork: fc.constantFrom(false, false, false, true),
  })
  .map(({ a, account, b, hostNetwork, ips, ports, space }): AnyEnd => {
    const labels = { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) };
    const spec = { serviceAccountName: account, hostNetwork, containers: [{ name: 'app', ports }] };
    const status = ips.length > 0 ? { status: { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } } : {};
    const metadata = { name: 'pod', namespace: space, labels };
    return { pod: { apiVersion: 'v1', kind: 'Pod', metadata, spec, ...status } };
  });

const anyAddress = fc
  .constantFrom('10.0.0.7', '192.0.2.9', '203.0.113.77', 'fd00::9', '3fff::77')
  .map((ip): AnyEnd => ({ ip }));

const ports = fc.constantFrom<readonly (number | string)[]>(
  [80],
  [80, 443],
  ['1:79'],
  ['80:8080', 443],
  ['http'],
  ['http', 'dns', 'sip'],
  ['0:65535'],
  [65_535],
);

/** What a rule asks besides: of ports, of ICMP or of a Service. */
const more = fc.oneof(
  fc.record({ protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'), destination: fc.record({ ports }) }),
  fc.record({ protocol: fc.constantFrom('TCP', 'UDP'), destination: fc.record({ notPorts: ports }) }),
  fc.record({ protocol: fc.constant('TCP'), destination: fc.record({ ports, notPorts: ports }) }),
  fc.record({ protocol: fc.constant('TCP'), source: fc.record({ ports }) }),
  fc.record({ protocol: fc.constant('TCP'), source: fc.record({ notPorts: ports }) }),
  fc.record({
    protocol: fc.constantFrom('ICMP', 'ICMPv6'),
    icmp: fc.constantFrom({}, { type: 8 }, { type: 8, code: 1 }, { type: 128, code: 0 }),
  }),
  fc.record({
    protocol: fc.constantFrom('ICMP', 'ICMPv6'),
    notICMP: fc.constantFrom({ type: 8 }, { type: 0, code: 0 }),
  }),
  fc.record({ notProtocol: fc.constantFrom('TCP', 'SCTP', 'ICMP') }),
  fc.record({ destination: fc.constant({ services: { name: 'svc', namespace: shop.name } }) }),
  fc.record({ source: fc.constant({ services: { name: 'svc', namespace: shop.name } }) }),
  fc.constant({}),
  fc.constant({}),
);

/** Policies whose rules ask for something besides, each for the next thing of a list. */
const policiesThatAskMore = fc
  .tuple(anyPolicies, fc.array(more, { minLength: 6, maxLength: 6 }))
  .map(([policies, asked]) => {
    let next = 0;
    const withMore = (rule: unknown) => {
      if (!isRecord(rule)) return rule;
      const what: Readonly<Record<string, unknown>> = asked[next++ % asked.length] ?? {};
      const ends = ['source', 'destination'].map((side) => [
        side,
        { ...record(rule[side]), ...record(what[side]) },
      ]);
      return { ...rule, ...what, ...Object.fromEntries(ends) };
    };
    return policies.map((policy): KubernetesObject => {
      const spec = record(policy.spec);
      const lists = ['ingress', 'egress'].flatMap((list) => {
        const rules = spec[list];
        return Array.isArray(rules) ? [[list, rules.map(withMore)]] : [];
      });
      return { ...policy, spec: { ...spec, ...Object.fromEntries(lists) } };
    });
  });

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

interface Point {
  readonly protocol: ConnectionProtocol;
  readonly family: Family;
  readonly number: number;
}

function flowAt({ family, number, protocol }: Point): Omit<PossibleFlow, 'source' | 'destination'> {
  if (protocol !== 'ICMP') return { protocol, port: number };
  const name = family === 4 ? 'ICMP' : 'ICMPv6';
  return { protocol: name, port: 0, icmpType: number >> 8, icmpCode: number & 255 };
}

/** One walk for one connection, with what comes from a node taken for unknown where it is denied. */
function walked(world: PolicyWorld, source: AnyEnd, destination: AnyEnd, point: Point) {
  const flow: PossibleFlow = { source, destination, family: point.family, ...flowAt(point) };
  const egress = judgePossibleFlow(world, 'Egress', flow)?.verdict;
  const ingress = judgePossibleFlow(world, 'Ingress', flow)?.verdict;
  const isFromNode = 'pod' in source && record(source.pod.spec).hostNetwork === true;
  const verdicts = new Set([egress, ingress === 'deny' && isFromNode ? 'unknown' : ingress]);
  if (verdicts.has('deny')) return 'deny';
  return verdicts.has('unknown') ? 'unknown' : 'allow';
}

/** An end with its addresses of one family alone; undefined for one that has others only. */
function inFamily(family: Family, end: AnyEnd): AnyEnd | undefined {
  const isOf = (ip: string) => ip.includes(':') === (family === 6);
  if ('ip' in end) return isOf(end.ip) ? end : undefined;
  const { status, ...pod } = end.pod;
  const all = list(record(status).podIPs).map(({ ip }) => String(ip));
  const [podIP, ...others] = all.filter(isOf);
  if (podIP === undefined) return all.length > 0 ? undefined : end;
  return { pod: { ...pod, status: { podIP, podIPs: [podIP, ...others].map((ip) => ({ ip })) } } };
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

const someNumbers = [1, 52, 53, 54, 79, 80, 81, 443, 444, 5060, 8080, 8081, 65_535];

t.test('all connections at once are what each of them is by itself', async (t) => {
  const counts = { allow: 0, deny: 0, unknown: 0, exact: 0 };
  holds(
    t,
    'at every boundary of every set',
    fc.property(
      policiesThatAskMore,
      fc.array(anyNetworkSet, { maxLength: 2 }),
      fc.array(fc.oneof({ weight: 3, arbitrary: anyPod }, { weight: 1, arbitrary: anyAddress }), {
        minLength: 2,
        maxLength: 4,
      }),
      fc.constantFrom<ConnectionProtocol>('TCP', 'TCP', 'UDP', 'SCTP', 'ICMP'),
      fc.constantFrom<Family>(4, 6),
      (policies, sets, ends, protocol, family) => {
        const world = changeWorld(emptyWorld, { put: [...policies, ...sets] });
        const connections = findConnections(world, ends);
        for (const [from, first] of ends.entries()) {
          const source = inFamily(family, first);
          const reached = new Set(connections.from(from, protocol, family));
          for (const [to, second] of ends.entries()) {
            const destination = inFamily(family, second);
            const open = connections.between(from, to, protocol, family);
            if (!source || !destination) {
              if (open.length > 0) throw new Error(`${from} to ${to}: not in the family`);
              continue;
            }
            if (open.length > 0 && !reached.has(to)) throw new Error(`${to} is not among those of ${from}`);
            const bounds = open.flatMap(({ numbers }) =>
              numbers.flatMap(([first, last]) => [first - 1, first, last, last + 1]),
            );
            for (const number of new Set([...someNumbers, ...bounds])) {
              if (number < (protocol === 'ICMP' ? 0 : 1) || number > 65_535) continue;
              const found = open.filter(({ numbers }) =>
                numbers.some(([first, last]) => first <= number && number <= last),
              );
              if (found.length > 1) throw new Error(`${number} is in two sets`);
              const symbolic = found[0]?.verdict ?? 'deny';
              const point = { protocol, family, number };
              const single = walked(world, source, destination, point);
              counts[single] += 1;
              if (single !== symbolic)
                throw new Error(`${from} to ${to} ${number}: ${single} alone, ${symbolic} among all`);
              if (symbolic === 'unknown' || !hasAddresses(source) || !hasAddresses(destination)) continue;
              counts.exact += 1;
              const { port, ...rest } = flowAt(point);
              for (const sourcePort of [0, 80, 443, 40_000]) {
                const exact = evaluateFlow(world, {
                  source,
                  destination,
                  ...rest,
                  sourcePort,
                  destinationPort: port,
                });
                if (exact.verdict !== symbolic)
                  throw new Error(
                    `${from} to ${to} ${number}: ${exact.verdict} by evaluateFlow, ${symbolic}`,
                  );
              }
            }
          }
        }
      },
    ),
    400,
  );
  for (const [verdict, count] of Object.entries(counts)) t.ok(count > 500, `${verdict}: ${count}`);
});

function hasAddresses(end: AnyEnd): boolean {
  return 'ip' in end || list(record(end.pod.status).podIPs).length > 0;
}

t.test('what is no end at all says nothing of the pods beside it', async (t) => {
  const policy: KubernetesObject = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: 'in', namespace: shop.name },
    spec: {
      types: ['Ingress'],
      ingress: [{ action: 'Allow', protocol: 'UDP', source: { notNets: ['fd00::/8'] } }],
    },
  };
  const world = changeWorld(emptyWorld, { put: [policy] });
  const podNamed = (name: string): AnyEnd => ({
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: shop.name },
      spec: { containers: [] },
    },
  });
  const connections = findConnections(world, [{ ip: 'nowhere' }, podNamed('web'), podNamed('db')]);
  t.same(
    connections.between(1, 2, 'UDP', 6).map(({ verdict }) => verdict),
    ['unknown'],
  );
});
