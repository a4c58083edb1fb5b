import { isDeepStrictEqual } from 'node:util';
import { apiVersion, limits } from '../../conventions/document/schema/field-types.ts';
import type { WaiverDocument } from '../../conventions/document/schema/waiver.ts';
import type { Pin } from '../../conventions/waiver/pin.ts';
import { groupOf } from '../../kubernetes/object.ts';
import { cut } from '../../text/cut.ts';
import { endOfDraft, type Ends } from './staggered-ends.ts';
import type { WaivableFinding } from './waivable-findings.ts';

/** A waiver to be written, with the findings that it is for. */
export interface DraftWaiver {
  readonly document: WaiverDocument;
  readonly findings: readonly WaivableFinding[];
  /** It ends before it was asked to, since its convention allows no more days. */
  readonly shortened: boolean;
}

/** What every waiver says. */
export interface Statement {
  readonly reason: string;
  readonly ticket?: string;
  readonly approvedBy?: string;
  readonly ends: Ends;
  /** Names that other waivers have. */
  readonly taken: ReadonlySet<string>;
}

/**
 * Waivers for findings: one for each rule, namespace, kind and owner, with the objects by their names and the findings
 * pinned, so that nothing is waived but what is there today. Those of an owner end one after another.
 */
export function draftWaivers(
  findings: readonly WaivableFinding[],
  { approvedBy, ends, reason, taken, ticket }: Statement,
): readonly DraftWaiver[] {
  const names = new Set(taken);
  const byOwner = Map.groupBy(groupsOf(findings), ([first]) => first?.owner ?? '');
  return [...byOwner].flatMap(([owner, groups]) =>
    groups.map((group, index): DraftWaiver => {
      const [first] = group;
      const { until, shortened } = endOfDraft(ends, index, groups.length, first?.terms?.maxDays);
      return {
        findings: group,
        shortened,
        document: {
          apiVersion,
          kind: 'Waiver',
          metadata: { name: nameFor(group, names) },
          spec: {
            rules: [first?.finding.rule ?? ''],
            match: matchOf(group),
            findings: pinsOf(group),
            owner,
            reason,
            from: ends.from,
            until,
            ...(ticket === undefined ? {} : { ticket }),
            ...(approvedBy === undefined ? {} : { approvedBy }),
          },
        },
      };
    }),
  );
}

/** The smallest first, which are repaired first; a group that is too large for one document is several. */
function groupsOf(findings: readonly WaivableFinding[]): readonly (readonly WaivableFinding[])[] {
  const groups = Map.groupBy(findings, ({ finding, namespace = '', object, owner = '' }) =>
    JSON.stringify([owner, finding.rule, namespace, kindOf(object)]),
  );
  return [...groups.values()]
    .flatMap(inDocuments)
    .toSorted((one, other) => one.length - other.length || compare(headOf(one), headOf(other)));
}

function headOf([first]: readonly WaivableFinding[]): string {
  return `${first?.finding.rule ?? ''} ${first?.namespace ?? ''} ${first?.object.kind ?? ''}`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** By objects: as many as a document and the convention allow; of an object all findings, as many as can be pinned. */
function inDocuments(group: readonly WaivableFinding[]): readonly (readonly WaivableFinding[])[] {
  const most = Math.min(group[0]?.terms?.maxObjects ?? limits.list, limits.list);
  const documents: WaivableFinding[][] = [];
  let objects = new Set<string>();
  for (const one of group) {
    const { name = '' } = one.object.metadata;
    const last = documents.at(-1);
    if (last && last.length < limits.list && (objects.has(name) || objects.size < most)) {
      last.push(one);
      objects.add(name);
    } else {
      documents.push([one]);
      objects = new Set([name]);
    }
  }
  return documents;
}

function matchOf(group: readonly WaivableFinding[]): WaiverDocument['spec']['match'] {
  const [first] = group;
  const names = [...new Set(group.map(({ object }) => object.metadata.name ?? ''))].toSorted();
  return {
    ...(first?.namespace === undefined ? {} : { namespaces: [first.namespace] }),
    ...(first ? { kinds: [kindOf(first.object)] } : {}),
    names,
  };
}

/** With its group where several groups may have such a kind. */
function kindOf({ apiVersion: version, kind }: WaivableFinding['object']): string {
  const group = groupOf(version);
  return group.includes('.') ? `${kind}.${group}` : kind;
}

/**
 * By its value where all findings have the same one, which people can read; else each by its fingerprint, since values
 * and names of one waiver would be for each other.
 */
function pinsOf(group: readonly WaivableFinding[]): Pin[] {
  const pins = group.map(valuePinOf);
  const [first] = pins;
  if (first && pins.every((pin) => isDeepStrictEqual(pin, first))) return [first];
  return [...new Set(group.map(({ pinnable }) => pinnable.fingerprint))].map((fingerprint) => ({
    fingerprint,
  }));
}

/** What is about directions and families is told apart by these as well, which its fingerprint holds. */
function valuePinOf({ pinnable: { container, directions, found } }: WaivableFinding): Pin | undefined {
  const value = found.at(-1);
  if (value === undefined || value === '' || value.length > limits.text) return undefined;
  if (directions.length > 0) return undefined;
  return { found: value, ...(container === undefined ? {} : { container }) };
}

/** `mesh-opt-out-shop-deployment`, with a number where that is taken. */
function nameFor([first]: readonly WaivableFinding[], taken: Set<string>): string {
  const { rule = '' } = first?.finding ?? {};
  const parts = [rule, first?.namespace ?? 'cluster', first?.object.kind ?? ''];
  const written = parts
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const name = cut(written, longestName, { mark: '' }).replace(/-+$/, '');
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (taken.has(candidate)) continue;
    taken.add(candidate);
    return candidate;
  }
}

/** Of the 253 characters that a name may have, with room for a number. */
const longestName = 240;
