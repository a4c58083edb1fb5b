import { remember } from '../../memo/remember.ts';

/** The newest Linkerd version whose behaviour is known here. */
export const latestVersion = '2.20';

/**
 * Compares two Linkerd versions by their minor number.
 *
 * @param version A version such as `2.18` or `2.18.1`; anything else counts as newer than every version.
 * @param minimum The version to compare with, in the same form.
 * @returns Whether the first is the same minor version or a later one.
 * @example
 * atLeast('2.18', '2.16'); // true
 */
export function atLeast(version: string, minimum: string): boolean {
  return minorOf(version) >= minorOf(minimum);
}

/** The months in which versions were released, newest first; an edge release belongs to the next one after it. */
const releases = [
  { version: '2.20', month: 26 * 12 + 6 },
  { version: '2.19', month: 25 * 12 + 10 },
  { version: '2.18', month: 25 * 12 + 4 },
  { version: '2.17', month: 24 * 12 + 11 },
  { version: '2.16', month: 24 * 12 + 8 },
  { version: '2.15', month: 24 * 12 + 2 },
] as const;

/**
 * Finds the version of a release: `stable-2.14.10`, `enterprise-2.18.1` and `2.18.1` contain it, and an edge release
 * belongs to the next version. Anything else is the latest version.
 *
 * @param release The name of a release, as in `linkerdVersion` of Linkerd's values or the tag of an image.
 * @returns A version `2.MINOR`.
 * @example
 * versionOfRelease('edge-25.3.2'); // '2.18'
 */
export function versionOfRelease(release: string): string {
  const edge = /^edge-([0-9]{2})\.([0-9]{1,2})\b/.exec(release);
  if (edge) {
    const month = Number(edge[1]) * 12 + Number(edge[2]);
    return releases.findLast((candidate) => month <= candidate.month)?.version ?? latestVersion;
  }
  const minor = /(?:^|[-v])2\.([0-9]{1,3})\b/.exec(release)?.[1];
  return minor === undefined ? latestVersion : `2.${Number(minor)}`;
}

/** What first stood in Linkerd's values at an edge release, and the version that came of it. */
export interface Introduction {
  readonly version: string;
  readonly edge: string;
}

/** Whether a release is one since an introduction: an edge release by its own number, any other by its version. */
export function isSince(release: string, { edge, version }: Introduction): boolean {
  const number = edgeNumber(release);
  return number === undefined
    ? atLeast(versionOfRelease(release), version)
    : number >= (edgeNumber(edge) ?? Infinity);
}

/** Whether a release says its number: an edge release, a version or one with a patch number. */
export function saysItsNumber(release: string): boolean {
  return edgeNumber(release) !== undefined || /(?:^|[-v])2\.[0-9]{1,3}\b/.test(release);
}

function edgeNumber(release: string): number | undefined {
  const [, year, month, count] = /^edge-([0-9]{2})\.([0-9]{1,2})\.([0-9]{1,3})\b/.exec(release) ?? [];
  return year === undefined ? undefined : (Number(year) * 100 + Number(month)) * 1000 + Number(count);
}

/** By version, never stale. Versions are compared many times for each review, and there are few. */
const minorOf = remember(
  {
    name: 'minor numbers of Linkerd versions',
    bound: { entries: 100, keyLength: 100 },
    key: (version: string) => version,
  },
  (version) => {
    const text = /^2\.([0-9]{1,3})\b/.exec(version)?.[1];
    return text === undefined ? Infinity : Number(text);
  },
);
