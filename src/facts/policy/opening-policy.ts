import { dump } from 'js-yaml';
import {
  askedOfPods,
  endOfTier,
  type Direction,
  type Policy,
  type SupposedVerdict,
} from '../../calico/index.ts';
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
  const [decider] = denied.map(({ verdict }) => verdict.decidedBy);
  const place = decider && openingPlace(denied.map(({ verdict }) => verdict));
  if (!place) return undefined;
  const { written } = decider;
  const side = direction === 'Egress' ? 'egress' : 'ingress';
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: nameInTier(name, place), namespace },
    spec: {
      ...place,
      selector: podSelector(written.selector),
      ...(written.serviceAccountSelector === ''
        ? {}
        : { serviceAccountSelector: written.serviceAccountSelector }),
      types: [direction],
      [side]: mergePorts(denied).map((rule) => ruleFor(direction, rule)),
    },
  };
}

/** Where a policy has to stand to open what is denied. */
export interface OpeningPlace {
  /** Absent for the default tier. */
  readonly tier?: string;
  /** Absent where only the end of the tier denies. */
  readonly order?: number;
}

/**
 * The place from which a NetworkPolicy overrules denials: in their tier, and before the rules that deny; undefined where
 * they are not all in one tier, or in one where a NetworkPolicy can't be.
 */
export function openingPlace(
  denials: readonly Pick<SupposedVerdict, 'trail' | 'decidedBy'>[],
): OpeningPlace | undefined {
  const [decider] = denials.map(({ decidedBy }) => decidedBy);
  const steps = denials.map(({ trail }) => trail.at(-1));
  const isOne = steps.every((step) => step?.tier === decider?.tier && step?.tierMissing === undefined);
  if (!decider || !isOne || isOutOfReach(decider)) return undefined;
  const before = denials.flatMap(({ decidedBy, trail }) =>
    decidedBy && trail.at(-1)?.rule !== endOfTier ? [decidedBy.order] : [],
  );
  return {
    ...(decider.tier === 'default' ? {} : { tier: decider.tier }),
    ...(before.length === 0 ? {} : { order: orderBefore(Math.min(...before)) }),
  };
}

/** Until Calico 3.29 the name of a policy has to tell its tier. */
export function nameInTier(name: string, { tier }: OpeningPlace): string {
  return tier === undefined ? name : `${tier}.${name}`;
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

function podSelector(written: string): string {
  return askedOfPods(written) || 'all()';
}

/** What a rule opens. */
export interface OpenRule {
  /** Any where there is none. */
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
  readonly peer: Denied['peer'] | { readonly nets: readonly string[]; readonly notNets?: readonly string[] };
  /** Numbers, ranges and names as Calico writes them; all ports where there are none. */
  readonly ports: readonly (number | string)[];
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
  const who =
    'selector' in peer && !peer.nets
      ? {
          namespaceSelector: `kubernetes.io/metadata.name == "${peer.namespace}"`,
          ...(peer.selector === '' ? {} : { selector: peer.selector }),
        }
      : { nets: peer.nets, ...('notNets' in peer ? { notNets: peer.notNets } : {}) };
  const rule = { action: 'Allow', ...(protocol ? { protocol } : {}) };
  const opened = ports.length > 0 ? { ports } : {};
  return direction === 'Egress'
    ? { ...rule, destination: { ...who, ...opened } }
    : { ...rule, source: who, ...(ports.length > 0 ? { destination: opened } : {}) };
}
