import type { ConventionSet } from '../conventions/convention-set.ts';
import type { Point } from '../conventions/document/action.ts';
import type { Convention } from '../conventions/convention/convention.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { overlay } from '../inventory/overlay.ts';
import { namespaceIdentity, type NamespaceIdentity } from '../kubernetes/namespace.ts';
import { annotationsOf, referenceOf, type KubernetesObject } from '../kubernetes/object.ts';
import { createScope } from '../memo/scope.ts';
import { ruleIds, rulesFor } from '../rules/registry.ts';
import type { Finding } from '../facts/finding.ts';
import type { Rule } from '../rules/define-rule.ts';
import type { RuleContext, Subject } from '../facts/subject.ts';
import { pinnableOf } from '../facts/waiver/pinnable.ts';
import { createFindingList, type FindingDecision } from './finding-list.ts';
import type { JudgedFinding, Judgement } from './judgement.ts';
import { rememberLast } from '../memo/last.ts';
import { isClusterScoped } from '../kinds.ts';

/**
 * The engine: an object, what exists, the conventions and the clock become findings, and each finding a decision.
 *
 *     subject ─▶ rules for its kind and operation (rules/registry.ts)
 *        │          │  each asks facts; a scope remembers them for this judgement
 *        ▼          ▼
 *     overlay ─▶ findings ─▶ decide: the action of the convention that governs whoever suffers, its waivers
 *                               │
 *                               ▼
 *                           judgement (judgement.ts) ─▶ admission, `tollgate check`, audit.ts, pod-audit.ts
 *
 * Start here, then judgement.ts (what comes out) and audit.ts (the same question about a whole cluster).
 *
 * Judges one subject: every rule for its kind and operation, with the action that the governing convention
 * gives each finding and the waiver that covers it.
 *
 * Total and synchronous; `inventory` is what exists before the subject's change, and the clock is an argument,
 * so that webhook, CI, audit and policy tests get the same answer to the same question.
 */
export function judge(
  subject: Subject,
  inventory: Inventory,
  conventions: ConventionSet,
  now: Date,
  point: Point,
  keep: (rule: Rule) => boolean = isAnyRule,
): Judgement {
  const isInFiles = point === 'ci' && subject.operation === 'STATE';
  const asked = rulesFor(subject, conventions.declaresWorkload).filter(
    (rule) => keep(rule) && !(isInFiles && rule.ofRunning),
  );
  if (asked.length === 0) return { findings: [] };
  const after = inventoryAfter(subject, inventory);
  const namespace = namespaceOf(subject.object, after);
  const convention = namespace ? governingOf(subject, namespace, conventions) : conventions.clusterWide();
  const ungoverned = namespace && !convention ? (true as const) : undefined;
  // A change can bear on others wherever it is made.
  const rules = ungoverned ? asked.filter(({ reaches }) => reaches) : asked;
  if (ungoverned && rules.length === 0) return { findings: [], ungoverned };
  const context: RuleContext = {
    now,
    point,
    inventory: after,
    before: inventory,
    conventions,
    ...(convention ? { convention } : {}),
    knownRules: ruleIds,
    answers: createScope(),
  };
  const findings: JudgedFinding[] = [];
  for (const rule of rules) {
    if (isOffAltogether(rule, context)) continue;
    const found = rule.check(subject, context);
    // Most rules find nothing, and that costs nothing.
    if (found.length === 0) continue;
    const decideOn = rememberLast(
      { name: 'decision on the last finding', isSame: conventions.pinned ? isOne : isAlike },
      (finding: Finding) => decide(rule, finding, context, namespace, subject.object),
    );
    const list = createFindingList(subject.object);
    for (const finding of found) {
      const decision = decideOn(finding);
      if (decision) list.add(finding, decision);
    }
    for (const finding of list.findings()) findings.push(finding);
  }
  const others = new Set(rules.flatMap(({ reaches }) => reaches?.(subject, context) ?? []));
  return {
    findings,
    ...(convention ? { convention: convention.name } : {}),
    ...(ungoverned ? { ungoverned } : {}),
    ...(convention?.defaultDeny?.onMissing === 'hold' ? { holds: true as const } : {}),
    ...(others.size > 0 ? { reaches: [...others] } : {}),
  };
}

function isAnyRule(): boolean {
  return true;
}

/**
 * Whether nothing that a rule finds can matter: it is off for want of a word on it, and what is off by itself tells of
 * its own namespace alone.
 */
function isOffAltogether(rule: Rule, { convention, conventions, now, point }: RuleContext): boolean {
  return rule.defaultAction === 'off' && conventions.actionFor(rule, convention, point, now).action === 'off';
}

/** The identity of the namespace an object lives in, or is; undefined for every other cluster-wide object. */
export function namespaceOf(object: KubernetesObject, inventory: Inventory): NamespaceIdentity | undefined {
  if (object.kind === 'Namespace') return namespaceIdentity(object.metadata.name ?? '', object);
  const name = object.metadata.namespace;
  if (!name || isClusterScoped(object.kind)) return undefined;
  return namespaceIdentity(name, inventory.namespace(name));
}

/** A namespace does not leave its convention by the very change that takes it out of the convention's selector. */
function governingOf(
  { object, oldObject }: Subject,
  namespace: NamespaceIdentity,
  conventions: ConventionSet,
): Convention | undefined {
  const former =
    object.kind === 'Namespace' && oldObject ? namespaceIdentity(namespace.name, oldObject) : namespace;
  return conventions.governing(namespace) ?? conventions.governing(former);
}

function inventoryAfter({ operation, object }: Subject, inventory: Inventory): Inventory {
  if (operation === 'STATE') return inventory;
  return overlay(inventory, operation === 'DELETE' ? { remove: [referenceOf(object)] } : { put: [object] });
}

function decide(
  rule: Rule,
  finding: Finding,
  context: RuleContext,
  namespace: NamespaceIdentity | undefined,
  object: KubernetesObject,
): FindingDecision | undefined {
  const { conventions, point, now } = context;
  const suffering = affectedNamespace(finding, context);
  const convention = suffering ? conventions.governing(suffering) : context.convention;
  const identity = { id: rule.id, defaultAction: finding.defaultAction ?? rule.defaultAction };
  const { action, since } = conventions.actionFor(identity, convention, point, now);
  if (action === 'off') return undefined;
  const isForeign = namespace !== undefined && suffering !== undefined && suffering.name !== namespace.name;
  // Nobody waives for others what an object of their own takes from them.
  const carried = isForeign ? undefined : annotationsOf(object);
  const waivable = conventions.pinned ? { ...finding, pinnable: () => pinnableOf(finding, object) } : finding;
  const waiver = conventions.waiverFor(waivable, suffering ?? namespace, now, carried);
  const lapsed = waiver ? undefined : conventions.lapseFor(waivable, suffering ?? namespace, now);
  return {
    action: finding.advisory ? 'warn' : action,
    ...(since && action === 'warn' ? { deniesFrom: since.toISOString().slice(0, 10) } : {}),
    ...(waiver ? { waiver } : lapsed ? { lapsed } : {}),
  };
}

/** Whether two findings of a rule differ in nothing that decides, as most do; there may be many of them. */
function isAlike(one: Finding, other: Finding): boolean {
  return (
    one.advisory === other.advisory &&
    one.defaultAction === other.defaultAction &&
    one.namespace === other.namespace &&
    one.object.name === other.object.name &&
    one.object.namespace === other.object.namespace &&
    one.object.kind === other.object.kind &&
    one.object.apiVersion === other.object.apiVersion
  );
}

/** Where waivers are for single findings, each finding is decided by itself. */
function isOne(one: Finding, other: Finding): boolean {
  return one === other;
}

/** A change that takes something from a namespace is judged by that namespace's convention and waivers. */
function affectedNamespace({ namespace }: Finding, { before }: RuleContext): NamespaceIdentity | undefined {
  const object = namespace === undefined ? undefined : before.namespace(namespace);
  return namespace === undefined ? undefined : namespaceIdentity(namespace, object);
}
