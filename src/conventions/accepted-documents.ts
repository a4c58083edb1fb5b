import type { ConventionSet } from './convention-set.ts';
import { isConventionDocument } from './document/document-name.ts';
import { type DocumentProblem, problemInWords } from './document/document-problem.ts';
import { type KnownRule, loadConventions } from './load-conventions.ts';
import { hasUnknownNarrowing } from './waiver/unknown-narrowing.ts';

/** A document of a cluster at one version. */
export interface OfferedDocument {
  /** Unlike that of every other document, and the same for each version: `ConventionPolicy/baseline`. */
  readonly name: string;
  /** Differs where the content does. */
  readonly version: string;
  readonly value: unknown;
  /** The document whose deletion it confirms: itself, or the one that it replaces under another name. */
  readonly confirms?: string;
}

/** What has become of an offered document. */
export interface DocumentOutcome {
  readonly name: string;
  readonly version: string;
  /** Empty where this version is in force. */
  readonly problems: readonly string[];
  /** A former version, which had no fault, is in force in its place. */
  readonly formerInForce: boolean;
}

export interface AcceptedDocuments {
  readonly set: ConventionSet;
  readonly outcomes: readonly DocumentOutcome[];
  /** The last good set: what is in force, and what should be but cannot be read here. */
  readonly lastGood: readonly OfferedDocument[];
  /** Conventions that were deleted without a confirmation, and stay in force. */
  readonly lost: readonly string[];
  /** Conventions of the last good set that this version of tollgate cannot read, so that they are not in force. */
  readonly unreadable: readonly string[];
}

/**
 * Chooses what is in force of the documents of a cluster, which many people change one by one: a document with a fault
 * leaves its own former version in force, or is left out where it never had a good one, and holds up nobody else's.
 * Of two that cannot be in force together, the one that was there before stays. A convention that is gone stays in
 * force until its deletion is confirmed; a waiver that is gone ends at once, since that asks for more.
 *
 * `restored` is the last good set as the cluster keeps it: it takes the place of what this process remembers.
 */
export function createAcceptance(
  knownRules: readonly KnownRule[],
): (offered: readonly OfferedDocument[], restored?: readonly OfferedDocument[]) => AcceptedDocuments {
  let lastGood = new Map<string, OfferedDocument>();
  return (offered, restored) => {
    if (restored) lastGood = byName(restored);
    const problems = new Map<string, readonly string[]>();
    const isKnown = ({ name, version }: OfferedDocument) => lastGood.get(name)?.version === version;
    // Faults between documents are told of the later one.
    const inOrder = (documents: readonly OfferedDocument[]) => [
      ...documents.filter(isKnown),
      ...documents.filter((document) => !isKnown(document)),
    ];
    const kept = lostOf(lastGood, offered);
    let candidates = inOrder([...offered, ...kept]);
    for (;;) {
      const loaded = loadConventions(
        candidates.map(({ name, value }) => ({ file: name, value })),
        knownRules,
      );
      const faults = Map.groupBy(loaded.problems, ({ file }) => file);
      if (loaded.set || faults.size === 0) {
        if (!loaded.set) throw new Error('conventions without a problem are no set');
        const inForce = byName(candidates);
        const unreadable = [...lastGood.values()].filter(
          ({ name }) => isConventionDocument(name) && !inForce.has(name) && isWanted(name, offered, kept),
        );
        lastGood = byName([...candidates, ...unreadable]);
        return {
          set: loaded.set,
          outcomes: offered.map((document) => outcomeOf(document, problems, inForce)),
          lastGood: [...lastGood.values()],
          lost: kept.map(({ name }) => name),
          unreadable: unreadable.map(({ name }) => name),
        };
      }
      candidates = inOrder(
        candidates.flatMap((document) => {
          const found = faults.get(document.name);
          if (!found) return [document];
          if (!problems.has(document.name)) problems.set(document.name, found.map(inWords));
          return formerOf(document, lastGood);
        }),
      );
    }
  };
}

/** What takes the place of a document with a fault: its last good version, as long as that says no less of its limits. */
function formerOf(
  document: OfferedDocument,
  lastGood: ReadonlyMap<string, OfferedDocument>,
): readonly OfferedDocument[] {
  const former = lastGood.get(document.name);
  if (!former || former.version === document.version || hasUnknownNarrowing(document.value)) return [];
  const { name, version, value } = former;
  return [{ name, version, value, ...(document.confirms ? { confirms: document.confirms } : {}) }];
}

/** The conventions that are gone without anybody who confirmed it. */
function lostOf(
  lastGood: ReadonlyMap<string, OfferedDocument>,
  offered: readonly OfferedDocument[],
): readonly OfferedDocument[] {
  const there = new Set(offered.map(({ name }) => name));
  const confirmed = new Set([...offered, ...lastGood.values()].flatMap(({ confirms }) => confirms ?? []));
  return [...lastGood.values()].filter(
    ({ name }) => isConventionDocument(name) && !there.has(name) && !confirmed.has(name),
  );
}

function isWanted(
  wanted: string,
  offered: readonly OfferedDocument[],
  kept: readonly OfferedDocument[],
): boolean {
  return [...offered, ...kept].some(({ name }) => name === wanted);
}

function byName(documents: readonly OfferedDocument[]): Map<string, OfferedDocument> {
  return new Map(documents.map((document) => [document.name, document]));
}

function outcomeOf(
  { name, version }: OfferedDocument,
  problems: ReadonlyMap<string, readonly string[]>,
  inForce: ReadonlyMap<string, OfferedDocument>,
): DocumentOutcome {
  const formerInForce = inForce.has(name) && inForce.get(name)?.version !== version;
  return { name, version, problems: problems.get(name) ?? [], formerInForce };
}

/** Whoever reads it looks at the document, so that its name need not be said. */
function inWords(problem: DocumentProblem): string {
  return problemInWords(problem).slice(`${problem.file}: `.length);
}
