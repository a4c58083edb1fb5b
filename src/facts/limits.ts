import type { CoverageEffort } from '../calico/index.ts';
import type { Point } from '../conventions/document/action.ts';
import { plural } from '../text/plural.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import type { Remark } from './finding.ts';
import type { Subject } from './subject.ts';

/** How much of something is looked at where somebody waits for the answer, so that one object can't hold up all others. */
export interface Limit {
  readonly most: number;
  /** What is counted, as a word for one of it. */
  readonly unit: string;
  /** What each of them costs, and so why there is a limit. */
  readonly why: string;
  /** The limit in CI, where nobody waits; none where nothing is said. */
  readonly inFiles?: number;
}

/**
 * Every limit of the rules. One that is reached is said: it never turns what nobody has looked at into silence.
 * @see lookAt
 */
export const limits = {
  /** Workloads that a change of a policy may keep from something that their pods need. */
  workloadsOfChange: { most: 40, unit: 'workload', why: 'each is judged before and after the change' },
  /** Namespaces that are searched for such workloads. */
  namespacesOfChange: { most: 200, unit: 'namespace', why: 'each has workloads that the policy may select' },
  /** Workloads that are tried at the gate of one database or broker. */
  clientsOfStore: { most: 200, unit: 'workload', why: 'each is tried on every port of the store' },
  /** Clients that the annotation of a store names, of which is asked whether they exist. */
  clientsDeclared: {
    most: 50,
    unit: 'client',
    why: 'each is compared with every account of its namespace',
    inFiles: 10_000,
  },
  /** Clients of a store that are named in the objects that admit them; where there are more, one is described. */
  clientsAdmitted: { most: 50, unit: 'client', why: 'nobody reads more' },
  /** Workloads at one end of a rule. */
  endsOfRule: { most: 40, unit: 'workload', why: 'each is compared with every workload at the other end' },
  /** Workloads among which those are looked for that a policy or one of its rules finds. */
  workloadsFound: { most: 5_000, unit: 'workload', why: 'each is compared with what the policy asks for' },
  /** Connections that the rules of one policy mean. */
  connectionsOfPolicy: {
    most: 128,
    unit: 'connection',
    why: 'each is a walk through all policies',
    inFiles: 10_000,
  },
  /** Parts of the cluster that everything else lives on, and that a change of a policy may cut off. */
  lifelinesOfChange: {
    most: 100,
    unit: 'backend',
    why: 'each is a few walks through all policies, before and after the change',
  },
  /** Labels of one pod template that may be a misspelt one. */
  labelsOfTemplate: {
    most: 256,
    unit: 'label',
    why: 'each is compared with every label that a policy asks for',
  },
  /**
   * Findings of one rule about one object that are listed; the rest is counted. An object may give cause for as many
   * findings as it has keys, and nobody reads them all.
   */
  findingsListed: { most: 50, unit: 'finding', why: 'nobody reads more' },
  /** Ports of one finding that are named, each with the objects that it needs; the rest is counted. */
  portsNamed: { most: 20, unit: 'port', why: 'nobody reads more' },
  /**
   * Bytes of an object times the searches for a pod that escapes which a review makes because of it: some tenths of a
   * second. A policy of 2 kB is judged for 4,000 namespaces of which no two are alike, in both directions.
   */
  effortOfReview: {
    most: 16 * 2 ** 20,
    unit: 'byte',
    why: 'a search grows with the policies it walks through',
  },
} as const satisfies Readonly<Record<string, Limit>>;

/** Counts what is looked at, up to a limit, and knows whether there was more. */
export interface Look {
  readonly limit: Limit;
  /** The limit where this is: in CI it may be another one. */
  readonly most: number;
  /**
   * Asked before each thing that is looked at: whether it still may be.
   * @param at the namespace it is in, whose convention decides what becomes of a limit that was reached
   */
  readonly more: (at?: string) => boolean;
  /** Where the first thing is that was not looked at; undefined where everything was. */
  readonly cutShort: () => { readonly at?: string } | undefined;
}

/** Begins to look at things of which there may be too many. */
export function lookAt(limit: Limit, { point }: { readonly point: Point }): Look {
  const most = point === 'ci' ? (limit.inFiles ?? Infinity) : limit.most;
  let left = most;
  let cut: { readonly at?: string } | undefined;
  return {
    limit,
    most,
    more: (at) => {
      if (left > 0) {
        left -= 1;
        return true;
      }
      cut ??= at === undefined ? {} : { at };
      return false;
    },
    cutShort: () => cut,
  };
}

/**
 * What is said where a limit was reached and nothing was found, so that nothing found is not taken for nothing there;
 * empty where everything was looked at.
 * @param question a clause that begins with "whether"
 */
export function unknownBeyond(looks: readonly Look[], question: string): readonly Remark[] {
  const look = looks.find((one) => one.cutShort());
  if (!look) return [];
  const { at } = look.cutShort() ?? {};
  const { unit, why } = look.limit;
  const isLessThanInFiles = look.most === look.limit.most;
  return [
    {
      pointer: '',
      message: `it is unknown ${question}, only ${inWords(look)} were looked at`,
      witness: `there are more ${plural(0, unit)}; ${why}`,
      ...(isLessThanInFiles ? { expected: 'tollgate check, which looks at more' } : {}),
      advisory: true,
      ...(at === undefined ? {} : { namespace: at }),
    },
  ];
}

/** The end of a witness where a limit was reached and something was found all the same. */
export function noteBeyond(looks: readonly Look[]): string {
  const look = looks.find((one) => one.cutShort());
  return look ? `; only ${inWords(look)} were looked at` : '';
}

function inWords({ limit, most }: Look): string {
  return `${most} ${plural(most, limit.unit)}`;
}

/**
 * A finding for each thing of a list that a user may make as long as he likes. What is costly about a finding, its remedy
 * above all, is worked out only as long as the findings are listed.
 */
export function listed<Item, Told>(
  items: readonly Item[],
  inFull: (item: Item) => Told,
  inBrief: (item: Item) => Told,
): readonly Told[] {
  return items.map((item, index) => (index < limits.findingsListed.most ? inFull(item) : inBrief(item)));
}

/**
 * What a review of an object may spend on the namespaces that it bears on. Once an object is gone its size costs
 * nothing, so one that is deleted has no bound.
 */
export function effortFor({ object, operation }: Pick<Subject, 'object' | 'operation'>): CoverageEffort {
  return { left: limits.effortOfReview.most, each: operation === 'DELETE' ? 0 : sizeOf(object) };
}

export function sizeOf({ spec }: KubernetesObject): number {
  return spec === undefined ? 0 : JSON.stringify(spec).length;
}
