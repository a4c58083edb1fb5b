import { hash } from 'node:crypto';
import type { AuditedAction, AuditFinding } from '../../engine/audit-findings.ts';
import { waiverInWords } from '../../engine/judgement.ts';
import { printable } from '../../engine/printable.ts';
import type { ObjectReference } from '../../kubernetes/object.ts';
import { cut } from '../../text/cut.ts';

/** Who makes the reports, as whoever reads them knows it. */
export const reportSource = 'tollgate';

/**
 * One result of a report, in the form that both APIs share.
 * Source: ReportResult of openreports.io/v1alpha1, PolicyReportResult of wgpolicyk8s.io/v1alpha2.
 */
export interface ReportResult {
  readonly source: typeof reportSource;
  /** The rule. */
  readonly policy: string;
  /** The group of the rule. */
  readonly category: string;
  readonly severity: 'high' | 'medium' | 'info';
  readonly result: ResultWord;
  /** Whether it counts against whoever is judged: what admission would refuse does. */
  readonly scored: boolean;
  /** When it was found. */
  readonly timestamp: { readonly seconds: number; readonly nanos: number };
  /** The object; readers look at the first alone. */
  readonly resources?: readonly (ObjectReference & { readonly uid?: string })[];
  readonly message: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** `error` is something that could not be judged, and `skip` what a waiver covers. Nothing is said of what is right. */
export type ResultWord = 'fail' | 'warn' | 'error' | 'skip';

/** What a result is to be made of: a finding, and where it was read. */
export interface ResultSubject {
  readonly finding: AuditFinding;
  /** The same wherever the finding's place moves. */
  readonly fingerprint: string;
  /** What else is to be said, by its heading. */
  readonly properties?: Readonly<Record<string, string | undefined>>;
}

const words = { deny: 'fail', warn: 'warn', waived: 'skip' } as const satisfies Record<
  AuditedAction,
  ResultWord
>;
const severities = { deny: 'high', warn: 'medium', waived: 'info' } as const;

/** Texts come from users, and a report has to fit into etcd. */
const longestText = 1000;

/**
 * Makes the result of a finding. Where several pods of one owner have it, the owner is the object: which of them is
 * named changes with every roll-out.
 * @param report what tells the results of this report from those of all others: readers keep results by `resultID`
 * @param at milliseconds since 1970
 */
export function resultOf(
  { finding, fingerprint, properties = {} }: ResultSubject,
  report: string,
  at: number,
): ReportResult {
  const { rule, action, object, uid, owner, pointer, message, witness, remedy } = finding;
  const { deniesFrom, waiver, lapsed, count } = finding;
  const result = words[action];
  const told = {
    witness,
    expected: remedy,
    field: pointer === '' ? undefined : pointer,
    deniesFrom,
    waiver: waiver && waiverInWords(waiver),
    waiverTicket: waiver?.ticket,
    notWaived: lapsed,
    pods: owner && count > 1 ? String(count) : undefined,
    ...properties,
    fingerprint,
    resultID: digestOf([report, result, fingerprint]),
  };
  return {
    source: reportSource,
    policy: rule,
    category: rule.split('/', 1)[0] ?? '',
    severity: severities[action],
    result,
    scored: action === 'deny',
    timestamp: timestampOf(at),
    resources: [owner ?? { ...object, ...(uid === undefined ? {} : { uid }) }],
    message: shown(message),
    properties: propertiesOf(told),
  };
}

/** Of results that are about no object: how bad each is. */
const plainSeverities = { error: 'high', fail: 'high', warn: 'medium' } as const;

/** A result without an object: something that could not be judged, or that is to be said of a waiver. */
export function plainResult(
  {
    policy,
    result,
    message,
    properties,
  }: {
    readonly policy: string;
    readonly result: 'error' | 'fail' | 'warn';
    readonly message: string;
    readonly properties: Readonly<Record<string, string | undefined>>;
  },
  report: string,
  at: number,
): ReportResult {
  const parts = [report, result, policy, message, ...Object.values(properties)];
  return {
    source: reportSource,
    policy,
    category: policy.split('/', 1)[0] ?? '',
    severity: plainSeverities[result],
    result,
    scored: result === 'fail',
    timestamp: timestampOf(at),
    message: shown(message),
    properties: propertiesOf({ ...properties, resultID: digestOf(parts) }),
  };
}

/** The last result of a report that does not list everything. */
export function leftOutResult(leftOut: number, report: string, at: number): ReportResult {
  const message = leftOut === 1 ? '1 more finding is not listed' : `${leftOut} more findings are not listed`;
  return {
    source: reportSource,
    policy: 'report/left-out',
    category: 'report',
    severity: 'info',
    result: 'skip',
    scored: false,
    timestamp: timestampOf(at),
    message,
    properties: { resultID: digestOf([report, 'left out']) },
  };
}

function digestOf(parts: readonly (string | undefined)[]): string {
  return hash('sha256', parts.join('\n'));
}

function timestampOf(at: number): ReportResult['timestamp'] {
  return { seconds: Math.floor(at / 1000), nanos: 0 };
}

function propertiesOf(told: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(told).flatMap(([key, text]) => (text === undefined ? [] : [[key, shown(text)]])),
  );
}

function shown(text: string): string {
  return cut(printable(text), longestText, { printable: true });
}
