import type { NamespaceIdentity } from '../kubernetes/namespace.ts';
import { groupOf, type ObjectReference, type StringMap } from '../kubernetes/object.ts';
import { defaultActionAt, type Point } from './document/action.ts';
import { combine } from './convention/combined-convention.ts';
import type { Convention, WaiverTerms } from './convention/convention.ts';
import { countsWhateverLabels, createUnknownGoverning, type LabelKnowledge } from './unknown-labels.ts';
import { actionOf, type DecidedAction, type RuleIdentity } from './convention/rule-action.ts';
import { readAnnotationWaiver } from './waiver/annotation-waiver.ts';
import { isPinned } from './waiver/pin.ts';
import { createGoverningIndex } from './convention/governing-index.ts';
import type { Waivable, Waiver, WaiverStatement } from './waiver/waiver.ts';
import { createWaiverIndex, type FindWaivers } from './waiver/waiver-index.ts';
import { lapseInWords } from './waiver/waiver-lapse.ts';
import { countsOn } from './waiver/waiver-validity.ts';
import { rememberLast } from '../memo/last.ts';

/** Everything that is in force: which convention governs whom, what becomes of findings, and what is waived. */
export interface ConventionSet {
  /** By priority, the highest first. */
  readonly conventions: readonly Convention[];
  readonly waivers: readonly Waiver[];
  /** Whether any waiver is for single findings, so that it matters what a finding says. */
  readonly pinned: boolean;
  /** The convention of a namespace: of those that select it the one with the highest priority. */
  readonly governing: (namespace: NamespaceIdentity) => Convention | undefined;
  /**
   * The convention for what lives outside namespaces. Such objects concern everybody, so where there are several
   * conventions it is made of all of them: each rule has its strictest action, and a waiver must suit every one.
   */
  readonly clusterWide: () => Convention | undefined;
  /** Whether a convention says of an object's kind that it makes pods. */
  readonly declaresWorkload: (object: Pick<ObjectReference, 'apiVersion' | 'kind'>) => boolean;
  /** Whether a convention says of such a kind that the webhooks are asked about it. */
  readonly sendsWorkload: (object: Pick<ObjectReference, 'apiVersion' | 'kind'>) => boolean;
  /**
   * What becomes of a rule's findings. `since` is there for a rule with a day from which it denies; with the action
   * `warn` that day is still to come. Without a convention the rule's own default holds.
   */
  readonly actionFor: (
    rule: RuleIdentity,
    convention: Convention | undefined,
    point: Point,
    now: Date,
  ) => DecidedAction;
  /**
   * The waiver that covers a finding, if one counts at this time. The namespace is the object's own, or that of which
   * the finding speaks; none for what lives outside namespaces. Annotations are those of the object itself, which may
   * carry a waiver where every convention concerned allows it.
   */
  readonly waiverFor: (
    finding: Waivable,
    namespace: NamespaceIdentity | undefined,
    now: Date,
    annotations?: StringMap,
  ) => WaiverStatement | undefined;
  /** Of a finding that no waiver covers: why the one that lasts longest of those about it does not, in one sentence. */
  readonly lapseFor: (
    finding: Waivable,
    namespace: NamespaceIdentity | undefined,
    now: Date,
  ) => string | undefined;
}

/** Creates the set of conventions and waivers that have been checked against each other. */
export function createConventionSet(
  conventions: readonly Convention[],
  waivers: readonly Waiver[],
  knowsLabels: LabelKnowledge = knowsAll,
): ConventionSet {
  const ordered = [...conventions].sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1));
  const findWaivers = findLast(createWaiverIndex(waivers));
  const combined = combine(ordered);
  const governingOfKnown = createGoverningIndex(ordered);
  const governingOfUnknown = createUnknownGoverning(ordered);
  const declared = new Set(
    ordered.flatMap(({ workloads }) => workloads.map(({ group, kind }) => `${group}/${kind}`)),
  );
  const sent = new Set(
    ordered.flatMap(({ workloads }) =>
      workloads.flatMap((one) => (one.sent ? [`${one.group}/${one.kind}`] : [])),
    ),
  );
  const governing = (namespace: NamespaceIdentity) =>
    knowsLabels(namespace.name) ? governingOfKnown(namespace) : governingOfUnknown(namespace);
  const outside = combined && termsOutside(combined.waivers);
  const termsOf = (namespace: NamespaceIdentity | undefined) =>
    namespace ? governing(namespace)?.waivers : outside;
  return {
    conventions: ordered,
    waivers,
    pinned: waivers.some(({ findings }) => findings !== undefined),
    governing,
    clusterWide: () => combined,
    declaresWorkload: ({ apiVersion, kind }) =>
      declared.size > 0 && declared.has(`${groupOf(apiVersion)}/${kind}`),
    sendsWorkload: ({ apiVersion, kind }) => sent.size > 0 && sent.has(`${groupOf(apiVersion)}/${kind}`),
    actionFor: (rule, convention, point, now) =>
      convention
        ? actionOf(rule, convention, point, now)
        : { action: defaultActionAt(rule.defaultAction, point) },
    waiverFor: (finding, namespace, now, annotations) => {
      const { rule } = finding;
      const candidates = findWaivers(finding, namespace).filter(
        (waiver) =>
          (!namespace || knowsLabels(namespace.name) || countsWhateverLabels(waiver)) &&
          isAbout(waiver, finding),
      );
      const annotated = annotations && readAnnotationWaiver(rule, annotations);
      if (candidates.length === 0 && !annotated) return undefined;
      const terms = termsOf(namespace);
      const counts = (waiver: WaiverStatement) => !terms || countsOn(waiver, rule, terms, now);
      const found = longest(candidates.filter(counts));
      if (found || !annotated || !('statement' in annotated)) return found;
      return terms?.byAnnotation && counts(annotated.statement) ? annotated.statement : undefined;
    },
    lapseFor: (finding, namespace, now) => {
      const candidates = findWaivers(finding, namespace);
      if (candidates.length === 0) return undefined;
      const terms = termsOf(namespace);
      const [last] = candidates.toSorted((a, b) => (a.until < b.until ? 1 : -1));
      return last && terms ? lapseInWords(last, finding, terms, now) : undefined;
    },
  };
}

/** What lives outside namespaces is in none, so no waiver can name one for it. */
function termsOutside(terms: WaiverTerms): WaiverTerms {
  return { ...terms, mustName: terms.mustName.filter((part) => part !== 'namespaces') };
}

/** Whether a waiver is for this finding, of all that its object may have. */
function isAbout({ findings }: Waiver, { pinnable }: Waivable): boolean {
  return !findings || (pinnable !== undefined && isPinned(findings, pinnable()));
}

/** Of several that cover a finding the one that lasts longest; the others are used as well. */
function longest(waivers: readonly Waiver[]): WaiverStatement | undefined {
  const [first, ...more] = waivers;
  if (!first || more.length === 0) return first;
  const [last = first, ...others] = waivers.toSorted((a, b) =>
    a.until < b.until ? 1 : a.until > b.until ? -1 : 0,
  );
  return { ...last, also: [...new Set(others.map(({ name }) => name))] };
}

function knowsAll(): boolean {
  return true;
}

interface WaiverQuestion {
  readonly finding: Waivable;
  readonly namespace: NamespaceIdentity | undefined;
}

/** Of the last finding: it is asked twice in a row, for the waiver that covers it, and why none does. */
function findLast(find: FindWaivers): FindWaivers {
  const found = rememberLast(
    {
      name: 'waivers of the last finding',
      isSame: (one: WaiverQuestion, other: WaiverQuestion) =>
        one.finding === other.finding && one.namespace === other.namespace,
    },
    ({ finding, namespace }) => find(finding, namespace),
  );
  return (finding, namespace) => found({ finding, namespace });
}
