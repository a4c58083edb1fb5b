/**
 * What changed between releases of Calico and bears on a verdict. An unknown or absent version counts as the newest.
 * Source: Calico release notes of 3.29, 3.30, 3.32 and 3.33, of which the last changes nothing here;
 * libcalico-go/lib/names/policy.go.
 */
export interface VersionTraits {
  /** Until 3.31 a policy's tier is the part of its name before the first dot, whatever `spec.tier` says. */
  readonly tierFromName: boolean;
  /** Until 3.28 there is one tier, `default`. */
  readonly tiers: boolean;
  /** Until 3.31 equal orders are decided by `namespace/tier.name`, since then by `name/namespace/kind`. */
  readonly tieKey: 'tiered-name' | 'name-namespace-kind';
  /** From 3.32 on the schemas bound the lengths of lists and hold the built-in tiers to what they are. */
  readonly schemaLimits: boolean;
  /** The kinds of `policy.networking.k8s.io` that are read. */
  readonly kubernetesAdminKinds: ReadonlySet<string>;
}

export function versionTraits(version: string | undefined): VersionTraits {
  const minor = minorOf(version);
  if (minor >= 32) {
    return {
      tierFromName: false,
      tiers: true,
      tieKey: 'name-namespace-kind',
      schemaLimits: true,
      kubernetesAdminKinds: new Set(['ClusterNetworkPolicy']),
    };
  }
  const kinds = minor >= 30 ? ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy'] : ['AdminNetworkPolicy'];
  return {
    tierFromName: minor >= 29,
    tiers: minor >= 29,
    tieKey: 'tiered-name',
    schemaLimits: false,
    kubernetesAdminKinds: new Set(minor >= 29 ? kinds : []),
  };
}

/**
 * Whether a text tells a version: a branch or a commit does not.
 * @example
 * isVersion('v3.31.2'); // true
 * isVersion('master'); // false
 */
export function isVersion(text: string | undefined): boolean {
  return numbers.test(text ?? '');
}

/**
 * Whether two versions read every policy alike, as far as is known.
 * @param one a version such as `3.31`; what tells no version counts as the newest
 * @example
 * readsAlike('3.29', '3.31'); // false
 * readsAlike('3.30', 'v3.31.7'); // true
 */
export function readsAlike(one: string, other: string): boolean {
  const [left, right] = [one, other].map((version) => {
    const { kubernetesAdminKinds, ...traits } = versionTraits(version);
    return JSON.stringify([traits, [...kubernetesAdminKinds]]);
  });
  return left === right;
}

const numbers = /^v?(\d{1,4})\.(\d{1,4})(?:\D|$)/;

function minorOf(version: string | undefined): number {
  const [, major, minor] = numbers.exec(version ?? '') ?? [];
  if (major === undefined || Number(major) > 3) return Number.POSITIVE_INFINITY;
  return Number(major) < 3 ? 0 : Number(minor);
}
