import { catalogue, isKnownKey, isLinkerdKey } from './catalogue.ts';
import { goSeconds, parseGoDuration, trimSpace } from '../ports/go-values.ts';
import { valueKinds, type ValueKind, type ValueKindName } from './value-kinds.ts';
import { nearestWord } from '../../text/nearest-word.ts';

/**
 * The annotation that somebody who wrote an unknown key of Linkerd's probably meant: the one with the same or the
 * nearest name, or with a name that begins like it. Undefined for keys that Linkerd knows, for other people's, and
 * where nothing is near.
 */
export function suggestAnnotation(key: string): string | undefined {
  if (isKnownKey(key) || !mentionsLinkerd(key)) return undefined;
  const name = key.slice(key.indexOf('/') + 1);
  const within = Math.max(1, Math.min(5, Math.floor(name.length / 4)));
  const near = nearestWord(name, currentNames, { within });
  const index =
    near === undefined
      ? currentNames.findIndex((candidate) => candidate.startsWith(`${name}-`))
      : currentNames.indexOf(near);
  return currentKeys[index];
}

/** The keys worth writing today. */
const currentKeys: readonly string[] = catalogue
  .filter((entry) => !entry.deprecated && entry.until === undefined && entry.deadSince === undefined)
  .map(({ key }) => key);

/** The same without their domains. */
const currentNames = currentKeys.map((key) => key.slice(key.indexOf('/') + 1));

/** Keys of Linkerd's domains, and those that miss one by a letter or two. */
function mentionsLinkerd(key: string): boolean {
  return isLinkerdKey(key) || nearestWord(key.split('/')[0] ?? '', domains, { within: 2 }) !== undefined;
}

const domains = ['linkerd.io', 'config.linkerd.io', 'config.alpha.linkerd.io', 'config.beta.linkerd.io'];

/** Words that people write for one another. */
const synonyms: Readonly<Partial<Record<ValueKindName, ReadonlyMap<string, string>>>> = {
  inject: switchWords('enabled', 'disabled'),
  enabledDisabled: switchWords('enabled', 'disabled'),
  boolean: switchWords('true', 'false'),
};

function switchWords(on: string, off: string): ReadonlyMap<string, string> {
  return new Map([
    ...['true', 'yes', 'on', '1', 'y', 'enable', 'enabled'].map((word) => [word, on] as const),
    ...['false', 'no', 'off', '0', 'n', 'disable', 'disabled'].map((word) => [word, off] as const),
  ]);
}

/** Nobody mistypes more than that, and each suggestion looks at the whole of it. */
const longestMistake = 256;

/** The value of a kind that somebody who wrote another one probably meant. */
export function suggestValue(kind: ValueKindName, value: string): string | undefined {
  if (value.length > longestMistake) return undefined;
  const { accepts, values = [] }: ValueKind = valueKinds[kind];
  const plain = value.trim();
  const word = plain.toLowerCase().replaceAll('_', '-');
  const candidates = [
    plain,
    word,
    synonyms[kind]?.get(word),
    nearestWord(word, values, { within: 2 }),
    withUnit(kind, plain),
    // Of what goes past the proxy nothing more is let out by a suggestion.
    kind === 'httpRetry' || kind === 'grpcRetry' ? plain.split(',').map(trimSpace).join(',') : undefined,
  ];
  return candidates.find(
    (candidate) => candidate !== undefined && candidate !== '' && candidate !== value && accepts(candidate),
  );
}

/** Numbers with the right unit: no bytes in quantities, no days in Go, and bare numbers by their size. */
function withUnit(kind: ValueKindName, value: string): string | undefined {
  if (kind === 'quantity') return value.replace(/b$/i, '');
  if (kind !== 'goDuration' && kind !== 'policyDuration') return undefined;
  const days = /^([0-9]{1,4})d$/.exec(value)?.[1];
  if (kind === 'policyDuration') {
    const nanoseconds = parseGoDuration(value.toLowerCase());
    const milliseconds = nanoseconds === undefined ? undefined : Math.round(goSeconds(nanoseconds) * 1000);
    if (milliseconds !== undefined && milliseconds > 0)
      return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
  }
  if (days !== undefined) return `${Number(days) * 24}h`;
  if (!/^[0-9]{1,9}$/.test(value)) return undefined;
  return Number(value) >= 500 ? `${value}ms` : `${value}s`;
}
