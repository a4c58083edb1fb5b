import { judgedKinds } from '../../kubernetes/object-class.ts';
import { type Fault, quote } from '../document/fault.ts';
import type { WaiverDocument } from '../document/schema/waiver.ts';
import { checkSelector } from '../convention/selector-meaning.ts';
import { nearestWord, oneSlip } from '../../text/nearest-word.ts';

/** What is wrong with a waiver whose shape is right: an end before its beginning, a kind that nobody has. */
export function checkWaiver({ spec }: WaiverDocument): Fault[] {
  const { from, until, match } = spec;
  return [
    ...(match.namespaceSelector
      ? checkSelector(match.namespaceSelector, ['spec', 'match', 'namespaceSelector'])
      : []),
    ...(match.kinds ?? []).flatMap((kind, index) => checkKind(kind, index)),
    ...(from !== undefined && from > until
      ? [{ path: ['spec', 'until'], message: `it ends on ${until}, before it begins on ${from}` }]
      : []),
  ];
}

/** Kinds of others may have pod templates as well, so only a slip of the pen is an error. */
function checkKind(kind: string, index: number): Fault[] {
  const meant = nearestWord(kind, judgedKinds, oneSlip);
  if (meant === undefined || meant === kind) return [];
  return [
    {
      path: ['spec', 'match', 'kinds', index],
      message: `there is no kind ${quote(kind)}; did you mean "${meant}"? A kind of your own that is called so is written with its group, ${kind}.example.com`,
    },
  ];
}
