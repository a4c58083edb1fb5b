import { isRecord } from '../../kubernetes/object.ts';

/** A reference to an object by group, kind and name, with a namespace if it may be in another one. */
export interface TargetReference {
  /** Empty for the core group, also if that was written as `core`. */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Reads a reference; undefined if its kind or name is missing, which the policy controller refuses. */
export function readTargetReference(value: unknown): TargetReference | undefined {
  if (!isRecord(value) || typeof value.kind !== 'string' || typeof value.name !== 'string') return undefined;
  const group = typeof value.group === 'string' && value.group.toLowerCase() !== 'core' ? value.group : '';
  const { kind, name, namespace } = value;
  return typeof namespace === 'string' && namespace !== ''
    ? { group, kind, name, namespace }
    : { group, kind, name };
}

const policyGroup = 'policy.linkerd.io';

/** The groups of the kinds that Linkerd's policies refer to. */
const groupsOfKinds = {
  Server: [policyGroup],
  MeshTLSAuthentication: [policyGroup],
  NetworkAuthentication: [policyGroup],
  HTTPRoute: [policyGroup, 'gateway.networking.k8s.io'],
  GRPCRoute: ['gateway.networking.k8s.io'],
  Namespace: [''],
  ServiceAccount: [''],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type TargetKind = keyof typeof groupsOfKinds;

/**
 * The kind that a reference means; group and kind are compared without regard to case. Undefined for any other kind.
 * Source: Linkerd policy-controller/k8s/api/src/policy/target_ref.rs.
 */
export function targetKind({ group, kind }: TargetReference): TargetKind | undefined {
  const found = targetKinds.find((candidate) => candidate.toLowerCase() === kind.toLowerCase());
  const groups: readonly string[] = found ? groupsOfKinds[found] : [];
  return groups.includes(group.toLowerCase()) ? found : undefined;
}

const targetKinds: readonly TargetKind[] = [
  'Server',
  'MeshTLSAuthentication',
  'NetworkAuthentication',
  'HTTPRoute',
  'GRPCRoute',
  'Namespace',
  'ServiceAccount',
];

/** A reference as Linkerd's messages write it: `Server.policy.linkerd.io`. */
export function canonicalKind({ group, kind }: TargetReference): string {
  return group === '' ? kind : `${kind}.${group}`;
}
