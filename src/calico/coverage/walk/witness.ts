import { printAddress } from '../../../kubernetes/net/address.ts';
import type { Family, Witness } from '../coverage.ts';
import type { OtherEnd } from '../facts/other-end.ts';
import type { PodSpace } from '../pods/pod-space.ts';
import type { PodChoice } from './pod-walk.ts';
import type { KnownAccount } from '../../labels/account-labels.ts';

/** The pod that a choice of values stands for. */
export function witnessOf(
  { variables }: PodSpace,
  pod: PodChoice,
  family: Family,
  end: OtherEnd,
  accounts: readonly KnownAccount[],
  sets: NonNullable<Witness['sets']> = [],
): Witness {
  const labels: [string, string][] = [];
  const accountLabels: [string, string][] = [];
  const podAddresses: string[] = [];
  let account: KnownAccount | undefined = accounts[0];
  let name: string | undefined;
  for (const [index, variable] of variables.entries()) {
    const value = pod(index);
    switch (variable.of) {
      case 'account':
        account = variable.accounts[value];
        break;
      case 'account-name':
        name = variable.values[value]?.name;
        break;
      case 'address':
        if (variable.values[value]) podAddresses.push(variable.name);
        break;
      case 'condition':
        break;
      default: {
        const text = variable.values[value];
        if (text !== undefined) (variable.of === 'label' ? labels : accountLabels).push([variable.key, text]);
      }
    }
  }
  return {
    labels: Object.fromEntries(labels),
    serviceAccount: account
      ? { name: account.name, exists: true, labels: account.labels }
      : {
          name: name ?? unusedName(accounts),
          exists: false,
          labels: Object.fromEntries(accountLabels.map(([key, text]) => [key.slice('pcsa.'.length), text])),
        },
    family,
    address: printAddress(end.address),
    ...(podAddresses.length > 0 ? { podAddress: podAddresses.join(' and ') } : {}),
    ...(sets.length > 0 ? { sets } : {}),
  };
}

function unusedName(accounts: readonly KnownAccount[]): string {
  let name = 'other';
  for (let number = 2; accounts.some((account) => account.name === name); number++) name = `other-${number}`;
  return name;
}
