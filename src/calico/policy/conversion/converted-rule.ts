import { type PortsByProtocol, printDestinationPort, simplifyPorts } from './destination-ports.ts';
import { type RuleField } from '../../../kubernetes/direction.ts';

/** One peer of a rule in the fields of Calico's EntityRule; an empty one is everybody. */
export interface ConvertedPeer {
  readonly selector?: string;
  readonly namespaceSelector?: string;
  readonly nets?: readonly string[];
  readonly notNets?: readonly string[];
}

export interface RuleToWrite {
  readonly direction: RuleField;
  readonly action: string;
  readonly peers: readonly ConvertedPeer[];
  readonly ports: PortsByProtocol;
  /** Kept as an annotation of each rule. */
  readonly name?: string;
}

export type ConvertedRule = Readonly<Record<string, unknown>>;

/** Writes one Calico rule for each protocol and peer, protocol by protocol. Ports are always the destination's. */
export function writeRules({ direction, action, peers, ports, name }: RuleToWrite): ConvertedRule[] {
  return [...ports].flatMap(([protocol, numbers]) => {
    const list = numbers === 'all' ? [] : simplifyPorts(numbers).map(printDestinationPort);
    const destinationPorts = list.length > 0 ? { ports: list } : {};
    return peers.map((peer) => ({
      action,
      ...(protocol === '' ? {} : { protocol }),
      ...(direction === 'ingress'
        ? { ...side('source', peer), ...side('destination', destinationPorts) }
        : side('destination', { ...peer, ...destinationPorts })),
      ...(name ? { metadata: { annotations: { name } } } : {}),
    }));
  });
}

function side(name: 'source' | 'destination', criteria: object): ConvertedRule {
  const said = Object.entries(criteria).filter(([, value]) => value !== '' && value !== undefined);
  return said.length === 0 ? {} : { [name]: Object.fromEntries(said) };
}
