import type { CalicoMode } from '../calico/index.ts';

/** What something about Calico rests on: what was seen, what a convention says, or nothing at all. */
export type CalicoOrigin = 'detected' | 'convention' | 'assumed';

/** What a convention says about Calico. */
export interface CalicoStatement {
  readonly mode?: CalicoMode;
  /** Such as `3.31`. */
  readonly version?: string;
}

/** The Calico that verdicts are made for. */
export interface CalicoInForce {
  readonly mode: CalicoMode;
  readonly modeFrom: CalicoOrigin;
  /** Such as `3.31`; `newest` is the newest that tollgate knows. */
  readonly version: string;
  readonly versionFrom: CalicoOrigin;
}

/**
 * Puts together what was found and what a convention says; where neither tells, Calico counts as newly installed.
 * @param found the mode that was decided on, and what that rests on
 */
export function calicoInForce(
  { mode, version }: CalicoStatement,
  found?: { readonly mode: CalicoMode; readonly from: CalicoOrigin },
): CalicoInForce {
  const decided = found ?? (mode === undefined ? newlyInstalled : { mode, from: 'convention' });
  return {
    mode: decided.mode,
    modeFrom: decided.from,
    version: version ?? 'newest',
    versionFrom: version === undefined ? 'assumed' : 'convention',
  };
}

/** Whether a version is one that can be compared: nothing else is said by `newest`, or by the name of a branch. */
export function isKnownVersion(version: string | undefined): boolean {
  return /^v?\d+\.\d+(?:\D|$)/.test(version ?? '');
}

const newlyInstalled = { mode: 'v3crd', from: 'assumed' } as const;

/** One line: `mode raw (detected), version 3.31 (convention)`. */
export function printCalico({ mode, modeFrom, version, versionFrom }: CalicoInForce): string {
  return `mode ${mode} (${modeFrom}), version ${version} (${versionFrom})`;
}
