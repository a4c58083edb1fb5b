import type { CalicoStatement } from '../../inventory/calico-in-force.ts';
import type { LinkerdProfile, NameServer } from '../../linkerd/index.ts';
import type { LabelSelector } from '../../kubernetes/label-selector.ts';
import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import type { StringMap } from '../../kubernetes/object.ts';
import type { CustomWorkload } from '../../workloads/custom/custom-workload.ts';
import type { Action, Point } from '../document/action.ts';
import type { DocumentSource } from '../document/document-source.ts';
import { type FamilyName } from '../../kubernetes/net/family.ts';
import { type Direction } from '../../kubernetes/direction.ts';

export type { Direction };
export type Family = FamilyName;

export interface DefaultDenyConvention {
  readonly directions: readonly Direction[];
  readonly families: readonly Family[];
  /** `reject`: an uncovered namespace is refused; `hold`: admitted, and its workloads refused until it is covered. */
  readonly onMissing: 'reject' | 'hold';
  /** Put on new governed namespaces by the mutating webhook, so that a GlobalNetworkPolicy covers them ("born closed"). */
  readonly coverLabel?: { readonly key: string; readonly value: string };
  /** Labels that no pod of a governed namespace has, as the convention says, and refuses what has one; in their order. */
  readonly forbiddenLabels: readonly string[];
}

export interface MeshConvention {
  readonly inject: 'enabled' | 'ingress' | 'off';
  readonly linkerd: LinkerdProfile;
  /** What of that the convention says itself; all else is as Linkerd comes. */
  readonly stated: readonly (keyof LinkerdProfile)[];
  /** Annotations that governed namespaces must carry; added when one is created, never overwritten. */
  readonly namespaces: StringMap;
}

/** Where the value of a label comes from; `firstOf` takes the first source that has one. */
export type LabelSource =
  | { readonly podLabel: string }
  | { readonly namespaceLabel: string }
  | { readonly workloadName: Readonly<Record<string, never>> }
  | { readonly namespaceName: Readonly<Record<string, never>> }
  | { readonly serviceAccount: Readonly<Record<string, never>> }
  | { readonly literal: string }
  | { readonly firstOf: readonly LabelSource[] };

/** What a label's value must match as a whole; the source is as written in the convention. */
export interface LabelPattern {
  readonly source: string;
  readonly test: (value: string) => boolean;
}

export interface LabelConvention {
  readonly key: string;
  readonly value?: LabelSource;
  /** Denied where no value can be found. */
  readonly required: boolean;
  readonly allowed?: readonly string[];
  readonly pattern?: LabelPattern;
  /** No workload may have it. */
  readonly forbidden: boolean;
}

/** A database or broker that a convention knows by its labels. */
export interface StoreConvention {
  readonly name: string;
  readonly selector: LabelSelector;
  /** The name of its kind in small letters, as in `store-kinds.ts`. */
  readonly protocol?: string;
  readonly ports?: readonly number[];
  readonly clients?: readonly StoreClient[];
}

/** Who may use a store: one service account of a namespace, or all of them. */
export interface StoreClient {
  readonly namespace: string;
  readonly serviceAccount?: string;
}

/** What a convention says about one rule or group; points that are not named keep what they had. */
export interface RuleSetting {
  readonly actions: Readonly<Partial<Record<Point, Action>>>;
  /** Midnight UTC of the day from which `deny` denies. */
  readonly since?: Date;
}

/** What waivers may do where a convention governs. */
export interface WaiverTerms {
  readonly maxDays?: number;
  /** Fields that waivers must have besides owner, reason and until. */
  readonly requiredFields: readonly ('from' | 'ticket' | 'approvedBy')[];
  readonly wholeGroups: boolean;
  readonly byAnnotation: boolean;
  /** Rule ids, and groups as `gate/*`, that nothing waives. */
  readonly never: ReadonlySet<string>;
  /** What the match of a waiver must name. */
  readonly mustName: readonly ('namespaces' | 'kinds' | 'names')[];
  /** Whether names may have wildcards. */
  readonly globs: boolean;
  /** The most objects that a waiver may name. */
  readonly maxObjects?: number;
  /** Rule ids, and groups as `gate/*`, that are waived only for the findings that a waiver lists. */
  readonly mustPin: ReadonlySet<string>;
  /** Who may have approved a waiver, where only some may. */
  readonly approvers?: readonly string[];
}

/** One convention, compiled: selectors parsed, globs and patterns ready, defaults filled in. */
export interface Convention {
  readonly name: string;
  readonly priority: number;
  readonly namespaces: { readonly selector: LabelSelector; readonly exclude: readonly string[] };
  readonly selects: (namespace: NamespaceIdentity) => boolean;
  readonly defaultDeny?: DefaultDenyConvention;
  readonly mesh?: MeshConvention;
  readonly labels: readonly LabelConvention[];
  readonly stores: readonly StoreConvention[];
  /** Kinds of custom resources that make pods, beside those of the table. */
  readonly workloads: readonly CustomWorkload[];
  readonly nameServer: NameServer;
  /** By rule id, and by group as `gate/*`. */
  readonly rules: ReadonlyMap<string, RuleSetting>;
  readonly waivers: WaiverTerms;
  /** The conventions that it stands for where it was made of several: each rule has the strictest action of theirs. */
  readonly madeOf?: readonly [Convention, ...Convention[]];
  /** The document that it was read from. */
  readonly source: DocumentSource;
  /** How Calico runs: its mode where no cluster shows it beyond doubt, and its version. */
  readonly calico: CalicoStatement;
}
