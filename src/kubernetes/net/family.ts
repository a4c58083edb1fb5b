import type { Family } from './address.ts';

/** A version of IP as documents and messages name it. */
export type FamilyName = 'IPv4' | 'IPv6';

export const familyNames: readonly FamilyName[] = ['IPv4', 'IPv6'];

export function familyOf(name: FamilyName): Family {
  return name === 'IPv4' ? 4 : 6;
}

export function nameOfFamily(family: Family): FamilyName {
  return family === 4 ? 'IPv4' : 'IPv6';
}
