import type { RuleId } from './document/action.ts';
import type { ConventionSet } from './convention-set.ts';
import { type DocumentProblem, problemInWords } from './document/document-problem.ts';
import { loadConventions } from './load-conventions.ts';

/** A document of a cluster at one version. */
export interface OfferedDocument {
  /** Unlike that of every other document, and the same for each version: `ConventionPolicy/baseline`. */
  readonly name: string;
  /** Differs where the content does. */
  readonly version: string;
  readonly value: unknown;
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
}

/**
 * Chooses what is in force of the documents of a cluster, which many people change one by one: a document with a fault
 * leaves its own former version in force, or is left out where it never had a good one, and holds up nobody else's.
 * Of two that cannot be in force together, the one that was there before stays.
 */
export function createAcceptance(
  knownRules: readonly { readonly id: RuleId }[],
): (offered: readonly OfferedDocument[]) => AcceptedDocuments {
  let inForce = new Map<string, OfferedDocument>();
  return (offered) => {
    const problems = new Map<string, readonly string[]>();
    const isKnown = ({ name, version }: OfferedDocument) => inForce.get(name)?.version === version;
    // Faults between documents are told of the later one.
    let candidates = [...offered.filter(isKnown), ...offered.filter((document) => !isKnown(document))];
    for (;;) {
      const loaded = loadConventions(
        candidates.map(({ name, value }) => ({ file: name, value })),
        knownRules,
      );
      const faults = Map.groupBy(loaded.problems, ({ file }) => file);
      if (loaded.set || faults.size === 0) {
        if (!loaded.set) throw new Error('conventions without a problem are no set');
        inForce = new Map(candidates.map((document) => [document.name, document]));
        return {
          set: loaded.set,
          outcomes: offered.map((document) => outcomeOf(document, problems, inForce)),
        };
      }
      candidates = candidates.flatMap((document) => {
        const found = faults.get(document.name);
        if (!found) return [document];
        if (!problems.has(document.name)) problems.set(document.name, found.map(inWords));
        const former = inForce.get(document.name);
        return former && former.version !== document.version ? [former] : [];
      });
    }
  };
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
