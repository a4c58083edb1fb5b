import { endOfTier, type TrailStep, type Witness } from '../../calico/index.ts';
import type { Direction } from '../../conventions/convention/convention.ts';
import { nameOf } from '../object-name.ts';
import type { Subject } from '../subject.ts';
import { listInWords } from '../../text/list.ts';
import { plural } from '../../text/plural.ts';

/** The subject and verb of a sentence: `ingress is`, `ingress and egress are`. */
export function directionsInWords(verdicts: readonly { readonly direction: Direction }[]): string {
  const names = verdicts.map(({ direction }) => direction.toLowerCase());
  return `${listInWords(names)} ${plural(names.length, 'is', 'are')}`;
}

/** When what a change does holds: `beside it`, `without it`, `after this change`, `with these labels`. */
export function changeInWords(operation: Subject['operation'], { kind }: { readonly kind: string }): string {
  if (kind === 'Namespace') return 'with these labels';
  if (operation === 'DELETE') return 'without it';
  return operation === 'CREATE' ? 'beside it' : 'after this change';
}

/** At most three names and a count of the rest: `"a", "b", "c" and 9 more`. */
export function namesInWords(names: readonly string[]): string {
  return listInWords(
    names.map((name) => `"${name}"`),
    { most: 3 },
  );
}

/** Whether a message may tell what is in a namespace: of those of others it gives no more than the name. */
export type MayName = (namespace: string) => boolean;

/**
 * The pod that gets out, each decision on its way, and the network sets behind the last of them:
 * `pod {app: x} with service account "default"; …`.
 */
export function escapeInWords(
  witness: Witness,
  decidedBy: readonly TrailStep[],
  direction: Direction,
  mayName: MayName,
): string {
  const steps = decidedBy.map((step) => stepInWords(step, direction));
  const alone = decidedBy.length === 1 && decidedBy[0]?.kind === 'Profile';
  const sets = setsInWords(witness, mayName);
  return `${podInWords(witness)}; ${alone ? 'no policy selects it, so ' : ''}${steps.join(', then ')}${sets}`;
}

function setsInWords({ sets = [] }: Witness, mayName: MayName): string {
  const [first, ...others] = namesOfSets(sets, mayName);
  if (first === undefined) return '';
  return `, which finds ${first}${others.length > 0 ? ` and ${others.length} more` : ''}`;
}

/** Network sets as a message may call them, each once. */
export function namesOfSets(sets: NonNullable<Witness['sets']>, mayName: MayName): readonly string[] {
  const names = sets.map(({ namespace, name }) => {
    if (namespace === undefined) return `GlobalNetworkSet "${name}"`;
    return mayName(namespace)
      ? `NetworkSet "${namespace}/${name}"`
      : `a network set of namespace "${namespace}"`;
  });
  return [...new Set(names)];
}

export function podInWords({ labels, serviceAccount, family, address, podAddress }: Witness): string {
  const pairs = (map: Readonly<Record<string, string>>) =>
    Object.entries(map)
      .map(([key, value]) => `${key}: ${value}`)
      .join(', ');
  const account =
    Object.keys(serviceAccount.labels).length > 0 && !serviceAccount.exists
      ? ` {${pairs(serviceAccount.labels)}}`
      : '';
  const at = podAddress ? ` at ${podAddress}` : '';
  const peer = family === 'IPv6' ? ` over IPv6, e.g. ${address}` : '';
  return `pod {${pairs(labels)}}${at} with service account "${serviceAccount.name}"${account}${peer}`;
}

/** One decision as a Calico user would tell it: tier, kind and name, number of the rule as people count. */
export function stepInWords(
  { tier, kind, namespace, name, rule, written = rule, verdict, tierMissing }: TrailStep,
  direction: Direction,
): string {
  const does = { allow: 'allows', deny: 'denies', pass: 'passes on' }[verdict];
  if (kind === 'Profile') return `Calico's namespace profile ${does}`;
  if (rule === endOfTier)
    return `the end of tier "${tier}"${tierMissing ? ', which does not exist,' : ''} ${does}`;
  const policy = nameOf({ apiVersion: '', kind, name, ...(namespace ? { namespace } : {}) });
  return `${policy} (tier "${tier}") ${does} by its ${direction.toLowerCase()} rule ${written + 1}`;
}
