import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { joinBundle, parseBundle } from './bundle.ts';
import { clockToleranceMs, issueAuthority, issueServing, type KeyPair } from './issue.ts';

/** A serving certificate and the authorities that make it trusted, at one point of their succession. */
export interface OwnCertificates {
  /** Has signed the leaf. */
  readonly authority: KeyPair;
  readonly leaf: KeyPair;
  /** To be trusted everywhere before it signs the first leaf. */
  readonly successor?: KeyPair;
  /** PEM of those that signed before: trusted for as long as somebody may still show a leaf of theirs. */
  readonly former?: string;
  /** Somebody has asked for a new authority before the time of the present one is up. */
  readonly rotationAsked: boolean;
}

/** Lifetimes in days, waits in milliseconds. */
export interface RotationTimes {
  readonly authorityDays: number;
  /** So long before its end an authority gets a successor. */
  readonly authorityRenewal: number;
  readonly leafDays: number;
  readonly leafRenewal: number;
  /** Between a bundle's arrival in the webhook configurations and the first leaf that needs it. */
  readonly settleMs: number;
  /** Between the last leaf of an authority and the end of its trust: a replica may lag, a connection live on. */
  readonly keepMs: number;
}

export const defaultRotationTimes: RotationTimes = {
  authorityDays: 365,
  authorityRenewal: 120,
  leafDays: 90,
  leafRenewal: 30,
  settleMs: 60_000,
  keepMs: 600_000,
};

/** The one thing to be done next; `none` where there is nothing to do, or nothing yet. */
export type RotationStep = 'create' | 'renew-leaf' | 'add-successor' | 'switch' | 'drop-former' | 'none';

export interface RotationSituation {
  readonly now: Date;
  /** DNS names and IP addresses that the leaf must be good for. */
  readonly hosts: readonly string[];
  /** Since when every webhook configuration has trusted `trustedAuthorities`; undefined where one does not. */
  readonly publishedSince: Date | undefined;
  readonly times: RotationTimes;
}

/**
 * Decides the next step in the life of the certificates. A new authority is trusted beside the old one before it
 * signs, and the old one as long as a leaf of its may be shown, so that at no moment somebody is shown a leaf that is
 * not trusted yet, or no longer.
 */
export function nextStep(
  certificates: OwnCertificates | undefined,
  { now, hosts, publishedSince, times }: RotationSituation,
): RotationStep {
  if (!certificates) return 'create';
  const { authority, leaf, successor, former, rotationAsked } = certificates;
  const authorityEnd = endOf(authority);
  if (authorityEnd <= now) {
    // Nobody trusts the chain any more, so there is nobody to be careful of.
    return successor && endOf(successor) > now ? 'switch' : 'create';
  }
  const leafEnd = endOf(leaf);
  const isLeafDue =
    !isGoodFor(leaf, hosts) ||
    (within(leafEnd, now, times.leafRenewal) && gains(leafEnd, authorityEnd, now, times.leafDays));
  if (isLeafDue) return 'renew-leaf';
  const passed = (since: Date, milliseconds: number) => now.getTime() - since.getTime() >= milliseconds;
  if (successor) return publishedSince && passed(publishedSince, times.settleMs) ? 'switch' : 'none';
  if (former !== undefined) return passed(issuedAt(leaf), times.keepMs) ? 'drop-former' : 'none';
  return rotationAsked || within(authorityEnd, now, times.authorityRenewal) ? 'add-successor' : 'none';
}

/** What the certificates are after a step. */
export async function takeStep(
  step: Exclude<RotationStep, 'none'>,
  certificates: OwnCertificates | undefined,
  { now, hosts, times }: Pick<RotationSituation, 'now' | 'hosts' | 'times'>,
): Promise<OwnCertificates> {
  const newAuthority = () => issueAuthority({ now, days: times.authorityDays });
  const newLeaf = (authority: KeyPair) => issueServing({ authority, hosts, now, days: times.leafDays });
  if (!certificates || step === 'create') {
    const authority = await newAuthority();
    return { authority, leaf: await newLeaf(authority), rotationAsked: false };
  }
  const { authority, leaf, successor, former, rotationAsked } = certificates;
  if (step === 'renew-leaf') return { ...certificates, leaf: await newLeaf(authority) };
  if (step === 'add-successor') {
    return { ...certificates, successor: await newAuthority(), rotationAsked: false };
  }
  if (step === 'drop-former') return { authority, leaf, rotationAsked, ...(successor ? { successor } : {}) };
  if (!successor) return certificates;
  const trusted = joinBundle(authority.certificate, former ?? '');
  return { authority: successor, leaf: await newLeaf(successor), former: trusted, rotationAsked };
}

/** PEM of every authority that clients should trust now, in a fixed order. */
export function trustedAuthorities({ authority, successor, former }: OwnCertificates): string {
  return joinBundle(authority.certificate, successor?.certificate ?? '', former ?? '');
}

function certificateOf({ certificate }: KeyPair): X509Certificate {
  const [first] = parseBundle(certificate);
  if (!first) throw new Error('there is no certificate');
  return first;
}

function endOf(pair: KeyPair): Date {
  return certificateOf(pair).validToDate;
}

function issuedAt(pair: KeyPair): Date {
  return new Date(certificateOf(pair).validFromDate.getTime() + clockToleranceMs);
}

function within(end: Date, now: Date, days: number): boolean {
  return end.getTime() - now.getTime() < days * 86_400_000;
}

/** Whether a new leaf would last longer: none outlives its authority, so near its end renewing would never stop. */
function gains(leafEnd: Date, authorityEnd: Date, now: Date, days: number): boolean {
  const possible = Math.min(authorityEnd.getTime(), now.getTime() + days * 86_400_000);
  return possible - leafEnd.getTime() > 60_000;
}

function isGoodFor(pair: KeyPair, hosts: readonly string[]): boolean {
  const certificate = certificateOf(pair);
  return hosts.every((host) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)));
}
