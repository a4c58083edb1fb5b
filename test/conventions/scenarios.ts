import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { applyPatch } from '../../src/admission/apply-patch.ts';
import { answerMutate, answerValidate } from '../../src/admission/review.ts';
import { calicoOf } from '../../src/application/check/judge-manifests.ts';
import type { Point } from '../../src/conventions/document/action.ts';
import type { ConventionSet } from '../../src/conventions/convention-set.ts';
import { judge } from '../../src/engine/judge.ts';
import type { JudgedFinding } from '../../src/engine/judgement.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { referenceOf } from '../../src/kubernetes/object.ts';

/** Something that is decided: manifests, or a request to a cluster that holds some objects. */
export interface Scenario {
  readonly name: string;
  readonly given?: readonly KubernetesObject[];
  readonly manifests?: readonly KubernetesObject[];
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly object?: KubernetesObject;
}

/** The examples of the documentation of the rules, by the name of their case. */
export function documentedScenarios(): readonly Scenario[] {
  const folder = join(import.meta.dirname, '../../examples/rules');
  return readdirSync(folder).flatMap((file) => {
    const suite = load(readFileSync(join(folder, file), 'utf8')) as { readonly cases: readonly SuiteCase[] };
    return suite.cases.map(({ name, given, manifests, review }) => ({
      name,
      given: given?.objects ?? [],
      ...(manifests ? { manifests } : {}),
      ...review,
    }));
  });
}

interface SuiteCase {
  readonly name: string;
  readonly given?: { readonly objects?: readonly KubernetesObject[] };
  readonly manifests?: readonly KubernetesObject[];
  readonly review?: { readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'; readonly object: KubernetesObject };
}

/** Everything that is decided of a scenario, one line each: rules with what becomes of them, and patches. */
export function decisionOf(
  { given = [], manifests, operation, object }: Scenario,
  conventions: ConventionSet,
  now: Date,
  point: Point = 'ci',
): readonly string[] {
  const isOwn = (candidate: KubernetesObject) =>
    manifests?.some((own) => JSON.stringify(referenceOf(own)) === JSON.stringify(referenceOf(candidate)));
  const objects = [...given.filter((candidate) => !isOwn(candidate)), ...(manifests ?? [])];
  const { inventory } = createInventoryStore(calicoOf(conventions, objects), objects);
  if (!operation || !object)
    return (manifests ?? []).flatMap((subject) => [
      ...linesOf(judge({ operation: 'STATE', object: subject }, inventory, conventions, now, point).findings),
      ...(conventions.sendsWorkload(subject) ? ['admission is asked'] : []),
    ]);
  const former = given.find(
    (candidate) => JSON.stringify(referenceOf(candidate)) === JSON.stringify(referenceOf(object)),
  );
  const request = {
    uid: 'scenario',
    kind: { group: '', version: '', kind: object.kind },
    operation,
    user: { username: 'ada', groups: [] },
    dryRun: false,
    ...(operation === 'DELETE' ? { oldObject: object } : { object }),
    ...(operation === 'UPDATE' && former ? { oldObject: former } : {}),
  };
  const { patch } = answerMutate(request, inventory, conventions, now);
  const after = operation === 'DELETE' ? request : { ...request, object: applyPatch(object, patch) };
  const answer = answerValidate(after, inventory, conventions, now);
  return [
    answer.allowed ? 'allowed' : 'denied',
    ...linesOf(answer.findings),
    ...patch.map((step) => `${step.op} ${step.path} ${'value' in step ? JSON.stringify(step.value) : ''}`),
  ];
}

function linesOf(findings: readonly JudgedFinding[]): readonly string[] {
  return findings.map(({ rule, action, message, expected, witness, waiver, lapsed, deniesFrom }) =>
    [
      rule,
      waiver ? `waived ${waiver.name} ${waiver.owner} ${waiver.reason} ${waiver.until}` : action,
      deniesFrom ? `from ${deniesFrom}` : '',
      message,
      witness ?? '',
      expected ?? '',
      lapsed ?? '',
    ].join(' | '),
  );
}
