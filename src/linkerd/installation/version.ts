import { remember } from '../../memo/remember.ts';

/** The newest Linkerd whose behaviour is written down here. */
export const latestVersion = '2.20';

/** Whether a version `2.MINOR` is at least another; text that is no version counts as the latest. */
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
 * The version a release name stands for: `stable-2.14.10`, `enterprise-2.18.1` and `2.18.1` say it, `edge-25.3.2`
 * is the version that came out of it. Anything else counts as the latest.
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
