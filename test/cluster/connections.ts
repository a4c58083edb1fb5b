import { readFileSync } from 'node:fs';

/** How many clients in this network namespace are connected to a port of an IPv4 address (`proc_pid_net(5)`). */
export function connectionsTo({
  address,
  port,
}: {
  readonly address: string;
  readonly port: number;
}): number {
  const inHex = (value: number | string, width: number) => Number(value).toString(16).padStart(width, '0');
  const octets = address.split('.').map((octet) => inHex(octet, 2));
  const remote = `${octets.reverse().join('')}:${inHex(port, 4)}`.toUpperCase();
  const established = '01';
  return readFileSync('/proc/net/tcp', 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , to = '', state]) => to === remote && state === established).length;
}
