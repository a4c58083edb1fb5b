import type { WaiverStatement } from '../../conventions/waiver/waiver.ts';
import type { Direction } from '../../kubernetes/direction.ts';
import type { ObjectReference } from '../../kubernetes/object.ts';
import type { ConnectionEnd } from '../connections/connections-answer.ts';

/** A state as a picture: islands with gates, cars on them, bridges between them, and what is waived. */
export interface Posture {
  readonly islands: readonly Island[];
  readonly bridges: readonly Bridge[];
  readonly waivers: readonly PostureWaiver[];
  /** What could not be read: then nothing is known for certain. */
  readonly incomplete: readonly string[];
}

/** A namespace. */
export interface Island {
  readonly name: string;
  readonly gates: readonly Gate[];
  readonly cars: readonly Car[];
}

/** Whether one direction of a namespace is closed to whom nobody asked for, in one family. */
export interface Gate {
  readonly direction: Direction;
  readonly family: 'IPv4' | 'IPv6';
  /** As `judgeCoverage` says it: `deny` is closed, and `unknown` is never counted as closed. */
  readonly verdict: 'deny' | 'allow' | 'unknown';
  /** Of a closed gate the policy that closes it to a pod without labels. */
  readonly by?: { readonly kind: string; readonly name: string; readonly tier: string };
}

/** A workload. */
export interface Car {
  readonly workload: ObjectReference;
  /** The end of connections that it belongs to. */
  readonly end: string;
  readonly meshed: 'meshed' | 'unmeshed' | 'unknown';
  readonly findings: readonly CarFinding[];
}

/** What the rules find of a workload, as far as a picture tells. */
export interface CarFinding {
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'waived';
  readonly message: string;
}

/** All that may connect from one island to another, or to or from the sea of addresses. */
export interface Bridge {
  /** The name of a namespace; absent for the sea. */
  readonly from?: string;
  readonly to?: string;
  /** Whether a policy lets it through, or it is open only since nothing forbids it. */
  readonly built: boolean;
  /** How many connections it stands for: pairs of ends, by protocol and family. */
  readonly connections: number;
  readonly encrypted: number;
  readonly plaintext: number;
  readonly unknown: number;
  /** It leads to all of the internet on all ports of a protocol. */
  readonly unlimited: boolean;
  /** Positions in the list of connections. */
  readonly indices: readonly number[];
}

/** The namespace of an end; undefined for addresses. */
export function islandOf(end: ConnectionEnd): string | undefined {
  return end.kind === 'addresses' ? undefined : end.namespace;
}

/** How many connections a change opens, closes or makes less certain or less encrypted, or more. */
export interface BridgeChange extends Pick<Bridge, 'from' | 'to'> {
  readonly opened: number;
  readonly closed: number;
  readonly changed: number;
}

/** A waiver with its days. */
export interface PostureWaiver
  extends Pick<WaiverStatement, 'name' | 'owner' | 'reason' | 'rules' | 'from' | 'until'> {
  /** Days after today until its last day; negative where it has ended. */
  readonly daysLeft: number;
}
