import type {
  Connection,
  ConnectionEnd,
  ConnectionsAnswer,
  DecidingRule,
} from '../../questions/connections/connections-answer.ts';
import { nameOf } from '../../facts/object-name.ts';
import type { Place } from '../flow/flow-report.ts';
import { onOneLine, placeInWords } from '../wording.ts';

/** All connections that were asked for, and where in the files is what lets them through. */
export interface ConnectionsReport {
  readonly answer: ConnectionsAnswer;
  readonly placeOf: (at: NonNullable<DecidingRule['at']>) => Place | undefined;
}

/** One way to write connections down. */
export type ConnectionsFormat = (report: ConnectionsReport) => string;

/** `Deployment shop/web and 2 more`, `10.0.0.0/8`, `shop/{app=web}`. */
export function endInWords(end: ConnectionEnd): string {
  const name = onOneLine(end.id);
  if (end.kind === 'possible-pods') return `${name} (to come)`;
  const more = end.kind === 'workloads' ? end.workloads.length - 1 : 0;
  return more > 0 ? `${name} and ${more} more` : name;
}

/** `80, 443-450`; `all ports`. */
export function portsInWords(ports: Connection['ports']): string {
  const [only] = ports;
  if (ports.length === 1 && only?.[0] === 1 && only[1] === 65_535) return 'all ports';
  return ports.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}

/** `TCP 80, 443`, `UDP all ports`, `ICMP`, `ICMP type 8`. */
export function numbersInWords({
  icmp,
  ports,
  protocol,
}: Pick<Connection, 'icmp' | 'ports' | 'protocol'>): string {
  if (protocol !== 'ICMP') return `${protocol} ${portsInWords(ports)}`;
  if (!icmp) return protocol;
  const types = icmp.map(({ codes, types }) => {
    const [first, last] = types;
    if (first !== last) return `${first}-${last}`;
    return codes ? `${first} (code ${codes[0] === codes[1] ? codes[0] : codes.join('-')})` : `${first}`;
  });
  return `${protocol} type ${types.join(', ')}`;
}

/** `NetworkPolicy "shop/in" rule 2 (deploy/in.yaml:14:5)`. */
export function ruleInWords(rule: DecidingRule, { placeOf }: ConnectionsReport): string {
  if (!rule.policy) return 'what every tier passes on';
  const place = rule.at && placeOf(rule.at);
  const where = place ? ` (${placeInWords(place, place)})` : '';
  const which = rule.rule === undefined ? '' : ` rule ${rule.rule + 1}`;
  const maybe = rule.doubtful ? `may ${rule.rule === undefined ? 'select' : rule.verdict}: ` : '';
  return onOneLine(`${maybe}${nameOf(rule.policy)}${which}${where}`);
}
