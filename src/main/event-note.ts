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
    `${rule}: ${message}`,
    ...(witness === undefined ? [] : [`because: ${witness}`]),
    ...(remedy === undefined ? [] : [`expected: ${remedy}`]),
  ].join('; ');
}
