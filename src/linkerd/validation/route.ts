import { catalogueEntry, isValueOf } from '../annotations/catalogue.ts';
import { valueKinds } from '../annotations/value-kinds.ts';
import { parsePolicyDuration } from '../annotations/value-readers.ts';
import { annotationsOf, groupOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { list, record, type Fields } from '../../kubernetes/read.ts';
import { eachRecord } from './field-problems.ts';
import { grpcRuleProblems, httpRuleProblems } from './route-rules.ts';
import { byWebhook, type ObjectProblem } from './object-problem.ts';

/**
 * What is refused of a route of either group: an EgressNetwork as parent without a port; retry and timeout annotations
 * that cannot be read, where a parent is a Service or an EgressNetwork; and rules that cannot be read. The schema of
 * Gateway API's kinds is not Linkerd's, and the cluster's own version of it decides.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, Validate for HttpRouteSpec, gateway::HttpRouteSpec,
 * GrpcRouteSpec, TlsRouteSpec and TcpRouteSpec; k8s/index/src/outbound/index.rs, parse_timeouts.
 */
export function routeProblems(object: KubernetesObject): readonly ObjectProblem[] {
  const { kind } = object;
  const spec = record(object.spec);
  const isGateway = groupOf(object.apiVersion) === 'gateway.networking.k8s.io';
  const parents = list(spec.parentRefs).map(record);
  const parentProblems = eachRecord(spec.parentRefs, '/spec/parentRefs', egressParentProblems);
  if (kind === 'TLSRoute' || kind === 'TCPRoute')
    return [...parentProblems, ...singleRuleProblems(kind, spec)];
  const annotations = parents.some(isOutboundParent) ? annotationProblems(object) : [];
  const rules = eachRecord(spec.rules, '/spec/rules', (rule, pointer) =>
    kind === 'GRPCRoute' ? grpcRuleProblems(rule, pointer) : httpRuleProblems(rule, pointer, { isGateway }),
  );
  return [...parentProblems, ...annotations, ...rules];
}

function egressParentProblems({ group, kind, port }: Fields, pointer: string): ObjectProblem[] {
  if (!isEgressNetwork(group, kind) || (port !== undefined && port !== null)) return [];
  return [
    byWebhook(pointer, 'an EgressNetwork as parent needs a port', 'port: 443, or the port of the traffic'),
  ];
}

function isEgressNetwork(group: unknown, kind: unknown): boolean {
  return group === 'policy.linkerd.io' && kind === 'EgressNetwork';
}

/** A parent of outbound traffic. Source: outbound/index.rs, is_parent_service_or_egress_network. */
function isOutboundParent({ group, kind }: Fields): boolean {
  if (isEgressNetwork(group, kind)) return true;
  return kind === 'Service' && (group === 'core' || group === '' || group === undefined || group === null);
}

function singleRuleProblems(kind: string, { rules }: Fields): ObjectProblem[] {
  const count = list(rules).length;
  if (count === 1) return [];
  return [byWebhook('/spec/rules', `a ${kind} has exactly one rule, and this one has ${count}`, 'one rule')];
}

const durations = [
  'retry.linkerd.io/timeout',
  'timeout.linkerd.io/response',
  'timeout.linkerd.io/request',
  'timeout.linkerd.io/idle',
];

function annotationProblems(object: KubernetesObject): ObjectProblem[] {
  const conditions = object.kind === 'GRPCRoute' ? 'retry.linkerd.io/grpc' : 'retry.linkerd.io/http';
  const annotations = new Map(Object.entries(annotationsOf(object)));
  return ['retry.linkerd.io/limit', conditions, ...durations].flatMap((key) => {
    const value = annotations.get(key);
    if (value === undefined || isReadable(key, value)) return [];
    const expected = expectedOf(key);
    return [
      byWebhook(
        `/metadata/annotations${pointerOf(key)}`,
        `${key}: ${JSON.stringify(value)} cannot be read`,
        expected,
      ),
    ];
  });
}

function expectedOf(key: string): string | undefined {
  const entry = catalogueEntry(key);
  return entry && valueKinds[entry.kind].expected;
}

function isReadable(key: string, value: string): boolean {
  if (durations.includes(key)) return parsePolicyDuration(value) !== undefined;
  const entry = catalogueEntry(key);
  return !entry || isValueOf(entry, value, 'latest');
}
