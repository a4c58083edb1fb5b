import { dump } from 'js-yaml';
import { endOfTier, type Direction, type Policy, type SupposedVerdict } from '../../calico/index.ts';
import { remember } from '../../memo/remember.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';

/** One connection that is denied and should not be. */
export interface Denied {
  readonly verdict: SupposedVerdict;
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
  /** The other end, as a rule names it: by its addresses where no label finds it. */
  readonly peer: {
    readonly namespace: string;
    readonly selector: string;
    readonly nets?: readonly string[];
  };
}

/**
 * The policy that opens what is denied, for the very pods that the denying policy closes: in its tier, and before it
 * where one of its rules denies. Undefined where a NetworkPolicy can't overrule the denial: in the tiers of Kubernetes'
 * own cluster-wide policies, and in one that does not exist.
 */
export function openingPolicy(
  name: string,
  namespace: string,
  direction: Direction,
  denied: readonly Denied[],
): KubernetesObject | undefined {
  const steps = denied.map(({ verdict }) => verdict.trail.at(-1));
  const [decider] = denied.map(({ verdict }) => verdict.decidedBy);
  const isOne = steps.every((step) => step?.tier === decider?.tier && step?.tierMissing === undefined);
  if (!decider || !isOne || isOutOfReach(decider)) return undefined;
  const before = denied.flatMap(({ verdict }) =>
    verdict.decidedBy && verdict.trail.at(-1)?.rule !== endOfTier ? [verdict.decidedBy.order] : [],
  );
  const { tier, written } = decider;
  const side = direction === 'Egress' ? 'egress' : 'ingress';
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: tier === 'default' ? name : `${tier}.${name}`, namespace },
    spec: {
      ...(tier === 'default' ? {} : { tier }),
      ...(before.length === 0 ? {} : { order: orderBefore(Math.min(...before)) }),
      selector: podSelector(written.selector),
      ...(written.serviceAccountSelector === ''
        ? {}
        : { serviceAccountSelector: written.serviceAccountSelector }),
      types: [direction],
      [side]: mergePorts(denied).map((rule) => ruleFor(direction, rule)),
    },
  };
}

/** A policy of Calico or Linkerd as YAML, one rule a line. The same one is offered to many namespaces, so its form is written once. */
export function asYaml(policy: KubernetesObject): string {
  const { namespace = '' } = policy.metadata;
  const form = { ...policy, metadata: { ...policy.metadata, namespace: anyNamespace } };
  return written(form).replace(lineOf(anyNamespace), () => lineOf(dump(namespace).trimEnd()));
}

/** Stands where a form is filled in. */
const anyNamespace = 'namespace-of-the-policy';

/** The whole line, since what stands before it is a name that somebody gave. */
function lineOf(namespace: string): string {
  return `\n  namespace: ${namespace}\n`;
}

/** By all of the policy but its namespace; nothing makes a text stale. */
const written = remember(
  {
    name: 'policies as YAML',
    bound: { entries: 100, keyLength: 20_000 },
    key: (form: object) => JSON.stringify(form),
  },
  (form) => dump(form, { flowLevel: 3, lineWidth: -1, noRefs: true }).trimEnd(),
);

function isOutOfReach({ kind }: Policy): boolean {
  return kind === 'KubernetesClusterNetworkPolicy' || kind.includes('AdminNetworkPolicy');
}

function orderBefore(order: number): number {
  return Number.isFinite(order) ? order - 1 : 1000;
}

/** What Calico puts before the selector of a Kubernetes policy selects every pod. */
function podSelector(written: string): string {
  const own = written.replace(/^projectcalico\.org\/orchestrator == ['"]k8s['"]( && )?/, '');
  return own === '' ? 'all()' : own;
}

/** What a rule opens. */
export interface OpenRule {
  readonly protocol: 'TCP' | 'UDP';
  readonly peer: Denied['peer'];
  readonly ports: readonly number[];
}

/** One rule for each peer and protocol. */
function mergePorts(denied: readonly Denied[]): readonly OpenRule[] {
  const groups = Map.groupBy(denied, ({ peer, protocol }) => JSON.stringify([protocol, peer]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const ports = [...new Set(group.map(({ port }) => port))];
    return [{ protocol: first.protocol, peer: first.peer, ports }];
  });
}

/** The rule of a policy of Calico that opens ports to a peer, or of it. */
export function ruleFor(direction: Direction, { peer, ports, protocol }: OpenRule): object {
  const who = peer.nets
    ? { nets: peer.nets }
    : {
        namespaceSelector: `kubernetes.io/metadata.name == "${peer.namespace}"`,
        ...(peer.selector === '' ? {} : { selector: peer.selector }),
      };
  const rule = { action: 'Allow', protocol };
  return direction === 'Egress'
    ? { ...rule, destination: { ...who, ports } }
    : { ...rule, source: who, destination: { ports } };
}
