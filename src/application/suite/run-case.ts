import { applyPatch } from '../../admission/apply-patch.ts';
import { describe } from '../../admission/message.ts';
import { answerMutate, answerValidate } from '../../admission/review.ts';
import { reportWaivers, waiverRules, type WaiverNotice } from '../../conventions/waiver-report.ts';
import { judge, namespaceOf } from '../../engine/judge.ts';
import { denies, waiversOf } from '../../engine/judgement.ts';
import type { AdmissionRequest } from '../../kubernetes/admission-review.ts';
import {
  groupOf,
  type KubernetesObject,
  type ObjectReference,
  referenceOf,
} from '../../kubernetes/object.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { createInventoryStore } from '../../inventory/inventory-store.ts';
import { rulesFor } from '../../rules/registry.ts';
import { calicoOf, namespacesAmong } from '../check/judge-manifests.ts';
import { type CaseWorld, caseWorld, readObject, readObjects, suiteError } from './case-world.ts';
import { type CaseOutcome, isTold } from './case-outcome.ts';
import type { Suite } from './find-suites.ts';
import type { FlowDocument } from './flow-schema.ts';
import { runFlows } from './run-flow.ts';
import type { CaseDocument, ReviewDocument } from './suite-schema.ts';
import { isClusterScoped } from '../../kinds.ts';

/** Runs one case with the engine of the webhook. */
export async function runCase(suite: Suite, entry: CaseDocument, now: Date): Promise<CaseOutcome> {
  const world = await caseWorld(suite, entry, now);
  if (entry.review) return runReview(suite, entry.review, world);
  if (entry.flow) return askFlows([entry.flow].flat(), world);
  return runManifests(await readObjects(entry.manifests ?? [], suite), world, entry.point ?? 'ci');
}

/** Nothing is judged: what is given is asked about as it is. */
function askFlows(asked: readonly FlowDocument[], { clock, conventions, objects }: CaseWorld): CaseOutcome {
  const flows = runFlows(asked, objects, conventions, clock);
  const isDenied = flows.some(
    (flow) => 'answers' in flow && flow.answers.some(({ verdict }) => verdict !== 'allowed'),
  );
  return {
    decision: isDenied ? 'deny' : 'allow',
    patched: new Set(),
    findings: [],
    message: '',
    warnings: [],
    patch: [],
    notices: [],
    governedBy: [],
    asked: new Set(),
    flows,
    conventions,
  };
}

/** Mutation first, then validation of what came out of it: the order of the API server. */
async function runReview(suite: Suite, review: ReviewDocument, world: CaseWorld): Promise<CaseOutcome> {
  const { conventions, clock } = world;
  const request = await requestOf(suite, review, world);
  const existing = request.oldObject ? withObject(world.objects, request.oldObject) : world.objects;
  const { inventory } = createInventoryStore(calicoOf(conventions, existing), existing);
  const mutated = answerMutate(request, inventory, conventions, clock);
  const object = request.object && applyPatch(request.object, mutated.patch);
  const answer = answerValidate({ ...request, ...(object ? { object } : {}) }, inventory, conventions, clock);
  const subject = object ?? request.oldObject;
  const asked = subject
    ? rulesFor({ operation: review.operation, object: subject }, conventions.declaresWorkload)
    : [];
  return {
    decision: answer.allowed ? 'allow' : 'deny',
    patched: new Set(mutated.patch.length > 0 ? mutated.findings.map(({ rule }) => rule) : []),
    findings: answer.findings,
    message: answer.status?.message ?? '',
    warnings: answer.warnings,
    patch: mutated.patch,
    notices: [],
    governedBy: subject ? governing([subject], inventory, conventions) : [],
    asked: new Set(asked.map(({ id }) => id)),
    flows: [],
    conventions,
  };
}

async function requestOf(
  suite: Suite,
  review: ReviewDocument,
  { objects }: CaseWorld,
): Promise<AdmissionRequest> {
  const { operation, user, groups, dryRun, subResource } = review;
  const object = await readObject(review.object, suite);
  const { apiVersion, kind, metadata } = object;
  const former = operation === 'DELETE' ? object : await formerOf(suite, review, object, objects);
  return {
    uid: 'tollgate-test',
    kind: { group: groupOf(apiVersion), version: apiVersion.slice(apiVersion.indexOf('/') + 1), kind },
    operation,
    user: { username: user, groups },
    dryRun,
    ...(subResource === undefined ? {} : { subResource }),
    ...(metadata.namespace === undefined || isClusterScoped(kind) ? {} : { namespace: metadata.namespace }),
    ...(operation === 'DELETE' ? {} : { object }),
    ...(former ? { oldObject: former } : {}),
  };
}

async function formerOf(
  suite: Suite,
  { operation, oldObject }: ReviewDocument,
  object: KubernetesObject,
  objects: readonly KubernetesObject[],
): Promise<KubernetesObject | undefined> {
  if (operation !== 'UPDATE') return undefined;
  if (oldObject !== undefined) return readObject(oldObject, suite);
  const reference = referenceOf(object);
  const former = objects.find((candidate) => isSame(referenceOf(candidate), reference));
  if (former) return former;
  throw suiteError(
    suite,
    `the object that ${reference.name} was before its update is not given; write oldObject`,
  );
}

function withObject(objects: readonly KubernetesObject[], object: KubernetesObject): KubernetesObject[] {
  const reference = referenceOf(object);
  return [...objects.filter((candidate) => !isSame(referenceOf(candidate), reference)), object];
}

/** The same object may be read in two versions of its group. */
function isSame(a: ObjectReference, b: ObjectReference): boolean {
  return (
    groupOf(a.apiVersion) === groupOf(b.apiVersion) &&
    a.kind === b.kind &&
    a.namespace === b.namespace &&
    a.name === b.name
  );
}

/** The conventions of the namespaces that objects are or live in; what lives outside them has none of its own. */
function governing(
  objects: readonly KubernetesObject[],
  inventory: Inventory,
  conventions: ConventionSet,
): readonly string[] {
  const names = objects.flatMap((object) => {
    const namespace = namespaceOf(object, inventory);
    return (namespace && conventions.governing(namespace)?.name) ?? [];
  });
  return [...new Set(names)].toSorted();
}

function runManifests(
  objects: readonly KubernetesObject[],
  world: CaseWorld,
  point: NonNullable<CaseDocument['point']>,
): CaseOutcome {
  const { conventions, clock } = world;
  const all = objects.reduce(withObject, [...world.objects]);
  const { inventory } = createInventoryStore(calicoOf(conventions, all), all);
  const subjects = objects.map((object) => ({ operation: 'STATE', object }) as const);
  const findings = subjects.flatMap(
    (subject) => judge(subject, inventory, conventions, clock, point).findings,
  );
  const used = new Set(findings.flatMap(waiversOf));
  const notices = reportWaivers(conventions, clock, namespacesAmong(all), { used }, point);
  const told = notices.filter(isTold);
  const said = (wanted: WaiverNotice['action']) =>
    told.filter(({ action }) => action === wanted).map(({ rule, message }) => `${rule}: ${message}`);
  const denied = said('deny');
  return {
    decision: findings.some(denies) || denied.length > 0 ? 'deny' : 'allow',
    patched: new Set(),
    findings,
    message: [...findings.map(describe), ...denied].join('\n'),
    warnings: [...findings.filter((finding) => !denies(finding)).map(describe), ...said('warn')],
    patch: [],
    notices,
    governedBy: governing(objects, inventory, conventions),
    asked: new Set([
      ...subjects.flatMap((subject) => rulesFor(subject, conventions.declaresWorkload).map(({ id }) => id)),
      ...(conventions.waivers.length > 0 ? waiverRules : []),
    ]),
    flows: [],
    conventions,
  };
}
