import type { Labelled } from '../flow/flow-index.ts';
import type { ResolvedEnd } from '../flow/match-rule.ts';
import { type Address, type Family, parseAddress } from '../../kubernetes/net/address.ts';
import { complementOf, rangeOf } from '../../kubernetes/net/ranges.ts';
import type { Peer, Port } from '../policy/policy-rule.ts';
import type { NamedPort } from '../state/endpoint.ts';

/** An end with an address and a port that suit all rules. */
export function sampleEnd(
  ends: readonly Peer[],
  family: Family,
  protocol: number,
  label: (ports: readonly NamedPort[]) => readonly Labelled[],
): ResolvedEnd | undefined {
  const address = sampleAddress(ends, family);
  const names = ends.flatMap(({ ports }) => ports.flatMap((port) => ('name' in port ? port.name : [])));
  const named = [...new Set(names)];
  const port = samplePort(ends, named.length > 0 ? 8080 : undefined);
  if (!address || port === undefined) return undefined;
  return { address, labelled: label(named.map((name) => ({ name, port, protocol }))), port };
}

const usual: Readonly<Record<Family, readonly string[]>> = {
  4: ['203.0.113.77', '198.51.100.77', '8.8.8.8'],
  6: ['2001:db8:ffff::77', '2001:4860:4860::8888'],
};

function sampleAddress(ends: readonly Peer[], family: Family): Address | undefined {
  const candidates = [
    ...usual[family].flatMap((text) => parseAddress(text) ?? []),
    ...ends
      .flatMap(({ nets, notNets }) => [
        ...nets.flatMap((net) => (net.family === family ? [rangeOf(net).first, rangeOf(net).last] : [])),
        ...complementOf([...notNets], family)
          .slice(0, 8)
          .map(({ first }) => first),
      ])
      .map((address) => ({ family, address })),
  ];
  return candidates.find((address) =>
    ends.every(({ nets, notNets }) => {
      const isIn = (list: Peer['nets']) =>
        list.some((net) => {
          const { first, last } = rangeOf(net);
          return net.family === family && first <= address.address && address.address <= last;
        });
      return (nets.length === 0 || isIn(nets)) && !isIn(notNets);
    }),
  );
}

function samplePort(ends: readonly Peer[], preferred: number | undefined): number | undefined {
  const isIn = (list: readonly Port[], port: number) =>
    list.some((entry) =>
      'name' in entry ? preferred !== undefined : entry.first <= port && port <= entry.last,
    );
  const edges = ends.flatMap(({ ports, notPorts }) => [
    ...ports.flatMap((port) => ('name' in port ? [] : [port.first, port.last])),
    ...notPorts.flatMap((port) => ('name' in port ? [] : [port.last + 1, port.first - 1])),
  ]);
  const candidates = [...(preferred === undefined ? [] : [preferred]), ...edges, 443, 40_000];
  return candidates.find(
    (port) =>
      port > 0 &&
      port < 65_536 &&
      ends.every(({ ports, notPorts }) => (ports.length === 0 || isIn(ports, port)) && !isIn(notPorts, port)),
  );
}
