import { isRecord } from '../../kubernetes/object.ts';
import { objectName } from './names.ts';
import { address } from './nets.ts';
import { portName } from './ports.ts';
import { hasPorts, protocol } from './protocols.ts';
import { type Check, fieldAt, shown } from './report.ts';
import { all, fields, integer, list } from './schema.ts';

const interfaceName: Check = (value, pointer, report) => {
  if (typeof value === 'string' && (value === '' || value === '*' || /^[a-zA-Z0-9_.-]{1,15}$/.test(value)))
    return;
  const expected = '"*", or up to 15 letters, digits, "_", "." and "-"';
  report({ pointer, code: 'interface-invalid', message: `${fieldAt(pointer)} is ${shown(value)}`, expected });
};

const endpointPort: Check = all(
  fields(
    'a port',
    { name: portName, protocol, port: integer(1, 65535) },
    {
      required: {
        name: 'a name for rules to use',
        protocol: 'TCP, UDP or SCTP',
        port: 'a number from 1 to 65535',
      },
    },
  ),
  (value, pointer, report) => {
    if (
      !isRecord(value) ||
      value.protocol === undefined ||
      value.protocol === null ||
      hasPorts(value.protocol)
    )
      return;
    const message = `${fieldAt(pointer)} has protocol ${shown(value.protocol)}, which has no ports`;
    report({
      pointer: `${pointer}/protocol`,
      code: 'port-without-protocol',
      message,
      expected: 'TCP, UDP or SCTP',
    });
  },
);

/** Source: Calico api/pkg/apis/projectcalico/v3/hostendpoint.go. */
export const hostEndpointSpec: Check = all(
  fields('the spec of a HostEndpoint', {
    node: objectName,
    interfaceName,
    expectedIPs: list(address, { unique: true }),
    profiles: list(objectName, { unique: true }),
    ports: list(endpointPort),
  }),
  (value, pointer, report) => {
    if (!isRecord(value)) return;
    if (typeof value.node !== 'string' || value.node === '') {
      report({
        pointer,
        code: 'missing-field',
        message: 'the spec of a HostEndpoint has no node',
        expected: 'node: the name of the node',
      });
    }
    const hasInterface = typeof value.interfaceName === 'string' && value.interfaceName !== '';
    if (hasInterface || (Array.isArray(value.expectedIPs) && value.expectedIPs.length > 0)) return;
    const message = 'the spec of a HostEndpoint has neither interfaceName nor expectedIPs';
    report({
      pointer,
      code: 'missing-field',
      message,
      expected: 'interfaceName: "*", or the IPs of an interface',
    });
  },
);
