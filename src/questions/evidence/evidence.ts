import type { RuleId } from '../../conventions/document/action.ts';
import type { WaiverStanding } from '../../conventions/waiver-standing.ts';
import type { Gap } from '../../inventory/inventory.ts';
import type { Direction } from '../../kubernetes/direction.ts';
import type { FamilyName } from '../../kubernetes/net/family.ts';
import type { ObjectReference } from '../../kubernetes/object.ts';

/** What an auditor keeps: how each namespace and workload stood at one time, by which documents, and who answers for the rest. */
export interface Evidence {
  /** When it was taken, RFC 3339. */
  readonly taken: string;
  /** Of the conventions and waivers as a whole: two records with the same hash were judged by the same documents. */
  readonly hash: string;
  readonly conventions: readonly ConventionEvidence[];
  /** Governed namespaces, by name. */
  readonly namespaces: readonly NamespaceEvidence[];
  /** Namespaces that no convention governs. */
  readonly excluded: readonly Exclusion[];
  readonly mesh: MeshEvidence;
  readonly waivers: readonly WaiverEvidence[];
  /** The waivers that have not ended, by the month in which they end, the next one first. */
  readonly burnDown: readonly MonthOfEnds[];
  /** Rules that deny from a day still to come. */
  readonly announced: readonly AnnouncedRule[];
  readonly controls: readonly ControlEvidence[];
  /** What could not be read, and may decide. */
  readonly gaps: readonly Gap[];
}

export interface ConventionEvidence {
  readonly name: string;
  readonly file: string;
  readonly hash: string;
  /** The Linkerd that it judges for. */
  readonly linkerd?: string;
}

export interface NamespaceEvidence {
  readonly name: string;
  readonly convention: string;
  /** Every direction and family, asked for or not. */
  readonly directions: readonly DirectionEvidence[];
}

/** How one direction of a namespace stands in one address family. */
export interface DirectionEvidence {
  readonly direction: Direction;
  readonly family: FamilyName;
  readonly state: 'closed' | 'open' | 'unknown';
  /** Whether the convention asks for it to be closed. */
  readonly asked: boolean;
  /** For `closed`: the policies that close it, and the decision in words. */
  readonly closedBy: readonly ObjectReference[];
  readonly decision?: string;
  /** For `closed`: rules that open something all the same, since somebody asked for it. */
  readonly opened?: number;
  /** For the others: the pod that gets out, or what stands in the way of an answer. */
  readonly why?: string;
}

export interface Exclusion {
  readonly name: string;
  readonly why: string;
}

export interface MeshEvidence {
  /** Workloads that a convention wants in the mesh. */
  readonly wanted: number;
  readonly meshed: number;
  /** Of those, the ones to which admission adds the annotation that they lack. */
  readonly byAdmission: number;
  readonly outside: readonly OutsideMesh[];
}

export interface OutsideMesh {
  readonly object: ObjectReference;
  readonly why: string;
  /** The waivers under which it may stay outside. */
  readonly waivers: readonly string[];
}

export interface WaiverEvidence {
  readonly name: string;
  readonly owner: string;
  readonly reason: string;
  readonly rules: readonly string[];
  readonly ticket?: string;
  readonly approvedBy?: string;
  readonly from?: string;
  readonly until: string;
  /** Where it is written: a file, or the object that carries it as an annotation. */
  readonly source: string;
  readonly state: WaiverStanding['reason'];
  readonly covers: {
    readonly findings: number;
    readonly objects: number;
    readonly namespaces: readonly string[];
  };
}

export interface MonthOfEnds {
  /** YYYY-MM. */
  readonly month: string;
  readonly waivers: readonly string[];
  /** Findings that stand unwaived after it, unless somebody repairs or renews. */
  readonly findings: number;
}

export interface AnnouncedRule {
  readonly convention: string;
  readonly rule: string;
  readonly since: string;
}

/** A control, what of it is looked at here, and how that stands. */
export interface ControlEvidence {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly part: string;
  /**
   * `nothing found`: no rule of it finds anything, and no more than that. `off`: a convention that governs does not ask
   * for what the control is about, or has one of its rules off, or none governs anything.
   */
  readonly state: 'nothing found' | 'waived' | 'found' | 'unknown' | 'off';
  readonly rules: readonly RuleEvidence[];
}

export interface RuleEvidence {
  readonly rule: RuleId;
  readonly deny: number;
  readonly warn: number;
  readonly waived: number;
}

/** What the engine has found, as far as evidence tells of it. */
export interface EvidenceFinding {
  readonly rule: RuleId;
  readonly outcome: 'deny' | 'warn' | 'waived';
  readonly object: ObjectReference;
  /** The namespace that suffers, where it is not the object's own. */
  readonly namespace?: string;
  /** Of what is open by it, where it is about directions. */
  readonly directions?: readonly Direction[];
  readonly waivers: readonly string[];
  /** The waiver that is told of, of several that cover it. */
  readonly waiver?: Pick<
    WaiverEvidence,
    'name' | 'owner' | 'reason' | 'ticket' | 'approvedBy' | 'from' | 'until'
  >;
}
