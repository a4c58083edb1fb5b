import { endOfTier, type TrailStep, type Witness } from '../../calico/index.ts';
import type { Direction } from '../../conventions/convention.ts';
import { nameOf } from '../object-name.ts';

/** The subject and verb of a sentence: `ingress is`, `ingress and egress are`. */
export function directionsInWords(verdicts: readonly { readonly direction: Direction }[]): string {
  const names = verdicts.map(({ direction }) => direction.toLowerCase());
  return `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'}`;
}

/** At most three names and a count of the rest: `"a", "b", "c" and 9 more`. */
export function namesInWords(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `"${name}"`);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

/** The pod that gets out, and each decision on its way: `pod {app: x} with service account "default"; …`. */
export function escapeInWords(
  witness: Witness,
  decidedBy: readonly TrailStep[],
  direction: Direction,
): string {
  const steps = decidedBy.map((step) => stepInWords(step, direction));
  const alone = decidedBy.length === 1 && decidedBy[0]?.kind === 'Profile';
  return `${podInWords(witness)}; ${alone ? 'no policy selects it, so ' : ''}${steps.join(', then ')}`;
}

function podInWords({ labels, serviceAccount, family, address, podAddress }: Witness): string {
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
