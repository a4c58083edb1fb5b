import { containsNet, type Net, readNet } from '../../../kubernetes/net/net.ts';

/** Source: RFC 1122, 3.2.1.3, and RFC 4291, 2.5.3: nothing outside a pod ever sees such an address. */
const loopback = ['127.0.0.0/8', '::1/128'].flatMap((text) => readNet(text, 'calico') ?? []);

/** Whether networks are none that a connection between a pod and anybody else can have as an address. */
export function isLoopback(nets: readonly Net[]): boolean {
  return nets.length > 0 && nets.every((net) => loopback.some((block) => containsNet(block, net)));
}
