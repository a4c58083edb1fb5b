import { type JsonPointer, pointerOf } from '../kubernetes/json-pointer.ts';
import type { NamespaceIdentity } from '../kubernetes/namespace.ts';
import type { Point, RuleId } from './document/action.ts';
import type { Convention } from './convention/convention.ts';
import type { ConventionSet } from './convention-set.ts';
import { dayOf } from './document/days.ts';
import { isPlainName } from './document/name-glob.ts';
import { listInWords } from '../text/list.ts';
import { nearestWord, oneSlipInName } from '../text/nearest-word.ts';
import type { Waiver } from './waiver/waiver.ts';
import type { WaiverCounts } from './waiver/waiver-count.ts';
import { endInWords } from './waiver/waiver-end.ts';
import { refusalInWords, unpinnedInWords } from './waiver/waiver-lapse.ts';
import { lacksPins } from './waiver/waiver-width.ts';
import { faultsOf, isInForce, mayWaive } from './waiver/waiver-validity.ts';

/** The ids under which waivers are spoken of; conventions set their actions like those of rules. They warn by default. */
export const waiverTitles = {
  'waiver/expired': 'A waiver has ended, so that it no longer counts',
  'waiver/expires-soon': 'A waiver ends within 14 days',
  'waiver/incomplete': 'A waiver is not as the convention wants it, so that it does not count',
  'waiver/unused': 'A waiver covers nothing',
} as const;

export type WaiverRule = keyof typeof waiverTitles;

export const waiverRules = Object.keys(waiverTitles) as readonly WaiverRule[];

/** Something about a waiver that somebody should know. */
export interface WaiverNotice {
  readonly rule: WaiverRule;
  /** What the conventions make of it; a notice whose action is off is left out. */
  readonly action: 'deny' | 'warn';
  readonly waiver: Waiver;
  /** The convention under which it does not count. */
  readonly convention?: string;
  /** Where in the document of the waiver. */
  readonly pointer: JsonPointer;
  /** One sentence without a full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly expected: string;
}

/** What was judged, so that waivers without use can be told; only a complete run can. */
export interface WaiverUse {
  readonly used: ReadonlySet<string>;
  /** The names of the objects whose findings each waiver covers, where they are known. */
  readonly names?: ReadonlyMap<string, ReadonlySet<string>>;
  /** The namespaces of those objects. */
  readonly namespaces?: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What the counts of a complete run say of the use of waivers. */
export function useOfCounts(counts: WaiverCounts): Required<WaiverUse> {
  const by = (part: 'names' | 'namespaces') =>
    new Map([...counts].map(([name, count]) => [name, count[part]] as const));
  return { used: new Set(counts.keys()), names: by('names'), namespaces: by('namespaces') };
}

/** The names and namespaces that a waiver lists, without wildcards, and of which it covers nothing. */
export function deadNamesOf(
  { name, names = [], namespaces = [] }: Waiver,
  use: WaiverUse,
): Readonly<Record<'names' | 'namespaces', readonly string[]>> {
  const dead = (listed: readonly string[], covered: ReadonlySet<string> | undefined) =>
    covered ? listed.filter((entry) => isPlainName(entry) && !covered.has(entry)) : [];
  return {
    names: dead(names, use.names?.get(name)),
    namespaces: dead(namespaces, use.namespaces?.get(name)),
  };
}

/**
 * What is to be said about the waivers of a set at one time: those that have ended or soon will, those that a
 * convention does not accept as they are, and, after a complete run, those that covered nothing.
 * Of the namespaces only those given count; without any, every convention has its say about every waiver.
 */
export function reportWaivers(
  set: ConventionSet,
  now: Date,
  namespaces?: readonly NamespaceIdentity[],
  use?: WaiverUse,
  point: Point = 'ci',
): readonly WaiverNotice[] {
  const actions = new Map(
    waiverRules.map((id) => [
      id,
      set.actionFor({ id, defaultAction: 'warn' }, set.clusterWide(), point, now).action,
    ]),
  );
  return waiverNotices(set, now, namespaces, use).flatMap((notice) => {
    const action = actions.get(notice.rule) ?? 'warn';
    return action === 'off' ? [] : [{ ...notice, action }];
  });
}

type Notice = Omit<WaiverNotice, 'action'>;

/** The same, whatever conventions make of it: what is true of a waiver. */
export function waiverNotices(
  set: ConventionSet,
  now: Date,
  namespaces?: readonly NamespaceIdentity[],
  use?: WaiverUse,
): readonly Notice[] {
  return set.waivers.flatMap((waiver) => {
    const end = endNotice(waiver, now);
    if (end?.rule === 'waiver/expired') return [end];
    const faults = faultNotices(waiver, conventionsFor(waiver, set, namespaces));
    const counts = faults.length === 0 && isInForce(waiver, dayOf(now));
    const misspelt = counts && namespaces ? misspeltNotices(waiver, namespaces) : [];
    const idle = counts && use && misspelt.length === 0 && !use.used.has(waiver.name);
    return [
      ...(end ? [end] : []),
      ...faults,
      ...misspelt,
      ...(idle ? [unusedNotice(waiver)] : []),
      ...(counts && !idle ? deadNameNotices(waiver, use) : []),
    ];
  });
}

function endNotice(waiver: Waiver, now: Date): Notice | undefined {
  const end = endInWords(waiver.until, now);
  const message = `waiver "${waiver.name}" of ${waiver.owner} ${end?.message ?? ''}`;
  return end && { ...end, waiver, pointer: '/spec/until', message };
}

/** The conventions under which a waiver is used: of the namespaces it could be about, or of what lives outside them. */
function conventionsFor(
  waiver: Waiver,
  set: ConventionSet,
  namespaces: readonly NamespaceIdentity[] | undefined,
): readonly Convention[] {
  const found = namespaces?.filter(waiver.covers).flatMap((namespace) => set.governing(namespace) ?? []);
  return found && found.length > 0 ? [...new Set(found)] : set.conventions;
}

function faultNotices(waiver: Waiver, conventions: readonly Convention[]): Notice[] {
  return conventions.flatMap((convention) => {
    const refused = waiver.rules.filter((rule) => !accepts(waiver, rule, convention));
    const sentences = [
      ...faultsOf(waiver, convention.waivers),
      ...refused.map((rule) => refusalInWords(rule, convention.waivers)),
      ...waiver.rules.filter((rule) => lacksPins(waiver, rule, convention.waivers)).map(unpinnedInWords),
    ];
    return sentences.map((sentence) => ({
      rule: 'waiver/incomplete' as const,
      waiver,
      convention: convention.name,
      pointer: '/spec',
      message: `waiver "${waiver.name}" of ${waiver.owner} does not count under convention "${convention.name}": ${sentence}`,
      expected: `what "waivers" of convention "${convention.name}" asks for`,
    }));
  });
}

function accepts(waiver: Waiver, rule: string, { waivers }: Convention): boolean {
  if (rule.endsWith('/*')) return waivers.wholeGroups && !waivers.never.has(rule);
  return mayWaive(waiver, rule as RuleId, waivers);
}

function unusedNotice(waiver: Waiver): Notice {
  return {
    rule: 'waiver/unused',
    waiver,
    pointer: '/spec/match',
    message: `waiver "${waiver.name}" of ${waiver.owner} covers nothing: no finding of ${waiver.rules.join(', ')} matches it`,
    expected: 'delete it',
  };
}

/** A namespace that is nearly called like one that is there: deleting the waiver is not what was meant. */
function misspeltNotices(waiver: Waiver, namespaces: readonly NamespaceIdentity[]): readonly Notice[] {
  const names = [...new Set(namespaces.map(({ name }) => name))];
  const known = new Set(names);
  return (waiver.namespaces ?? []).flatMap((name, index) => {
    if (!isPlainName(name) || known.has(name)) return [];
    const meant = nearestWord(name, names, oneSlipInName);
    if (meant === undefined) return [];
    return [
      {
        rule: 'waiver/unused' as const,
        waiver,
        pointer: pointerOf('spec', 'match', 'namespaces', index),
        message: `waiver "${waiver.name}" (owner: ${waiver.owner}): there is no namespace "${name}" here; did you mean "${meant}"?`,
        expected: `${meant}, or the Namespace "${name}" among the manifests`,
      },
    ];
  });
}

/** A name that is left over waives the next object that is called so. */
function deadNameNotices(waiver: Waiver, use: WaiverUse | undefined): readonly Notice[] {
  if (!use) return [];
  return Object.entries(deadNamesOf(waiver, use)).flatMap(([field, dead]) => {
    if (dead.length === 0) return [];
    const list = listInWords(dead, { last: 'and', most: 10 });
    return [
      {
        rule: 'waiver/unused' as const,
        waiver,
        pointer: pointerOf('spec', 'match', field),
        message: `waiver "${waiver.name}" (owner: ${waiver.owner}) covers nothing of ${list}: no finding of ${waiver.rules.join(', ')}`,
        expected: `delete ${list} from the ${field}`,
      },
    ];
  });
}
