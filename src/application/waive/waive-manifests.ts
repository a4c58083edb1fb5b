import type { ConventionSet } from '../../conventions/convention-set.ts';
import { createConventionSet } from '../../conventions/convention-set.ts';
import { compileWaiver } from '../../conventions/waiver/compile-waiver.ts';
import { denies, type JudgedFinding } from '../../engine/judgement.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { JudgedManifest } from '../check/judge-manifests.ts';
import { type DraftWaiver, draftWaivers, type Statement } from './draft-waivers.ts';
import { type WaivableFinding, waivableFindings, type Wanted } from './waivable-findings.ts';

/** How the manifests are judged, and what the waivers are to be. */
export interface WaiveQuestion {
  readonly conventions: ConventionSet;
  readonly inventory: Inventory;
  /** Judges all of them by other waivers than are there. */
  readonly judge: (conventions: ConventionSet) => readonly JudgedManifest[];
  readonly wanted: Wanted;
  readonly statement: Omit<Statement, 'taken'>;
}

export interface Waived {
  readonly drafts: readonly DraftWaiver[];
  /** Findings that nothing may waive, by the word of their convention. */
  readonly refused: readonly WaivableFinding[];
  /** Findings of which nothing says who answers for them. */
  readonly ownerless: readonly WaivableFinding[];
  /** Of the findings that were to be waived those that still deny with the waivers, each with why. */
  readonly left: readonly JudgedFinding[];
}

/** Rounds of judging after which the rest is told of as left. */
const mostRounds = 20;

/**
 * Writes waivers for what is found in manifests, and judges these with them before anybody relies on them. A rule may tell
 * of several namespaces in one finding, and of those that are left once one is waived; so it is asked until there is
 * nothing new.
 */
export function waiveManifests({ conventions, inventory, judge, statement, wanted }: WaiveQuestion): Waived {
  const taken = new Set(conventions.waivers.map(({ name }) => name));
  const known = new Map<string, WaivableFinding>();
  let refused: readonly WaivableFinding[] = [];
  let drafts: readonly DraftWaiver[] = [];
  let judged = judge(conventions);
  for (let round = 0; round < mostRounds; round += 1) {
    const found = waivableFindings(judged, wanted, { conventions, inventory });
    if (round === 0) ({ refused } = found);
    const fresh = found.waivable.filter(({ pinnable }) => !known.has(pinnable.fingerprint));
    if (fresh.length === 0) break;
    for (const one of fresh) known.set(one.pinnable.fingerprint, one);
    const owned = [...known.values()].filter(({ owner }) => owner !== undefined);
    drafts = draftWaivers(owned, { ...statement, taken });
    judged = judge(withDrafts(conventions, drafts));
  }
  return {
    drafts,
    refused,
    ownerless: [...known.values()].filter(({ owner }) => owner === undefined),
    left: judged.flatMap(({ judgement }) =>
      judgement.findings.filter((finding) => denies(finding) && wanted.isWanted(finding)),
    ),
  };
}

function withDrafts({ conventions, waivers }: ConventionSet, drafts: readonly DraftWaiver[]): ConventionSet {
  const compiled = drafts.map(({ document }) => compileWaiver(document, { file: '', value: document }));
  return createConventionSet(conventions, [...waivers, ...compiled]);
}
