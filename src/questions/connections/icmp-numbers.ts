import type { NumberSet } from '../../kubernetes/net/number-set.ts';
import type { Connection } from './connections-answer.ts';

/** The types of ICMP, and for a part of one its codes, that numbers of `type << 8 | code` stand for; nothing for all of them. */
export function icmpOf(numbers: NumberSet): Pick<Connection, 'icmp'> {
  const [only] = numbers;
  if (numbers.length === 1 && only?.[0] === 0 && only[1] === 65_535) return {};
  return { icmp: numbers.flatMap(([first, last]) => typesOf(first, last)) };
}

function typesOf(first: number, last: number): NonNullable<Connection['icmp']> {
  const [from, to] = [first >> 8, last >> 8];
  const [code, end] = [first & 255, last & 255];
  if (from === to)
    return code === 0 && end === 255 ? [{ types: [from, to] }] : [{ types: [from, to], codes: [code, end] }];
  const head = code === 0 ? from : from + 1;
  const tail = end === 255 ? to : to - 1;
  return [
    ...(head > from ? typesOf(first, from * 256 + 255) : []),
    ...(head <= tail ? [{ types: [head, tail] as const }] : []),
    ...(tail < to ? typesOf(to * 256, last) : []),
  ];
}
