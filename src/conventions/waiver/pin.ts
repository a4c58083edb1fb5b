import type { Direction } from '../../kubernetes/direction.ts';
import type { FamilyName } from '../../kubernetes/net/family.ts';
import { listInWords } from '../../text/list.ts';
import { portsIn, type PortRange } from './pinned-ports.ts';

/** One finding that a waiver is for: everything that it says must hold. */
export interface Pin {
  readonly found?: string;
  readonly direction?: Direction;
  readonly family?: FamilyName;
  /** A port, a range or a list of both. */
  readonly port?: number | string;
  readonly container?: string;
  readonly fingerprint?: string;
}

/** What a finding says that pins can be held against. What it does not say no pin that names it covers. */
export interface Pinnable {
  /** As the report says it, and the value alone. */
  readonly found: readonly string[];
  /** All that are open by it. */
  readonly directions: readonly Direction[];
  readonly families: readonly FamilyName[];
  readonly container?: string;
  readonly fingerprint: string;
}

/** Whether a finding is one that a waiver is for: where several directions, families or ports are open, all of them. */
export function isPinned(pins: readonly Pin[], finding: Pinnable): boolean {
  return pins.some((pin) => covers(pin, finding));
}

function covers(pin: Pin, { found, directions, families, container, fingerprint }: Pinnable): boolean {
  return (
    (pin.found === undefined || found.includes(pin.found)) &&
    (pin.direction === undefined || isAll(directions, pin.direction)) &&
    (pin.family === undefined || isAll(families, pin.family)) &&
    (pin.port === undefined || arePorts(found, portsIn(String(pin.port)) ?? [])) &&
    (pin.container === undefined || pin.container === container) &&
    (pin.fingerprint === undefined || pin.fingerprint === fingerprint)
  );
}

function isAll<Word>(words: readonly Word[], wanted: Word): boolean {
  return words.length > 0 && words.every((word) => word === wanted);
}

function arePorts(found: readonly string[], pinned: readonly PortRange[]): boolean {
  const ports = found.map(portsIn).find((ranges) => ranges !== undefined);
  return (
    ports !== undefined &&
    ports.every(({ from, to }) => pinned.some((range) => range.from <= from && to <= range.to))
  );
}

/** What pins are for and what was found instead: `is for 3306, and this is 1-65535`. */
export function mismatchInWords(pins: readonly Pin[], finding: Pinnable): string {
  const wanted = listInWords([...new Set(pins.map(pinInWords))], { last: 'or', most: 3 });
  return `is for ${wanted}, and this is ${foundInWords(pins, finding)}`;
}

/** A pin in a few words: `3306`, `egress over IPv6`, `port 3306 of container "web"`. */
export function pinInWords({ found, direction, family, port, container, fingerprint }: Pin): string {
  const parts = [
    ...(found === undefined ? [] : [found]),
    ...(direction === undefined ? [] : [direction.toLowerCase()]),
    ...(family === undefined ? [] : [family]),
    ...(port === undefined ? [] : [`port ${port}`]),
    ...(container === undefined ? [] : [`container "${container}"`]),
    ...(fingerprint === undefined ? [] : [`the finding ${fingerprint.slice(0, 8)}`]),
  ];
  return parts.join(', ');
}

function foundInWords(
  pins: readonly Pin[],
  { found, directions, families, container, fingerprint }: Pinnable,
): string {
  const asks = (key: keyof Pin) => pins.some((pin) => pin[key] !== undefined);
  const value = found.at(-1);
  const parts = [
    ...(value !== undefined && (asks('found') || asks('port')) ? [value] : []),
    ...(asks('direction') ? directions.map((word) => word.toLowerCase()) : []),
    ...(asks('family') ? families : []),
    ...(asks('container') && container !== undefined ? [`container "${container}"`] : []),
    ...(asks('fingerprint') ? [`the finding ${fingerprint.slice(0, 8)}`] : []),
  ];
  return parts.length > 0 ? listInWords(parts) : 'another finding';
}
