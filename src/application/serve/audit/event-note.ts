import { printable, printableLine } from '../../../engine/printable.ts';

/** What an Event says of a finding. */
export function eventNote({
  rule,
  message,
  witness,
  remedy,
}: {
  readonly rule: string;
  readonly message: string;
  readonly witness?: string | undefined;
  readonly remedy?: string | undefined;
}): string {
  return [
    `${rule}: ${printableLine(message)}`,
    ...(witness === undefined ? [] : [`because: ${printableLine(witness)}`]),
    ...(remedy === undefined ? [] : [`expected: ${printable(remedy)}`]),
  ].join('; ');
}
