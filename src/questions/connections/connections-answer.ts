import type { ObjectReference } from '../../kubernetes/object.ts';
import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import type { Transport } from '../flow/transport.ts';

/** All connections of a state, with the ends they are between. */
export interface ConnectionsAnswer {
  /** Every end that a connection names. */
  readonly ends: readonly ConnectionEnd[];
  /** Only what is not denied. */
  readonly connections: readonly Connection[];
  /** What could not be read: then nothing is known for certain, and what is not listed may be open. */
  readonly incomplete: readonly string[];
  /** Why an end that was asked for is not to be found. */
  readonly problems: readonly string[];
}

/** What a connection begins or ends at. */
export type ConnectionEnd = WorkloadsEnd | AddressesEnd | PossiblePodsEnd;

/** Workloads of a namespace that neither a policy nor the mesh tells apart. */
export interface WorkloadsEnd {
  readonly id: string;
  readonly kind: 'workloads';
  readonly namespace: string;
  readonly workloads: readonly ObjectReference[];
  readonly meshed: 'meshed' | 'unmeshed' | 'unknown';
}

/** Addresses of one family at which no known pod is. */
export interface AddressesEnd {
  readonly id: string;
  readonly kind: 'addresses';
  readonly family: 'IPv4' | 'IPv6';
  /** As CIDR, in ascending order; none lies in another. */
  readonly blocks: readonly string[];
  /** `anywhere` is every address of the family; `internet` holds at least every public one. */
  readonly name?: 'anywhere' | 'internet';
}

/** Pods that do not exist yet and that no policy tells apart. */
export interface PossiblePodsEnd {
  readonly id: string;
  readonly kind: 'possible-pods';
  readonly namespace: string;
  /** The labels and the service account of one of them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly account: string;
  readonly meshed: 'meshed' | 'unmeshed' | 'unknown';
}

/** What one end may open to another over one protocol. */
export interface Connection {
  /** The id of the end that opens it. */
  readonly from: string;
  /** The id of the end that takes it. */
  readonly to: string;
  readonly protocol: Transport | 'ICMP';
  readonly family: 'IPv4' | 'IPv6';
  /** Ports of the destination from the first to the last, ascending, with gaps between them; empty for ICMP. */
  readonly ports: readonly (readonly [number, number])[];
  /** For ICMP what of it, where that is not all: types, and of a part of one type the codes. */
  readonly icmp?: readonly {
    readonly types: readonly [number, number];
    readonly codes?: readonly [number, number];
  }[];
  readonly verdict: 'allowed' | 'unknown';
  readonly encryption: 'encrypted' | 'plaintext' | 'unknown';
  /** What lets it through at either end; empty where no policy selects that end. */
  readonly because: {
    readonly egress: readonly DecidingRule[];
    readonly ingress: readonly DecidingRule[];
  };
  /** Why something is unknown, where no rule that is named is in doubt. */
  readonly why?: readonly string[];
}

/** A rule that lets a connection through, or may. */
export interface DecidingRule {
  readonly tier: string;
  /** Absent for the profile of a namespace, which lets through what every tier has passed on. */
  readonly policy?: ObjectReference;
  /** The index in the object's own list; absent where the end of a tier decides, or whether the policy selects is not known. */
  readonly rule?: number;
  readonly verdict: 'allow' | 'deny' | 'pass';
  /** Set where it is not known whether it matches. */
  readonly doubtful?: true;
  readonly at?: { readonly object: ObjectReference; readonly pointer: JsonPointer };
}
