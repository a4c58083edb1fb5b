import type { Policy } from '../../calico/index.ts';
import type { Look } from '../limits.ts';
import type { LabelNeed } from './label-need.ts';
import { nearestWord, oneSlip } from '../../text/nearest-word.ts';

/** What one policy asks for. */
export type PolicyNeed = LabelNeed & { readonly policy: Policy };

/** A label that is probably meant to be another one. */
export interface LabelSlip {
  readonly key: string;
  readonly value: string;
  readonly meant: { readonly key: string; readonly value: string };
  readonly policy: Policy;
}

/**
 * The labels of a template by which it narrowly misses what policies ask for; `others` are the labels of the other
 * workloads of the namespace, as `key=value`.
 */
export function slipsOf(
  wanted: readonly PolicyNeed[],
  labels: ReadonlyMap<string, string>,
  others: () => ReadonlySet<string>,
  look: Look,
): readonly LabelSlip[] {
  const askedFor = new Map<string, Set<string>>();
  for (const { key, values = [] } of wanted) {
    const known = askedFor.get(key) ?? new Set<string>();
    for (const value of values) known.add(value);
    askedFor.set(key, known);
  }
  // Each is compared with each that a policy asks for.
  const candidates = [...labels.keys()].filter((key) => !askedFor.has(key) && look.more());
  const slips = new Map<string, LabelSlip>();
  for (const { key, policy, values } of wanted) {
    const value = labels.get(key);
    const slip =
      value === undefined
        ? slipOfKey(key, values, labels, candidates)
        : slipOfValue(key, value, values ?? [], askedFor, others);
    if (slip && !slips.has(slip.key)) slips.set(slip.key, { ...slip, policy });
  }
  return [...slips.values()];
}

/** Another key that is nearly this one, that no policy asks for, and whose value is one that the policy wants. */
function slipOfKey(
  key: string,
  values: readonly string[] | undefined,
  labels: ReadonlyMap<string, string>,
  candidates: readonly string[],
): Omit<LabelSlip, 'policy'> | undefined {
  const near = nearestWord(key, candidates, oneSlip);
  const value = near === undefined ? undefined : labels.get(near);
  if (near === undefined || value === undefined || values?.includes(value) === false) return undefined;
  return { key: near, value, meant: { key, value } };
}

/** A value that no policy wants, nearly one that a policy wants and no other workload of the namespace has. */
function slipOfValue(
  key: string,
  value: string,
  values: readonly string[],
  askedFor: ReadonlyMap<string, ReadonlySet<string>>,
  others: () => ReadonlySet<string>,
): Omit<LabelSlip, 'policy'> | undefined {
  if (askedFor.get(key)?.has(value)) return undefined;
  const near = nearestWord(value, values, oneSlip);
  if (near === undefined || withoutDigits(near) === withoutDigits(value) || others().has(`${key}=${near}`))
    return undefined;
  return { key, value, meant: { key, value: near } };
}

/** `web-1` and `web-2` are two names, not one and its misspelling. */
function withoutDigits(text: string): string {
  return text.replaceAll(/[0-9]+/g, '');
}
