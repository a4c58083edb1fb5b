import { readLabelSelector, type LabelSelector } from '../../kubernetes/label-selector.ts';
import { isRecord, labelsOf, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import { valueKinds } from '../annotations/value-kinds.ts';
import {
  creationTime,
  policyName,
  refused,
  type PolicyName,
  type PolicyProblem,
  type Reading,
} from './reading.ts';

/** The protocol that a proxy assumes for the traffic of a Server's port. */
export type ProxyProtocol = 'unknown' | 'HTTP/1' | 'HTTP/2' | 'gRPC' | 'opaque' | 'TLS';

/** A policy.linkerd.io Server: a port of a set of pods, open to authorized clients only. */
export interface Server extends PolicyName {
  /** Its own labels, by which old ServerAuthorizations select it. */
  readonly labels: StringMap;
  /** The pods that it selects; undefined if it selects external workloads. */
  readonly podSelector?: LabelSelector;
  /** The number or the name of a container port. */
  readonly port: number | string;
  readonly protocol: ProxyProtocol;
  /** Who may connect without an authorization: a default inbound policy, `deny` by default. */
  readonly accessPolicy: string;
  readonly createdAt?: string;
}

/**
 * Reads a Server of any version, with the problems that Linkerd's webhook and CRD report.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, charts/linkerd-crds policy/server.yaml.
 */
export function readServer(object: KubernetesObject): Reading<Server> {
  const { spec } = object;
  if (!isRecord(spec)) return refused('/spec', 'a Server needs a spec');
  const { podSelector, port } = spec;
  if (!isPortReference(port))
    return refused('/spec/port', 'the port must be 1 to 65535 or the name of a container port');
  const selectors = [podSelector, spec.externalWorkloadSelector].filter((selector) => selector !== undefined);
  if (selectors.length !== 1)
    return refused('/spec', 'a Server needs exactly one of podSelector and externalWorkloadSelector');
  const selector = readLabelSelector(selectors[0]);
  if (!selector)
    return refused(
      podSelector === undefined ? '/spec/externalWorkloadSelector' : '/spec/podSelector',
      'this is no label selector',
    );
  const protocol = protocols.find((candidate) => candidate === (spec.proxyProtocol ?? 'unknown'));
  if (!protocol) return refused('/spec/proxyProtocol', `the protocol must be ${protocols.join(', ')}`);
  const createdAt = creationTime(object);
  return {
    value: {
      ...policyName(object),
      labels: labelsOf(object),
      ...(podSelector === undefined ? {} : { podSelector: selector }),
      port,
      protocol,
      accessPolicy: readAccessPolicy(object, spec.accessPolicy),
      ...(createdAt === undefined ? {} : { createdAt }),
    },
    problems: [...portProblems(port), ...accessPolicyProblems(object, spec.accessPolicy)],
  };
}

const protocols: readonly ProxyProtocol[] = ['unknown', 'HTTP/1', 'HTTP/2', 'gRPC', 'opaque', 'TLS'];

function isPortReference(port: unknown): port is number | string {
  if (typeof port === 'string') return port !== '';
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function portProblems(port: number | string): PolicyProblem[] {
  if (typeof port === 'number' || !/^[0-9]+$/.test(port)) return [];
  return [
    {
      pointer: '/spec/port',
      message: `"${port}" in quotes is the name of a port, which no container port can have; write ${port} without quotes`,
    },
  ];
}

/** Versions before v1beta3 do not have the field: the API server drops it. */
function hasAccessPolicy({ apiVersion }: KubernetesObject): boolean {
  return !/\/(v1alpha1|v1beta1|v1beta2)$/.test(apiVersion);
}

function readAccessPolicy(object: KubernetesObject, policy: unknown): string {
  const valid = typeof policy === 'string' && valueKinds.inboundPolicy.accepts(policy);
  return valid && hasAccessPolicy(object) ? policy : 'deny';
}

function accessPolicyProblems(object: KubernetesObject, policy: unknown): PolicyProblem[] {
  if (policy === undefined) return [];
  if (!hasAccessPolicy(object))
    return [
      {
        pointer: '/spec/accessPolicy',
        message: `${object.apiVersion} has no accessPolicy; write policy.linkerd.io/v1beta3`,
      },
    ];
  if (typeof policy === 'string' && valueKinds.inboundPolicy.accepts(policy)) return [];
  return [
    {
      pointer: '/spec/accessPolicy',
      message: `the access policy must be ${valueKinds.inboundPolicy.expected}`,
    },
  ];
}
