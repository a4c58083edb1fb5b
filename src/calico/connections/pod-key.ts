import { printAddress } from '../../kubernetes/net/address.ts';
import type { PolicyRule } from '../policy/policy-rule.ts';
import { type Atom, evaluateAtom } from '../selector/evaluate.ts';
import { eachAtom } from '../selector/atoms.ts';
import type { Selector } from '../selector/ast.ts';
import type { PodEndpoint } from '../state/endpoint.ts';
import { podLabels } from '../state/endpoint-labels.ts';
import { valueAt } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';

/** A key of a pod: pods with equal keys no policy tells apart, neither as its own nor as the other end. */
export type PodKey = (pod: PodEndpoint) => string;

/**
 * Creates the key by which pods are gathered in classes: the namespace, what each condition of every selector says to its
 * labels, the numbers of the ports that rules call by name, and its addresses where they are known.
 * @param worlds those in which the pods are asked about
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'web', namespace: 'shop' };
 * const world = createPolicyWorld([{ ...head, metadata, spec: { selector: "app == 'web'" } }], { mode: 'v3crd' });
 * const podOf = (app) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'shop', labels: { app } } });
 * const keyOf = createPodKey([world]);
 * const [web, db, api] = ['web', 'db', 'api'].map((app) => keyOf(supposePod(world, podOf(app)).endpoint));
 * web === db; // false
 * db === api; // true
 */
export function createPodKey(worlds: readonly PolicyWorld[]): PodKey {
  const atoms = new Map<string, Map<string, Atom>>();
  const names = new Set<string>();
  const note = (selector: Selector | undefined) => {
    if (selector)
      eachAtom(selector, (atom) => {
        const known = atoms.get(atom.key) ?? new Map<string, Atom>();
        atoms.set(atom.key, known.set(JSON.stringify(atom), atom));
      });
  };
  const noteRule = ({ destination, source }: PolicyRule) => {
    for (const { notPorts, notSelector, ports, selector } of [source, destination]) {
      note(selector);
      note(notSelector);
      for (const port of [...ports, ...notPorts]) if ('name' in port) names.add(port.name);
    }
  };
  for (const { policies } of worlds)
    for (const policy of policies) {
      if (policy.staged || policy.hostOnly) continue;
      note(policy.selector);
      for (const rule of [...policy.ingress, ...policy.egress]) noteRule(rule);
    }
  // The namespace is in the key itself.
  atoms.delete('projectcalico.org/namespace');
  const asked = [...atoms].map(([key, conditions]) => ({
    key,
    answers: answersOf([...conditions.values()]),
  }));
  const asksAccount = asked.some(({ key }) => key.startsWith('pcsa.'));
  return (pod) => {
    const [world] = worlds;
    const labelOf = world ? podLabels(world, pod) : () => undefined;
    const ports = pod.ports.filter(({ name }) => names.has(name));
    const isKnown =
      world !== undefined && valueAt(world.serviceAccounts, pod.namespace)?.has(pod.serviceAccount) === true;
    return JSON.stringify([
      pod.namespace,
      pod.hostNetwork,
      asked.map(({ answers, key }) => answers(labelOf(key))),
      ports.map(({ name, port, protocol }) => [name, port, protocol]),
      names.size > 0 && pod.ports.length === 0,
      asksAccount && isKnown,
      pod.addresses.map(printAddress),
    ]);
  };
}

/** A number for each way in which values answer some conditions. */
function answersOf(conditions: readonly Atom[]): (value: string | undefined) => number {
  const numbers = new Map<string, number>();
  const known = new Map<string | undefined, number>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const answers = conditions.map((atom) => (evaluateAtom(atom, value) ? '1' : '0')).join('');
    const number = numbers.get(answers) ?? numbers.size;
    numbers.set(answers, number);
    known.set(value, number);
    return number;
  };
}
