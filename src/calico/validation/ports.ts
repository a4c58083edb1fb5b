import { pathOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { type Check, fieldAt, type Report, shown } from './report.ts';
import { hasPorts } from './protocols.ts';

const expectedPort = 'a port from 1 to 65535, a range like "8000:8080", or the name of a container port';

/**
 * A port of a rule: a number, `"low:high"`, or a name.
 * Source: Calico api/pkg/lib/numorstring/port.go and libcalico-go/lib/validator/v3/validator.go, validatePort.
 */
export const port: Check = (value, pointer, report) => {
  const expected =
    typeof value === 'string' ? expectedInsteadOf(value) : isPort(value) ? undefined : expectedPort;
  if (expected === undefined) return;
  const code = typeof value === 'string' && isReadable(value) ? 'port-name' : 'port-invalid';
  report({ pointer, code, message: `${fieldAt(pointer)} is ${shown(value)}`, expected });
};

/** Whether a text is read as the name of a port, whatever becomes of it. Source: numorstring/port.go, nameRegex. */
function isReadable(written: string): boolean {
  return /^(?=.*[^\d])[a-zA-Z0-9_.-]{1,128}$/.test(written);
}

function expectedInsteadOf(written: string): string | undefined {
  const [, first, last] = /^(\d+)(?::(\d+))?$/.exec(written) ?? [];
  if (first === undefined) {
    if (isPortName(written)) return undefined;
    const [, low, high] = /^\s*(\d{1,5})\s*(?:-|:|\.\.)\s*(\d{1,5})\s*$/.exec(written) ?? [];
    if (low !== undefined) return `"${low}:${high}"`;
    return /^[\d\s,]+$/.test(written) ? 'each port as an entry of its own' : expectedPort;
  }
  const [low, high] = [Number(first), Number(last ?? first)];
  if (!isPort(low) || !isPort(high)) return expectedPort;
  return low <= high ? undefined : `"${high}:${low}"`;
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65535;
}

/** The name of a container port. Source: Kubernetes apimachinery util/validation, IsValidPortName. */
export const portName: Check = (value, pointer, report) => {
  if (typeof value === 'string' && isPortName(value)) return;
  const expected = 'up to 15 lower-case letters, digits and single "-", at least one of them a letter';
  report({ pointer, code: 'port-name', message: `${fieldAt(pointer)} is ${shown(value)}`, expected });
};

function isPortName(name: string): boolean {
  return /^(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
}

/**
 * Ports need a protocol that has them. Without one a named port still says its protocol itself; a numbered one
 * does not.
 */
export function portsWithProtocol(
  ports: unknown,
  pointer: JsonPointer,
  protocol: unknown,
  report: Report,
): void {
  if (!Array.isArray(ports) || ports.length === 0) return;
  const [side, field] = pathOf(pointer).slice(-2);
  const found = `${side}.${field} ${shown(ports)}`;
  const expected = 'protocol: TCP, UDP or SCTP';
  if (protocol === undefined || protocol === null) {
    if (ports.every(isNamed)) return;
    const message = `${found} without a protocol: numbered ports belong to TCP, UDP or SCTP`;
    report({ pointer, code: 'port-without-protocol', message, expected });
  } else if (!hasPorts(protocol)) {
    const message = `${found} with protocol ${shown(protocol)}, which has no ports`;
    report({ pointer, code: 'port-without-protocol', message, expected });
  }
}

function isNamed(port: unknown): boolean {
  return typeof port === 'string' && !/^\d+(:\d+)?$/.test(port);
}
