import type { StringMap } from '../../kubernetes/object.ts';
import { inherited } from './inherited-labels.ts';

/** A service account that exists. */
export interface KnownAccount {
  readonly name: string;
  readonly labels: StringMap;
}

/** A service account of this many characters or more gives its pods no label of its name. */
export const accountNameLimit = 63;

/** The labels of a pod that hold the name of its account. */
export const accountLabel = 'projectcalico.org/serviceaccount';
export const accountNameLabel = 'pcsa.projectcalico.org/name';

/** Whether a label of a pod is decided by its service account. */
export function isAccountKey(key: string): boolean {
  return key === accountLabel || key.startsWith('pcsa.');
}

/** What an account that exists gives its pods as a label. */
export function accountValue({ name, labels }: KnownAccount, key: string): string | undefined {
  if (key === accountLabel) return name.length < accountNameLimit ? name : undefined;
  return inherited(labels, 'pcsa.', name, key);
}
