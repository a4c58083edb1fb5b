import { rememberByOwner } from '../../../memo/by-owner.ts';
import type { KnownAccount } from '../../labels/account-labels.ts';
import type { NamespaceLike } from '../../labels/namespace-labels.ts';
import type { VersionTraits } from '../../policy/calico-version.ts';
import type { Tier } from '../../state/tier.ts';
import type { CoverageOptions, Family } from '../coverage.ts';
import type { NetworkSets } from '../facts/network-sets.ts';
import { signatureIn } from '../facts/signature.ts';
import type { NamespaceClass } from './namespace-class.ts';
import type { OwnPolicies } from './own-policies.ts';

/** Everything that a verdict on cover depends on, but the direction: results are kept by that under their key. */
export interface CoverageInputs {
  readonly families: readonly Family[];
  readonly doubts: NonNullable<CoverageOptions['doubts']>;
  /** All tiers in the order of the walk. */
  readonly tiers: readonly Tier[];
  /** The cluster-wide policies that can select a pod of the namespace. */
  readonly namespaceClass: NamespaceClass;
  /** The policies of the namespace itself. */
  readonly own: OwnPolicies;
  readonly traits: Pick<VersionTraits, 'tieKey'>;
  readonly namespace: NamespaceLike;
  /** The service accounts of the namespace. */
  readonly accounts: readonly KnownAccount[];
  /** The network sets of the cluster, where there are any. */
  readonly sets: NetworkSets | undefined;
}

/**
 * The key of a verdict: equal for two namespaces, of one world or of two, between which nothing tells but their names.
 * It holds an input only as far as some policy looks at it, so that namespaces which are alike share a verdict. An input
 * that is not named here must not have a part in a verdict.
 */
export function coverageKey(inputs: CoverageInputs): string {
  const { families, doubts, tiers, namespaceClass, own, namespace, accounts, sets } = inputs;
  const { absent = [] } = namespace;
  const details = [
    ...(absent.length > 0 ? [{ absent }] : []),
    ...(asksAccounts(inputs) ? [accounts] : []),
    ...(tellsNamespaces(inputs) ? [namespace.name, namespace.labels] : []),
    ...setDetails(inputs),
  ];
  const rest = details.length > 0 ? signatureIn([JSON.stringify(details)]) : '';
  const question = `${families.join()} ${doubts} ${signatureOfTiers(tiers)} ${sets?.largeSignature ?? ''}`;
  return `${question} ${namespaceClass.signature} ${own.signature} ${rest}`;
}

/** Whether some policy can tell service accounts apart. */
export function asksAccounts({
  namespaceClass,
  own,
}: Pick<CoverageInputs, 'namespaceClass' | 'own'>): boolean {
  return namespaceClass.asksAccounts || own.asksAccounts;
}

/**
 * Whether the namespace's own policies can tell any two namespaces apart: by what they ask about names and labels, or
 * by their order, where names with the namespace in them decide between policies of the same order.
 */
function tellsNamespaces({ own, traits }: CoverageInputs): boolean {
  return own.policies.length > 0 && (own.asksOtherNamespaces || traits.tieKey === 'tiered-name');
}

/** Beside the large sets, which can hold any address: those of its own namespace, and all for the pod's own address. */
function setDetails({ sets, namespace, namespaceClass, own }: CoverageInputs): readonly unknown[] {
  if (!sets) return [];
  const asksPodEnds = namespaceClass.asksPodEnds || own.asksPodEnds;
  return [
    ...(sets.inNamespace(namespace.name).length > 0 ? [{ setsOf: namespace.name }] : []),
    ...(asksPodEnds ? [{ all: sets.signature() }] : []),
  ];
}

/** The list stays the same object for as long as the tiers do: never stale. */
const signatureOfTiers = rememberByOwner({ name: 'signatures of tiers' }, (tiers: readonly Tier[]) =>
  signatureIn([JSON.stringify(tiers)]),
);
