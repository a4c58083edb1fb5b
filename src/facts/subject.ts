import type { Convention } from '../conventions/convention/convention.ts';
import type { ConventionSet } from '../conventions/convention-set.ts';
import type { Point, RuleId } from '../conventions/document/action.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Scope } from '../memo/scope.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';

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
  /** The ids of all rules there are, which a waiver may name. */
  readonly knownRules: readonly RuleId[];
  /** What rules have worked out together in this judgement. @see rememberInScope */
  readonly answers: Scope;
}

/** Selects the objects a rule is about. */
export interface KindMatcher {
  /**
   * `Kind` or `Kind.group`; `workload` for every object with a pod template, `pod-maker` for custom resources
   * of which others make pods, `annotated` for custom resources with annotations of Linkerd's, `policy` for all that policies are made of.
   */
  readonly kinds: readonly string[];
  readonly operations: readonly Subject['operation'][];
}
