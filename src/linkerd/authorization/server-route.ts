import { groupOf, isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { policyName, refused, type PolicyName, type PolicyProblem, type Reading } from './reading.ts';
import { list, record } from '../../kubernetes/read.ts';

/** The part of an HTTPRoute or GRPCRoute that says to which Servers it is attached. */
export interface ServerRoute extends PolicyName {
  readonly kind: 'HTTPRoute' | 'GRPCRoute';
  readonly group: string;
  /** The names of the Servers, all of its own namespace; none for a route that is attached to Services. */
  readonly servers: readonly string[];
}

/**
 * Reads which Servers a route is attached to. With one invalid parent, Linkerd ignores the whole route for inbound
 * policy.
 * Source: Linkerd policy-controller/k8s/index/src/inbound/routes.rs.
 */
export function readServerRoute(object: KubernetesObject): Reading<ServerRoute> {
  const { kind } = object;
  if (kind !== 'HTTPRoute' && kind !== 'GRPCRoute')
    return refused('', 'only HTTPRoute and GRPCRoute are routes to Servers');
  const name = policyName(object);
  const servers: string[] = [];
  const problems: PolicyProblem[] = [];
  const parents = list(record(object.spec).parentRefs);
  for (const [index, parent] of parents.entries()) {
    if (!isRecord(parent) || !isServer(parent) || typeof parent.name !== 'string' || parent.name === '')
      continue;
    const message = parentProblem(parent, name.namespace);
    if (message === undefined) servers.push(parent.name);
    else problems.push({ pointer: `/spec/parentRefs/${index}`, message });
  }
  if (problems.length > 0) return { problems };
  return { value: { ...name, kind, group: groupOf(object.apiVersion), servers }, problems };
}

type Parent = Readonly<Record<string, unknown>>;

function isServer({ group, kind }: Parent): boolean {
  return sameWord(kind, 'Server') && sameWord(group, 'policy.linkerd.io');
}

function sameWord(found: unknown, expected: string): boolean {
  return typeof found === 'string' && found.toLowerCase() === expected.toLowerCase();
}

function parentProblem({ namespace, port, sectionName }: Parent, own: string): string | undefined {
  if (namespace !== undefined && namespace !== null && namespace !== own)
    return 'a Server as parent must be in the namespace of the route';
  if (port !== undefined && port !== null) return 'a Server as parent is not chosen by port';
  if (sectionName !== undefined && sectionName !== null)
    return 'a Server as parent is not chosen by section name';
  return undefined;
}
