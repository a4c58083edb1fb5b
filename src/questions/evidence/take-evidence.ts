import { hashOf } from '../../conventions/convention-hash.ts';
import type { Convention } from '../../conventions/convention/convention.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import type { Point } from '../../conventions/document/action.ts';
import type { RuleIdentity } from '../../conventions/convention/rule-action.ts';
import { dayOf } from '../../conventions/document/days.ts';
import type { Gap } from '../../inventory/inventory.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { record } from '../../kubernetes/read.ts';
import type { QuestionContext } from '../question-context.ts';
import { controlStates } from './control-states.ts';
import type { AnnouncedRule, ConventionEvidence, Evidence, EvidenceFinding } from './evidence.ts';
import { evidenceOfMesh } from './mesh.ts';
import { evidenceOfNamespaces } from './namespaces.ts';
import { burnDownOf, evidenceOfWaivers } from './waivers.ts';

/** What evidence is taken of. */
export interface EvidenceQuestion {
  /** What is told of; the context has them too. */
  readonly objects: readonly KubernetesObject[];
  /** What the engine found in them. */
  readonly findings: readonly EvidenceFinding[];
  /** Every rule there is. */
  readonly rules: readonly RuleIdentity[];
  /** `ci` for what lies in files and goes through admission, `audit` for what exists. */
  readonly point: Point;
}

/**
 * Takes evidence of a state: the pure half of `tollgate evidence`. Nothing in it is better than what is known: what could
 * not be read is named, and makes what hangs on it unknown.
 * @param asked what evidence is taken of, and what was found in it
 * @param question what exists, the conventions for it, and the clock
 * @returns the same for the same question
 */
export function takeEvidence(asked: EvidenceQuestion, question: QuestionContext): Evidence {
  const { findings, objects, point, rules } = asked;
  const { conventions, inventory, now } = question;
  const identities = objects
    .filter(({ kind }) => kind === 'Namespace')
    .map((object) => namespaceIdentity(object.metadata.name ?? '', object));
  const gaps = [...inventory.gaps, ...absentNamespaces(objects, question)];
  const governing = [...new Set(identities.flatMap((one) => conventions.governing(one) ?? []))];
  const waivers = evidenceOfWaivers(findings, identities, question);
  return {
    taken: now.toISOString(),
    hash: hashOf([...conventions.conventions, ...conventions.waivers].map(contentOf)),
    conventions: conventions.conventions.map(evidenceOf),
    ...evidenceOfNamespaces(objects, question, point),
    mesh: evidenceOfMesh(objects, findings, question, point),
    waivers,
    burnDown: burnDownOf(waivers, now),
    announced: conventions.conventions.flatMap((convention) => announcedIn(convention, now)),
    controls: controlStates({ findings, governing, rules, point, incomplete: gaps.length > 0 }, question),
    gaps,
  };
}

function evidenceOf({ mesh, name, source: { file, value } }: Convention): ConventionEvidence {
  const linkerd = mesh && mesh.stated.includes('version') ? mesh.linkerd.version : undefined;
  return { name, file, hash: hashOf(record(value).spec), ...(linkerd === undefined ? {} : { linkerd }) };
}

function contentOf({ name, source }: ConventionSet['conventions' | 'waivers'][number]): unknown {
  return [name, record(source?.value).spec];
}

/** A namespace of which only the content was read: nobody knows what governs it. */
function absentNamespaces(
  objects: readonly KubernetesObject[],
  { inventory }: QuestionContext,
): readonly Gap[] {
  const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  return [...names]
    .filter((name) => !inventory.namespace(name))
    .toSorted()
    .map((name) => ({ what: `Namespace "${name}"`, why: 'objects in it were read, and it was not' }));
}

/** A rule that denies from a day to come only warns until then. */
function announcedIn({ name, rules }: Convention, now: Date): readonly AnnouncedRule[] {
  return [...rules].flatMap(([rule, { since }]) =>
    since && now < since ? [{ convention: name, rule, since: dayOf(since) }] : [],
  );
}
