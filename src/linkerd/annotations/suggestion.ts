import { catalogue, isKnownKey, isLinkerdKey } from './catalogue.ts';
import { nearestWord } from '../../text/nearest-word.ts';
import { trimSpace } from '../ports/trim-space.ts';
import { goSeconds, parseGoDuration } from './value-readers.ts';
import { valueKinds, type ValueKind, type ValueKindName } from './value-kinds.ts';

/**
 * Suggests the known annotation for an unknown key of Linkerd's: the one with the same or the nearest name, or with a
 * name that begins like it. Undefined for keys that Linkerd knows, for keys of other domains, and if no name is near.
 *
 * @param key The whole key that was written. Any text is accepted.
 * @returns The whole key to write, or undefined.
 * @example
 * suggestAnnotation('linkerd.io/injekt'); // 'linkerd.io/inject'
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

/** The keys that are neither deprecated nor dead. */
const currentKeys: readonly string[] = catalogue
  .filter((entry) => !entry.deprecated && entry.until === undefined && entry.deadSince === undefined)
  .map(({ key }) => key);

/** The names of these keys, without their domains. */
const currentNames = currentKeys.map((key) => key.slice(key.indexOf('/') + 1));

/** Whether a key is in one of Linkerd's domains, or in a domain that differs by a letter or two. */
function mentionsLinkerd(key: string): boolean {
  return isLinkerdKey(key) || nearestWord(key.split('/')[0] ?? '', domains, { within: 2 }) !== undefined;
}

const domains = ['linkerd.io', 'config.linkerd.io', 'config.alpha.linkerd.io', 'config.beta.linkerd.io'];

/** Words that are often written instead of the right one. */
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

/** A bound on the work: each candidate reads the whole value. */
const longestMistake = 256;

/**
 * Suggests a valid value for an invalid one.
 *
 * @param kind The kind of value that the annotation asks for: `kind` of its catalogue entry.
 * @param value The value that was written; nothing is suggested for one longer than 256 characters.
 * @returns A valid value, or undefined.
 * @example
 * suggestValue('inject', 'true'); // 'enabled'
 */
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
    // No suggestion for lists of skipped ports: it could exempt more traffic than was meant.
    kind === 'httpRetry' || kind === 'grpcRetry' ? plain.split(',').map(trimSpace).join(',') : undefined,
  ];
  return candidates.find(
    (candidate) => candidate !== undefined && candidate !== '' && candidate !== value && accepts(candidate),
  );
}

/**
 * A number with a unit that is valid: quantities have no B, Go has no days, and a bare number gets ms or s by its size.
 */
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
