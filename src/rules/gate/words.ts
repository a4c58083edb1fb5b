import type { DirectionVerdict } from './namespace-coverage.ts';

/** The subject and verb of a sentence: `ingress is`, `ingress and egress are`. */
export function directionsInWords(verdicts: readonly Pick<DirectionVerdict, 'direction'>[]): string {
  const names = verdicts.map(({ direction }) => direction.toLowerCase());
  return `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'}`;
}

/** At most three names and a count of the rest: `"a", "b", "c" and 9 more`. */
export function namesInWords(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `"${name}"`);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}
