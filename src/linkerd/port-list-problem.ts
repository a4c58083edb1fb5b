import {
  readInjectorPorts,
  readPolicyControllerPorts,
  readSkipPorts,
  type DroppedPort,
} from './port-list.ts';

/**
 * What is wrong with a list of opaque ports, as the end of a sentence: entries that its readers in Linkerd do not
 * agree on. A name counts as wrong even where it is the name of a port, since the policy controller resolves none.
 */
export function opaquePortsProblem(text: string): string | undefined {
  const { dropped } = readPolicyControllerPorts(text);
  if (dropped.length > 0)
    return `makes the policy controller drop the whole list, because of ${entriesOf(dropped)}`;
  const half = readInjectorPorts(text, new Map()).dropped.filter(({ entry }) => entry !== '');
  return half.length > 0 ? `is not read whole by the injector, which drops ${entriesOf(half)}` : undefined;
}

/** What is wrong with a list of skipped ports, as the end of a sentence. */
export function skipPortsProblem(text: string): string | undefined {
  const { dropped } = readSkipPorts(text);
  return dropped.length > 0
    ? `is not read whole by linkerd-init, which drops ${entriesOf(dropped)}`
    : undefined;
}

function entriesOf(dropped: readonly DroppedPort[]): string {
  const shown = dropped.slice(0, 3).map(({ entry }) => JSON.stringify(entry.slice(0, 30)));
  return dropped.length > shown.length ? `${shown.join(', ')} and more` : shown.join(', ');
}
