import type { StringMap } from '../../kubernetes/object.ts';
import { isDroppedFromPods } from '../labels/inherited-labels.ts';
import type { Selector } from '../selector/ast.ts';
import { atomsByKey } from '../selector/atoms.ts';
import { labelClasses } from '../selector/label-classes.ts';
import { resolveSelector } from '../selector/resolve.ts';
import { podLabels } from '../state/endpoint-labels.ts';
import type { PolicyWorld } from '../state/policy-world.ts';

/** Labels of pods that could be created in a namespace. */
export interface PossibleLabels {
  /** One pod for each way in which selectors can answer, those with the fewest labels first. */
  readonly labels: readonly StringMap[];
  /** False where there are more ways than were made. */
  readonly isAll: boolean;
}

/**
 * The labels that pods of a namespace can have, as far as the selectors of the policies in force tell them apart.
 * @param most how many ways are made at most
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'web', namespace: 'shop' };
 * const world = createPolicyWorld([{ ...head, metadata, spec: { selector: "app == 'web'" } }], { mode: 'v3crd' });
 * possibleLabels([world], 'shop', 10).labels; // [{}, { app: 'web' }]
 */
export function possibleLabels(
  worlds: readonly PolicyWorld[],
  namespace: string,
  most: number,
): PossibleLabels {
  const open = worlds.flatMap((world) => openSelectors(world, namespace));
  const keys = [...atomsByKey(...open)].filter(([key]) => !isDroppedFromPods(key) && !isDerived(key));
  let labels: readonly StringMap[] = [{}];
  let isAll = true;
  for (const [key, atoms] of keys) {
    const { complete, representatives } = labelClasses(atoms);
    const next = labels.flatMap((one) =>
      representatives.map((value): StringMap => (value === undefined ? one : { ...one, [key]: value })),
    );
    isAll &&= complete && next.length <= most;
    labels = next.slice(0, most);
  }
  return {
    labels: labels.toSorted((one, other) => Object.keys(one).length - Object.keys(other).length),
    isAll,
  };
}

function isDerived(key: string): boolean {
  return key.startsWith('projectcalico.org/');
}

/** What the selectors of the policies in force ask of a pod once its namespace is known. */
function openSelectors(world: PolicyWorld, namespace: string): readonly Selector[] {
  const labelOf = podLabels(world, { namespace, labels: {}, serviceAccount: 'default' });
  const found: Selector[] = [];
  const note = (selector: Selector | undefined) => {
    if (!selector) return;
    const known = [...atomsByKey(selector).keys()].filter((key) => isDropped(key));
    const resolved = resolveSelector(selector, new Map(known.map((key) => [key, labelOf(key)])));
    if (typeof resolved !== 'boolean') found.push(resolved);
  };
  for (const policy of world.policies) {
    if (policy.staged || policy.hostOnly) continue;
    note(policy.selector);
    for (const { destination, source } of [...policy.ingress, ...policy.egress])
      for (const { notSelector, selector } of [source, destination]) {
        note(selector);
        note(notSelector);
      }
  }
  return found;
}

/** What a pod has from its namespace, its account or Calico itself. */
function isDropped(key: string): boolean {
  return isDroppedFromPods(key) || isDerived(key);
}
