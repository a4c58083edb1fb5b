const unitMilliseconds = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/**
 * A duration as the policy controller reads it, in milliseconds: a whole number and a single unit; a bare `0` is fine.
 * Source: Linkerd policy-controller/k8s/index/src/outbound/index.rs, parse_duration.
 */
export function parsePolicyDuration(text: string): number | undefined {
  const match = /^([0-9]{1,15})(ms|s|m|h|d)?$/.exec(text.trim());
  if (!match) return undefined;
  const count = Number(match[1]);
  if (match[2] === undefined) return count === 0 ? 0 : undefined;
  return count * (unitMilliseconds.get(match[2]) ?? 0);
}
