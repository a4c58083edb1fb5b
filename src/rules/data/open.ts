import { judgeSupposedFlow, type SupposedVerdict } from '../../calico/index.ts';
import {
  admitsAnyIdentity,
  admitsAnyone,
  identitiesOfNamespace,
  serviceAccountIdentity,
  type Clients,
} from '../../linkerd/index.ts';
import { stepInWords } from '../../facts/coverage/coverage-in-words.ts';
import type { Remark } from '../../facts/finding.ts';
import { limits, lookAt, unknownBeyond } from '../../facts/limits.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext } from '../../facts/subject.ts';
import { storeGateOf, type StoreGate } from '../../facts/store/store-gate.ts';
import { storeInWords } from '../../facts/store/store.ts';
import { pod } from '../../facts/workload/workload-pod.ts';
import { plural } from '../../text/plural.ts';
import { uninvitedTo, type Uninvited } from '../../facts/store/uninvited.ts';

/**
 * More pods may reach the ports of a database or broker than its clients: some pod of another namespace, or of its
 * own, with labels and an account that no rule names. Where its clients are declared, any other account counts.
 * What Linkerd refuses is closed, whatever the policies say.
 */
export const dataOpen = defineRule({
  id: 'data/open',
  title: 'A database or broker can be reached by pods that nobody invited',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const gate = storeGateOf(subject, context);
    if (!gate || context.inventory.gaps.length > 0) return [];
    const look = lookAt(limits.clientsOfStore, context);
    for (const candidate of uninvitedTo(gate, context, look)) {
      const { by, ports } = portsOpenTo(gate, candidate, context);
      if (ports.length > 0)
        return [remarkOn(gate, { description: candidate.description, by, ports }), ...otherPortsOpen(gate)];
    }
    const others = otherPortsOpen(gate);
    if (others.length > 0) return others;
    const { name, ports } = gate.store;
    return unknownBeyond([look], `whether ${storeInWords(name, ports)} is open to pods that nobody invited`);
  },
});

/** A pod that nobody invited, and the ports that it reaches. */
interface Intruder {
  readonly description: string;
  readonly ports: readonly number[];
  readonly by: SupposedVerdict;
}

function portsOpenTo(
  gate: StoreGate,
  candidate: Uninvited,
  context: RuleContext,
): Pick<Intruder, 'by' | 'ports'> {
  let by: SupposedVerdict = { verdict: 'deny', trail: [] };
  const letsIn = (port: number) => {
    const peer = { pod: candidate.pod };
    const flow = { pod: gate.pod, direction: 'Ingress', peer, protocol: 'TCP', port } as const;
    const verdict = judgeSupposedFlow(gate.world, flow);
    if (verdict.verdict !== 'allow' || !isTold(verdict, gate, context)) return false;
    by = verdict;
    return true;
  };
  const ports = gate.store.ports.filter((port) => waysTo(gate, port, candidate).some(letsIn));
  return { by, ports };
}

/**
 * Where no policy selects the pods at all, the namespace has no gate. That is told where the namespace is known, and
 * not of a file beside which the policies may live elsewhere.
 */
function isTold({ trail }: SupposedVerdict, { pod: { metadata } }: StoreGate, context: RuleContext): boolean {
  const { namespace = 'default' } = metadata;
  return trail.at(-1)?.kind !== 'Profile' || context.inventory.namespace(namespace) !== undefined;
}

/** The ports on which somebody may connect, as far as Linkerd lets him. */
function waysTo({ proxy }: StoreGate, port: number, who: Uninvited): readonly number[] {
  if (!proxy || proxy.skips(port)) return [port];
  const { account, meshed, namespace } = who;
  const { grants } = proxy.access(port);
  const whole = grants.filter(({ route }) => route === undefined).map(({ clients }) => clients);
  const own = [
    identitiesOfNamespace(namespace, proxy.profile),
    ...(account === undefined ? [] : [serviceAccountIdentity({ namespace, name: account }, proxy.profile)]),
  ];
  const admitsMeshed = ({ identities, networks }: Clients) =>
    admitsAnyIdentity({ identities, networks }) ||
    (typeof identities !== 'string' && own.some((identity) => identities.includes(identity)));
  return [
    ...(meshed !== true && whole.some(admitsAnyone) ? [port] : []),
    ...(meshed !== false && whole.some(admitsMeshed) ? [proxy.dialed(port)] : []),
  ];
}

function remarkOn({ store }: StoreGate, { by, description, ports }: Intruder): Remark {
  const { name, template } = store;
  const step = by.trail.at(-1);
  const alone = step?.kind === 'Profile' ? 'no policy selects the store, so ' : '';
  return {
    pointer: template.pointer,
    message: `${storeInWords(name, ports)} is open to pods that nobody invited`,
    witness: `${description} gets in: ${alone}${step ? stepInWords(step, 'Ingress') : ''}`,
    expected:
      'ingress rules that name each client, e.g. source: { namespaceSelector: kubernetes.io/metadata.name == "<client\'s namespace>", selector: app == "<client>" }',
  };
}

/**
 * The ports that are for members, management and metrics, where a rule opens them to a pod of any namespace. Whether a
 * Server closes one again does not matter: no member needs such a rule.
 */
function otherPortsOpen({ pod: own, store, world }: StoreGate): readonly Remark[] {
  const stranger = pod('another-namespace', {}, 'another-account');
  let by: SupposedVerdict | undefined;
  const ports = store.otherPorts.filter((port) => {
    const verdict = judgeSupposedFlow(world, {
      pod: own,
      direction: 'Ingress',
      peer: { pod: stranger },
      protocol: 'TCP',
      port,
    });
    if (verdict.verdict !== 'allow' || verdict.trail.at(-1)?.kind === 'Profile') return false;
    by ??= verdict;
    return true;
  });
  const step = by?.trail.at(-1);
  if (!step) return [];
  return [
    {
      pointer: store.template.pointer,
      message: `network policies let pods of every namespace connect to ${plural(ports.length, 'port')} ${ports.join(' and ')} of ${store.name}, past the proxy`,
      witness: stepInWords(step, 'Ingress'),
      expected: 'no rule for these ports but for those who need them: members connect through their proxies',
    },
  ];
}
