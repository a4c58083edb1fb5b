import {
  readInjectorPorts,
  readPolicyControllerPorts,
  readSkipPorts,
  type DroppedPort,
} from './port-list.ts';
import type { SkipRoute } from './skip-entries.ts';
import { cut } from '../../text/cut.ts';
import { listInWords } from '../../text/list.ts';

/**
 * What is wrong with a list of opaque ports, as the end of a sentence: entries that not all of its readers in Linkerd
 * accept. A name is wrong even if a port has it, since the policy controller does not resolve names.
 */
export function opaquePortsProblem(text: string): string | undefined {
  const whole = policyPortsProblem(text);
  if (whole !== undefined) return whole;
  const half = readInjectorPorts(text, new Map()).dropped.filter(({ entry }) => entry !== '');
  return half.length > 0 ? `is not read whole by the injector, which drops ${entriesOf(half)}` : undefined;
}

/**
 * What is wrong with a list of skipped ports, as the end of a sentence.
 * Source: linkerd2-proxy-init pkg/iptables/iptables.go makeMultiportDestinations, which makes a rule even of no port.
 */
export function skipPortsProblem(text: string, route: SkipRoute): string | undefined {
  const { dropped, ranges, unreadable } = readSkipPorts(text, route);
  if (unreadable !== undefined) return `cannot be read reliably: ${unreadable}`;
  const isEmpty = ranges.length === 0 && text !== '';
  if (dropped.length === 0 && !isEmpty) return undefined;
  // With no port left, iptables fails on an empty list; an inbound list always has the proxy's own ports.
  return isEmpty && route === 'init'
    ? 'holds no port that linkerd-init can read, which makes it exit, so the pod never starts'
    : `is not read whole by linkerd-init, which drops ${entriesOf(dropped)}`;
}

/** What is wrong with a list of ports that only the policy controller reads, as the end of a sentence. */
export function policyPortsProblem(text: string): string | undefined {
  const { dropped } = readPolicyControllerPorts(text);
  return dropped.length === 0
    ? undefined
    : `makes the policy controller drop the whole list, because of ${entriesOf(dropped)}`;
}

function entriesOf(dropped: readonly DroppedPort[]): string {
  return listInWords(
    dropped.map(({ entry }) => JSON.stringify(cut(entry, 30, { mark: '' }))),
    { last: ',', most: 3 },
  );
}
