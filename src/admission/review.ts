import { isDeepStrictEqual } from 'node:util';
import type { ConventionSet } from '../conventions/convention-set.ts';
import { judge } from '../engine/judge.ts';
import { denies, type JudgedFinding } from '../engine/judgement.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { AdmissionRequest } from '../kubernetes/admission-review.ts';
import { isRecord, type KubernetesObject } from '../kubernetes/object.ts';
import { classOf } from '../kubernetes/object-class.ts';
import { podTemplateOf } from '../kubernetes/pod-template.ts';
import { isMutating, readsInventory, rulesFor } from '../rules/registry.ts';
import type { Subject } from '../facts/subject.ts';
import { isFromJudgedTemplate } from '../facts/workload/template-owner.ts';
import { isMirrorPod, judgedOwnerOf } from '../workloads/makers.ts';
import type { Decision } from './decision.ts';
import { denialMessage, shortened, warningsFor } from './message.ts';
import { patchFor } from './patch.ts';
import { markStanding, markWidened } from './ratchet.ts';
import { subjectOf } from './subject.ts';
import { mayTakeAway, reliesOnCover } from './may-open-namespaces.ts';
import { cut } from '../text/cut.ts';

/** Of other kinds only those are judged that make pods, where somebody sends them. */
function isUnjudged(subject: Subject, { declaresWorkload }: ConventionSet): boolean {
  const objectClass = classOf(subject.object);
  return (
    objectClass === 'extension' ||
    (objectClass === 'other' && rulesFor(subject, declaresWorkload).length === 0)
  );
}

/** Answers the validating webhook: the request is refused where a finding denies, and warned about otherwise. */
export function answerValidate(
  request: AdmissionRequest,
  inventory: Inventory,
  conventions: ConventionSet,
  now: Date,
): Decision {
  const subject = subjectOf(request, inventory);
  if (!subject) return pass();
  if (isUnjudged(subject, conventions)) return pass([unjudgedWarning(subject.object)]);
  const judgement = judge(subject, inventory, conventions, now, 'admission');
  const reaches = judgement.reaches ? { reaches: judgement.reaches } : {};
  const passing = {
    restsOnInventory: mayTakeAway(subject) || (judgement.holds === true && reliesOnCover(subject, inventory)),
  };
  if (judgement.findings.length === 0) {
    const passed = judgement.ungoverned ? passUngoverned(subject) : pass();
    return { ...passed, ...reaches, ...passing };
  }
  const marked = markStanding(judgement.findings, subject, inventory, conventions, now);
  const findings = markWidened(marked, subject, inventory, conventions, now);
  const denying = findings.filter(denies);
  const decision = {
    warnings: warningsFor(findings),
    patch: [],
    auditAnnotations: auditAnnotationsFor(findings),
    findings,
    ...reaches,
  };
  if (denying.length === 0) return { allowed: true, ...decision, ...passing };
  return {
    allowed: false,
    status: { code: 403, reason: 'Forbidden', message: denialMessage(findings) },
    ...decision,
    restsOnInventory: denying.some(({ rule }) => readsInventory(rule)),
  };
}

/**
 * Answers the mutating webhook: always allowed, with a patch that adds what the rules with a remedy miss.
 * Objects are patched when they are created, and workloads when their pod template changes anyway, so that no
 * patch ever causes a roll-out that nobody asked for.
 */
export function answerMutate(
  request: AdmissionRequest,
  inventory: Inventory,
  conventions: ConventionSet,
  now: Date,
): Decision {
  const subject = subjectOf(request, inventory);
  if (!subject || request.subResource || !mayChange(subject, inventory)) return pass();
  const judgement = judge(subject, inventory, conventions, now, 'admission', (rule) =>
    isMutating(rule, subject.object),
  );
  const findings = judgement.findings.filter((finding) => finding.fix && !finding.waiver);
  const patch = patchFor(
    subject.object,
    findings.flatMap((finding) => finding.fix ?? []),
  );
  const added = [...new Set(findings.map(({ rule }) => rule))].join(',');
  return { ...pass(), patch, findings, auditAnnotations: patch.length > 0 ? { added } : {} };
}

function mayChange(subject: Subject, inventory: Inventory): boolean {
  const { operation, object, oldObject } = subject;
  if (isMirrorPod(object) || isFromJudgedTemplate(subject, { inventory })) return false;
  if (operation === 'CREATE') return true;
  if (operation !== 'UPDATE' || !oldObject || object.kind === 'Pod') return false;
  // What is changed beside its owner would only be made anew by the owner's controller.
  if (judgedOwnerOf(object)) return false;
  // Of a Job that runs the template can't change; of one that is suspended its labels and annotations can.
  if (object.kind === 'Job' && !isSuspended(oldObject)) return false;
  const [before, after] = [podTemplateOf(oldObject), podTemplateOf(object)];
  return after !== undefined && !isDeepStrictEqual(before, after);
}

/** Source: Kubernetes pkg/apis/batch/validation ValidateJobUpdate, mutable scheduling directives. */
function isSuspended({ spec }: KubernetesObject): boolean {
  return isRecord(spec) && spec.suspend === true;
}

function pass(warnings: readonly string[] = []): Decision {
  return { allowed: true, warnings, patch: [], auditAnnotations: {}, findings: [], restsOnInventory: false };
}

/** Never silently unjudged: the audit log has it of every object, and whoever makes the namespace is told. */
function passUngoverned(subject: Subject): Decision {
  const { operation, object } = subject;
  const name = cut(object.metadata.name ?? '', 63, { mark: '' });
  const warning = shortened(`no convention governs namespace "${name}": tollgate judges nothing in it`);
  return {
    ...pass(object.kind === 'Namespace' && operation === 'CREATE' ? [warning] : []),
    auditAnnotations: { ungoverned: 'no convention governs the namespace' },
  };
}

function unjudgedWarning({ apiVersion, kind }: KubernetesObject): string {
  return shortened(`tollgate judges no ${kind} (${apiVersion}): take it out of the webhook's rules`);
}

function auditAnnotationsFor(findings: readonly JudgedFinding[]): Decision['auditAnnotations'] {
  const named = (keep: (finding: JudgedFinding) => boolean) =>
    [...new Set(findings.filter(keep).map(({ rule }) => rule))].join(',');
  const entries = [
    ['denied', named(denies)],
    ['warned', named((finding) => !denies(finding) && !finding.waiver)],
    ['waived', named((finding) => finding.waiver !== undefined)],
  ] as const;
  return Object.fromEntries(entries.filter(([, rules]) => rules !== ''));
}
