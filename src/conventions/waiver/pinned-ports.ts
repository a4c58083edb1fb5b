/** Ports from one to another, both counted. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** The ports of a text that is nothing but ports and ranges: `25,3306, 9000-9010`; undefined for every other text. */
export function portsIn(text: string): readonly PortRange[] | undefined {
  const ranges = text.split(',').map((part) => /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(part.trim()));
  const ports = ranges.flatMap((range) => {
    const from = Number(range?.[1]);
    return range ? [{ from, to: range[2] === undefined ? from : Number(range[2]) }] : [];
  });
  return ports.length === ranges.length ? ports : undefined;
}
