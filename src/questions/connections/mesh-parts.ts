import { common, noNumbers, type NumberSet, without } from '../../kubernetes/net/number-set.ts';
import { admissionOf, doubtOf } from '../flow/mesh-of-flow.ts';
import type { FlowEndFound } from '../flow/flow-end.ts';
import type { DoorPart, MeshDoor } from './mesh-door.ts';

/** An end with its proxies. */
export interface EndWithDoor {
  readonly end: FlowEndFound;
  /** Absent for addresses. */
  readonly door?: MeshDoor;
}

/** Ports of connections for which the mesh does the same. */
export interface MeshPart {
  readonly ports: NumberSet;
  /** The port that policies see; absent where it is the port itself. */
  readonly dialed?: number;
  readonly encryption: 'encrypted' | 'plaintext' | 'unknown';
  /** Whether the proxy of the destination lets the source in. */
  readonly admits: 'all' | 'some' | 'none';
  /** Why it is not known what the mesh does. */
  readonly doubt?: string;
}

const allPorts: NumberSet = [[1, 65_535]];
const plain: readonly MeshPart[] = [{ ports: allPorts, encryption: 'plaintext', admits: 'all' }];

/**
 * What the mesh makes of TCP connections from one end to all ports of another: at each port what `meshOfFlow` says of that
 * port, dialed by its own number.
 */
export function meshParts(source: EndWithDoor, destination: EndWithDoor): readonly MeshPart[] {
  const isMeshed = ({ end }: EndWithDoor) => end.kind === 'pod' && end.mesh !== 'out';
  if (!isMeshed(source) && !isMeshed(destination)) return plain;
  const doubt = doubtOf(source.end) ?? doubtOf(destination.end);
  if (doubt !== undefined) return [{ ports: allPorts, encryption: 'unknown', admits: 'all', doubt }];
  const { parts = [], profile } = destination.door ?? {};
  if (parts.length === 0 || !profile) return plain;
  const isIn = source.end.kind === 'pod' && source.end.mesh === 'in';
  const past = source.door?.skippedOut ?? noNumbers;
  return parts.flatMap((part): readonly MeshPart[] => {
    const byItself = isIn ? common(part.ports, past) : part.ports;
    const byProxy = isIn ? without(part.ports, past) : noNumbers;
    const made = (ports: NumberSet, hasIdentity: boolean): readonly MeshPart[] =>
      ports.length === 0 ? [] : [partOf(ports, part, source, hasIdentity, profile)];
    return [...made(byProxy, true), ...made(byItself, false)];
  });
}

function partOf(
  ports: NumberSet,
  { access, dialed, isSkipped }: DoorPart,
  { end }: EndWithDoor,
  hasIdentity: boolean,
  profile: NonNullable<MeshDoor['profile']>,
): MeshPart {
  if (isSkipped) return { ports, encryption: 'plaintext', admits: 'all' };
  const { admits } = admissionOf(end, access, profile, hasIdentity);
  if (!hasIdentity) return { ports, encryption: 'plaintext', admits };
  return { ports, encryption: 'encrypted', admits, ...(dialed === undefined ? {} : { dialed }) };
}
