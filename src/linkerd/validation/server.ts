import { valueKinds } from '../annotations/value-kinds.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { record, type Fields } from '../../kubernetes/read.ts';
import { missingFields, onlyOneOf } from './field-problems.ts';
import { selectorProblems } from './selector.ts';
import { bySchema, byWebhook, type ObjectProblem } from './object-problem.ts';

/**
 * What is refused of a Server. Neither the schema nor the webhook asks whether a port of that name can exist.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, Validate<ServerSpec>; k8s/api/src/policy/server.rs;
 * charts/linkerd-crds policy/server.yaml.
 */
export function serverProblems({ apiVersion, spec: value }: KubernetesObject): readonly ObjectProblem[] {
  const spec = record(value);
  const shape = [
    ...missingFields(spec, ['port'], '/spec'),
    ...(apiVersion.endsWith('/v1beta3') || apiVersion.endsWith('/v1beta2')
      ? onlyOneOf(spec, ['podSelector', 'externalWorkloadSelector'], '/spec')
      : missingFields(spec, ['podSelector'], '/spec')),
    ...['podSelector', 'externalWorkloadSelector'].flatMap((field) =>
      selectorProblems(spec[field], `/spec/${field}`),
    ),
    ...portShape(spec.port),
  ];
  if (shape.length > 0) return shape;
  return [...portProblems(spec.port), ...protocolProblems(spec), ...accessPolicyProblems(apiVersion, spec)];
}

const expectedPort = 'a port number from 1 to 65535, or the name of a container port';

function portShape(port: unknown): ObjectProblem[] {
  if (port === undefined || port === null || typeof port === 'string' || Number.isInteger(port)) return [];
  return [bySchema('/spec/port', 'the port is neither a whole number nor a name', expectedPort)];
}

function portProblems(port: unknown): ObjectProblem[] {
  if (typeof port !== 'number' || (port >= 1 && port <= 65_535)) return [];
  return [byWebhook('/spec/port', `${port} is not a port`, expectedPort)];
}

const protocols = ['unknown', 'HTTP/1', 'HTTP/2', 'gRPC', 'opaque', 'TLS'];

function protocolProblems({ proxyProtocol }: Fields): ObjectProblem[] {
  if (proxyProtocol === undefined || proxyProtocol === null) return [];
  if (typeof proxyProtocol !== 'string')
    return [bySchema('/spec/proxyProtocol', 'the protocol is not a text', protocols.join(', '))];
  if (protocols.includes(proxyProtocol)) return [];
  return [
    byWebhook(
      '/spec/proxyProtocol',
      `proxyProtocol ${JSON.stringify(proxyProtocol)} is not a protocol of Linkerd`,
      protocols.join(', '),
    ),
  ];
}

/** Only v1beta3 has the field; the API server drops it from older versions. */
function accessPolicyProblems(apiVersion: string, { accessPolicy }: Fields): ObjectProblem[] {
  if (accessPolicy === undefined || accessPolicy === null || !apiVersion.endsWith('/v1beta3')) return [];
  if (typeof accessPolicy !== 'string')
    return [bySchema('/spec/accessPolicy', 'accessPolicy is not a text', valueKinds.inboundPolicy.expected)];
  if (valueKinds.inboundPolicy.accepts(accessPolicy)) return [];
  return [
    byWebhook(
      '/spec/accessPolicy',
      `accessPolicy ${JSON.stringify(accessPolicy)} is not an access policy`,
      valueKinds.inboundPolicy.expected,
    ),
  ];
}
