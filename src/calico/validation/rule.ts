import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { isRecord } from '../../kubernetes/object.ts';
import { entityRule } from './entity-rule.ts';
import { httpMatch, httpWithRule } from './http.ts';
import { icmpFields, icmpWithProtocol } from './icmp.ts';
import { annotations } from './names.ts';
import { netsOfOneVersion, notEverything } from './nets.ts';
import { portsWithProtocol } from './ports.ts';
import { protocol } from './protocols.ts';
import { type Check, type Report, shown } from './report.ts';
import { all, fields, list, oneOf } from './schema.ts';
import { record } from '../../kubernetes/read.ts';
import { type RuleField } from '../../kubernetes/direction.ts';

type RuleObject = Readonly<Record<string, unknown>>;

const ipVersion: Check = (value, pointer, report) => {
  if (value === 4 || value === 6) return;
  report({ pointer, code: 'value-unknown', message: `ipVersion is ${shown(value)}`, expected: '4 or 6' });
};

/**
 * A rule, whatever its direction.
 * Source: Calico api/pkg/apis/projectcalico/v3/policy_common.go, Rule; libcalico-go/lib/validator/v3/validator.go.
 */
export const rule: Check = all(
  fields(
    'a rule',
    {
      action: oneOf('Allow', 'Deny', 'Log', 'Pass'),
      ipVersion,
      protocol,
      notProtocol: protocol,
      icmp: icmpFields,
      notICMP: icmpFields,
      source: entityRule,
      destination: entityRule,
      http: httpMatch,
      metadata: fields('the metadata of a rule', { annotations }),
    },
    {
      required: { action: 'Allow, Deny, Log or Pass' },
      elsewhere: {
        from: 'source',
        to: 'destination',
        ports: 'destination.ports',
        name: 'metadata.annotations',
      },
    },
  ),
  (value, pointer, report) => {
    if (!isRecord(value)) return;
    httpWithRule(value, pointer, report);
    icmpWithProtocol(value, pointer, report);
    matchesWithEachOther(value, pointer, report);
  },
);

/** The rules of one direction; `isGlobal` says that no namespace is implied. */
export function rules(direction: RuleField, isGlobal: boolean): Check {
  return all(list(rule, { maximum: 1024 }), (value, pointer, report) => {
    if (!Array.isArray(value)) return;
    for (const [index, item] of value.entries()) {
      if (isRecord(item)) ruleOfDirection(item, pointer + pointerOf(index), direction, isGlobal, report);
    }
  });
}

function matchesWithEachOther(value: RuleObject, pointer: JsonPointer, report: Report): void {
  const sides = (['source', 'destination'] as const).map((name) => {
    const side = value[name];
    return { name, side: record(side) };
  });
  for (const { name, side } of sides) {
    portsWithProtocol(side.ports, `${pointer}/${name}/ports`, value.protocol, report);
    portsWithProtocol(side.notPorts, `${pointer}/${name}/notPorts`, value.protocol, report);
  }
  const lists = sides.flatMap(({ name, side }) =>
    (['nets', 'notNets'] as const).map((field) => ({
      nets: side[field],
      pointer: `${pointer}/${name}/${field}`,
      field: `${name}.${field}`,
    })),
  );
  netsOfOneVersion(lists, value.ipVersion, report);
  for (const list of lists) if (list.field.endsWith('.notNets')) notEverything(list, report);
  servicesWithPorts(value.destination, `${pointer}/destination`, report);
}

/** A service brings its own ports. */
function servicesWithPorts(destination: unknown, pointer: JsonPointer, report: Report): void {
  if (!isRecord(destination) || destination.services === undefined || destination.services === null) return;
  for (const field of ['ports', 'notPorts'] as const) {
    const ports = destination[field];
    if (!Array.isArray(ports) || ports.length === 0) continue;
    const message = `destination has services beside ${field} ${shown(ports)}`;
    const expected = 'services without ports: those of its endpoints are matched';
    report({ pointer: `${pointer}/${field}`, code: 'service-ports', message, expected });
  }
}

function ruleOfDirection(
  value: RuleObject,
  pointer: JsonPointer,
  direction: RuleField,
  isGlobal: boolean,
  report: Report,
): void {
  const [peer, own] =
    direction === 'ingress' ? (['source', 'destination'] as const) : (['destination', 'source'] as const);
  if (direction === 'egress' && value.http !== undefined && value.http !== null) {
    const message = 'an egress rule has http';
    report({
      pointer: `${pointer}/http`,
      code: 'http-direction',
      message,
      expected: 'http only in ingress rules',
    });
  }
  if (isRecord(value[own]) && isPresent(value[own].services)) {
    const message = `an ${direction} rule has ${own}.services`;
    const expected = `${peer}.services`;
    report({ pointer: `${pointer}/${own}/services`, code: 'service-direction', message, expected });
  }
  const services = isRecord(value[peer]) ? value[peer].services : undefined;
  if (!isGlobal || !isRecord(services) || isPresent(services.namespace)) return;
  const message = `${peer}.services ${shown(services.name)} has no namespace, and a global policy implies none`;
  const expected = `${peer}.services.namespace`;
  report({ pointer: `${pointer}/${peer}/services`, code: 'service-namespace', message, expected });
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
