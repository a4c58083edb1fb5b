import { judgeSupposedFlow, type SupposedVerdict } from '../../calico/index.ts';
import { referenceOf, stringMap } from '../../kubernetes/object.ts';
import { admitsAnyIdentity, admitsAnyone, namespaceIdentity, type Clients } from '../../linkerd/index.ts';
import { stepInWords } from '../gate/words.ts';
import { nameOf } from '../object-name.ts';
import type { Finding, Rule, RuleContext } from '../rule.ts';
import { pod } from '../workload-pod.ts';
import { storeGateOf, type StoreGate } from './store-gate.ts';
import { storeInWords } from './store.ts';

/** Names the clients of a store: `namespace/service-account`, with `*` for all accounts, and commas between them. */
export const clientsAnnotation = 'tollgate.dev/clients';

/**
 * More pods may reach the ports of a database or broker than its clients: some pod of another namespace, or of its
 * own, with labels and an account that no rule names. Where its clients are declared, any other account counts.
 * What Linkerd refuses is closed, whatever the policies say.
 */
export const dataOpen: Rule = {
  id: 'data/open',
  title: 'A database or broker can be reached by pods that nobody invited',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const gate = storeGateOf(subject, context);
    if (!gate || context.inventory.gaps.length > 0) return [];
    const intruder = intrudersOf(gate, context).find(({ ports }) => ports.length > 0);
    return intruder ? [findingFor(gate, intruder)] : [];
  },
};

/** A pod that nobody invited, and the ports that it reaches. */
interface Intruder {
  readonly description: string;
  readonly ports: readonly number[];
  readonly by: SupposedVerdict;
}

/** A namespace and an account that no rule can have meant. */
const anotherNamespace = 'another-namespace';
const anotherAccount = 'another-account';

function intrudersOf(gate: StoreGate, context: RuleContext): readonly Intruder[] {
  const own = gate.pod.metadata.namespace ?? 'default';
  const declared = declaredClients(gate);
  const foreign = [...new Set(declared.map(({ namespace }) => namespace))].filter((name) => name !== own);
  const invitesAll = (namespace: string) =>
    declared.some((client) => client.namespace === namespace && client.account === '*');
  const candidates = [
    { namespace: anotherNamespace, description: 'a pod {} of any other namespace' },
    { namespace: own, description: `a pod {} of its own namespace "${own}"` },
    ...foreign.map((namespace) => ({
      namespace,
      description: `a pod {} of namespace "${namespace}" under another service account`,
    })),
  ];
  return candidates
    .filter(({ namespace }) => !invitesAll(namespace))
    .map(({ description, namespace }) => ({
      description,
      ...reachOf(gate, namespace, declared.length > 0 ? anotherAccount : 'default', context),
    }));
}

function declaredClients({ store: { template } }: StoreGate) {
  const text = stringMap(template.metadata.annotations)[clientsAnnotation] ?? '';
  return text.split(',').flatMap((entry) => {
    const [namespace = '', account = ''] = entry.trim().split('/');
    return namespace === '' || account === '' ? [] : [{ namespace, account }];
  });
}

function reachOf(
  gate: StoreGate,
  namespace: string,
  account: string,
  context: RuleContext,
): Pick<Intruder, 'by' | 'ports'> {
  const peer = { pod: pod(namespace, {}, account) };
  let by: SupposedVerdict = { verdict: 'deny', trail: [] };
  const letsIn = (port: number) => {
    const flow = { pod: gate.pod, direction: 'Ingress', peer, protocol: 'TCP', port } as const;
    const verdict = judgeSupposedFlow(gate.world, flow);
    if (verdict.verdict !== 'allow' || !isTold(verdict, gate, context)) return false;
    by = verdict;
    return true;
  };
  const ports = gate.store.ports.filter((port) => waysTo(gate, port, namespace).some(letsIn));
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

/** The ports on which an uninvited pod of a namespace may connect, as far as Linkerd lets it. */
function waysTo({ proxy }: StoreGate, port: number, namespace: string): readonly number[] {
  if (!proxy || proxy.skips(port)) return [port];
  const { grants } = proxy.access(port);
  const whole = grants.filter(({ route }) => route === undefined).map(({ clients }) => clients);
  const ofNamespace = namespaceIdentity(namespace, proxy.profile);
  const admitsMeshed = ({ identities, networks }: Clients) =>
    admitsAnyIdentity({ identities, networks }) ||
    (typeof identities !== 'string' && identities.includes(ofNamespace));
  return [
    ...(whole.some(admitsAnyone) ? [port] : []),
    ...(whole.some(admitsMeshed) ? [proxy.dialed(port)] : []),
  ];
}

function findingFor({ store }: StoreGate, { by, description, ports }: Intruder): Finding {
  const { name, object, template } = store;
  const step = by.trail.at(-1);
  const alone = step?.kind === 'Profile' ? 'no policy selects the store, so ' : '';
  return {
    rule: 'data/open',
    object: referenceOf(object),
    pointer: template.pointer,
    message: `${nameOf(object)}: ${storeInWords(name, ports)} is open to pods that nobody invited`,
    witness: `${description} gets in: ${alone}${step ? stepInWords(step, 'Ingress') : ''}`,
    expected:
      'ingress rules that name each client, e.g. source: { namespaceSelector: kubernetes.io/metadata.name == "<client\'s namespace>", selector: app == "<client>" }',
  };
}
