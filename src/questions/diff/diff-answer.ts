import type { Direction } from '../../kubernetes/direction.ts';
import type { ObjectReference } from '../../kubernetes/object.ts';
import type { Connection, ConnectionEnd } from '../connections/connections-answer.ts';

/** What is different between two states. */
export interface DiffAnswer {
  /** Every end that a change names. */
  readonly ends: readonly ConnectionEnd[];
  readonly connections: readonly ConnectionChange[];
  readonly coverage: readonly CoverageChange[];
  /** Objects that are new, gone or not what they were. */
  readonly objects: readonly ChangedObject[];
  /** Parts of either state that could not be read. */
  readonly incomplete: readonly string[];
  /** What was not worked out, because there was too much of it. */
  readonly cutShort: readonly string[];
}

/** Connections of two ends that are not what they were. */
export interface ConnectionChange
  extends Pick<Connection, 'from' | 'to' | 'protocol' | 'family' | 'ports' | 'icmp'> {
  /** `changed`: open before and after, but not as certain or not encrypted as before. */
  readonly kind: 'opened' | 'closed' | 'changed';
  /** Absent for what is opened. */
  readonly before?: ConnectionState;
  /** Absent for what is closed. */
  readonly after?: ConnectionState;
  /** What lets it through: after the change, or for what is closed before it. */
  readonly because: Connection['because'];
  /** The changed objects that did it; empty where it was not worked out. */
  readonly by: readonly ObjectReference[];
}

/** How a connection is. */
export type ConnectionState = Pick<Connection, 'verdict' | 'encryption'>;

/** A direction of a namespace that is closed to nobody asked for, or is not any more, in one family. */
export interface CoverageChange {
  readonly namespace: string;
  readonly direction: Direction;
  readonly family: 'IPv4' | 'IPv6';
  readonly kind: 'lost' | 'won';
  /** Absent where the namespace was not there. */
  readonly before?: CoverageState;
  /** Absent where the namespace is gone. */
  readonly after?: CoverageState;
  /** The changed objects that did it; empty where it was not worked out. */
  readonly by: readonly ObjectReference[];
}

export type CoverageState = 'deny' | 'allow' | 'unknown';

/** An object that is new, gone or not what it was. */
export interface ChangedObject {
  readonly reference: ObjectReference;
  readonly kind: 'added' | 'removed' | 'changed';
}
