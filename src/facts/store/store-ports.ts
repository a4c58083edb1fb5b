import type { StoreKind } from '../../conventions/document/store-kinds.ts';
import { opaqueProtocolOf, type ContainerPort } from '../../linkerd/index.ts';

/** What a database or broker is called, the ports on which it takes clients, and what it speaks on them. */
export interface Description {
  /** What it is called in messages. */
  readonly name: string;
  /** The ports on which it takes clients, in ascending order. */
  readonly ports: readonly number[];
  /** Whether nothing is to be looked for in the bytes of a port. */
  readonly speaksBytes: (port: number) => boolean;
}

export function storeOfKind(
  kind: StoreKind,
  declared: readonly ContainerPort[],
  own: readonly number[] = [],
): Description {
  return { name: kind.name, ports: clientPorts(kind, declared, own), speaksBytes: speaksBytesAs(kind) };
}

/** Of a store of no known kind only its ports tell. */
export function speaksBytesAs(kind: StoreKind | undefined): Description['speaksBytes'] {
  return (port) => (kind ? !kind.speaksHttp(port) : opaqueProtocolOf(port) !== undefined);
}

export function clientPorts(
  { portNames, ports }: StoreKind,
  declared: readonly ContainerPort[],
  unnamedOwn: readonly number[] = [],
): readonly number[] {
  const own = declared
    .filter(
      ({ name, port }) =>
        ports.includes(port) || (name !== undefined && portNames.has(name.replace(/^tcp-/, ''))),
    )
    .map(({ port }) => port);
  if (own.length > 0) return ascending(own);
  return unnamedOwn.length > 0 ? ascending(unnamedOwn) : [ports[0]];
}

export function ascending(ports: readonly number[]): readonly number[] {
  return [...new Set(ports)].toSorted((left, right) => left - right);
}
