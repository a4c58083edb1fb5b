import type { DefaultAction, Point, RuleId } from '../conventions/action.ts';
import type { Convention } from '../conventions/convention.ts';
import type { ConventionSet } from '../conventions/convention-set.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { JsonPointer } from '../kubernetes/json-pointer.ts';
import type { KubernetesObject, ObjectReference } from '../kubernetes/object.ts';

/**
 * "This should be here": the whole value at a pointer, or its removal. Parents that are absent are implied.
 * Admission turns edits into JSON Patch, `tollgate fix` into text, SARIF into `fixes[]`.
 */
export type Edit =
  | { readonly pointer: JsonPointer; readonly value: unknown }
  | { readonly pointer: JsonPointer; readonly remove: true };

/** One thing that is wrong with one object. The sentences are complete: what, where, why, what to write instead. */
export interface Finding {
  readonly rule: RuleId;
  readonly object: ObjectReference;
  /** Where in the object; empty for the object as a whole. */
  readonly pointer: JsonPointer;
  /** One sentence without a full stop that names the object and what is wrong. */
  readonly message: string;
  readonly found?: string;
  /** What would be right, ready to be copied. */
  readonly expected?: string;
  /** The pod, label set, flow or namespaces that prove the finding, and what decides; or simply why it is so. */
  readonly witness?: string;
  readonly fix?: readonly Edit[];
  /** What happens where a convention says nothing of the rule, where that differs from the rule's own default. */
  readonly defaultAction?: DefaultAction;
  /** Never more than a warning, whatever the rule's action: what it says is true, but nothing is open because of it. */
  readonly advisory?: true;
  /** What whoever asked must not be told, since it is in the namespace of others: the log has it. */
  readonly forLog?: string;
  /** The namespace that suffers, where it is not the object's own: its convention and its waivers decide. */
  readonly namespace?: string;
}

/** What is judged: an object that is created, changed or deleted, or (`STATE`) that simply exists, in CI and audit. */
export interface Subject {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'STATE';
  /** The incoming object; for DELETE the object that goes. */
  readonly object: KubernetesObject;
  /** UPDATE only: the object as it was. */
  readonly oldObject?: KubernetesObject;
  readonly user?: { readonly username: string; readonly groups: readonly string[] };
}

/** Everything a rule may look at besides its subject. */
export interface RuleContext {
  readonly now: Date;
  readonly point: Point;
  /** What exists once the subject's change has gone through. */
  readonly inventory: Inventory;
  /** What exists before it; the same as `inventory` for STATE. */
  readonly before: Inventory;
  readonly conventions: ConventionSet;
  /** The convention that governs the subject's namespace; undefined for ungoverned and for cluster-wide objects. */
  readonly convention?: Convention;
  /** What rules have worked out together in this judgement. @see oncePerJudgement */
  readonly answers: unknown[];
}

/** Selects the objects a rule is about. */
export interface KindMatcher {
  /** `Kind` or `Kind.group`; `workload` for every object with a pod template, `policy` for all that policies are made of. */
  readonly kinds: readonly string[];
  readonly operations: readonly Subject['operation'][];
}

export interface Rule {
  readonly id: RuleId;
  /** One sentence that names what the rule finds. */
  readonly title: string;
  readonly appliesTo: KindMatcher;
  /** What happens where a convention says nothing. */
  readonly defaultAction: DefaultAction;
  /** What a witness of this rule is called where it is not a mere reason: a pod that escapes. */
  readonly witnessIs?: 'escapes';
  /**
   * Whether the mutating webhook applies the fixes of this rule; `templates`: to what pods are made of, and not to pods,
   * which may be somebody's who compares them with what he made.
   */
  readonly mutates?: true | 'templates';
  /** Whether the verdict depends on other objects than the subject, so that a denial is worth a fresh look. */
  readonly readsInventory?: boolean;
  /** What it says of a pod is settled when the pod is made, so no change of a running one is judged by it. */
  readonly settledAtBirth?: true;
  /** What it says of an existing object is about one that runs, which no file shows: it is not asked in CI. */
  readonly ofRunning?: true;
  /** Whether a finding of the same kind in the old object keeps the new one from denying (default true). */
  readonly ratchet?: boolean;
  /** What a change brings is told of the change, and what exists of whom it hurts: so CI and cluster name different objects. */
  readonly tellsOfChange?: true;
  /**
   * The namespaces beyond the subject's own that the rule judges as well. A rule that has this is asked where no
   * convention governs the subject, too.
   */
  readonly reaches?: (subject: Subject, context: RuleContext) => readonly string[];
  readonly check: (subject: Subject, context: RuleContext) => readonly Finding[];
}
