import type { Address } from '../../kubernetes/net/address.ts';
import { containsAddress, type Net } from '../../kubernetes/net/net.ts';
import type { Peer } from '../policy/policy-rule.ts';
import type { PodEndpoint } from '../state/endpoint.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { labelDoubt, type PeerKnown } from './label-doubt.ts';

/** One end of a rule without what it asks and nobody can answer; the same where there is nothing of it. */
export type Relaxation = (peer: Peer) => Peer;

/** Takes from a rule what it asks of an end of which too little is known. */
export function relaxation(
  world: PolicyWorld,
  there: PodEndpoint,
  known: PeerKnown,
  notAt: readonly Address[] = [],
): Relaxation {
  const isNameless = there.ports.length === 0 || known !== 'template';
  const isAddressless = there.addresses.length === 0;
  const asksUnknown = labelDoubt(world, there, known);
  return (peer) => {
    const { nets, notNets, notPorts, notSelector, ports, selector, service, ...rest } = peer;
    const mayLieIn = nets.some((net) => !notAt.some((address) => isAbout(net, address)));
    const asksAddress = isAddressless && (mayLieIn || (nets.length === 0 && notNets.length > 0));
    const asksName = isNameless && [...ports, ...notPorts].some((port) => 'name' in port);
    const keeps = selector && !asksUnknown(selector);
    const keepsNot = notSelector && !asksUnknown(notSelector);
    const isSure = !asksAddress && !asksName && !service && (keeps ?? true) && (keepsNot ?? true);
    if (isSure) return peer;
    return {
      ...rest,
      nets: asksAddress ? [] : nets,
      notNets: asksAddress ? [] : notNets,
      ports: asksName ? [] : ports,
      notPorts: asksName ? [] : notPorts,
      ...(keeps ? { selector } : {}),
      ...(keepsNot ? { notSelector } : {}),
    };
  };
}

/** Whether a block is that of one address, or so small that it is about its neighbours alone. */
function isAbout(net: Net, address: Address): boolean {
  return containsAddress(net, address) && net.length >= neighbourhood[net.family];
}

/** Addresses of Services come from a range of their own, which is hardly ever smaller. */
const neighbourhood = { 4: 24, 6: 120 } as const;
