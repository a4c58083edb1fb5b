import { type Way } from '../../calico/index.ts';
import { common, holds, noNumbers, either, type NumberSet } from '../../kubernetes/net/number-set.ts';
import type { Connection } from './connections-answer.ts';
import type { PossiblePorts } from './connections-in-worlds.ts';
import type { MeshPart } from './mesh-parts.ts';

/** Connections of one pair of ends with the same verdict and encryption. */
export interface OpenStretch {
  readonly numbers: NumberSet;
  readonly verdict: Connection['verdict'];
  readonly encryption: Connection['encryption'];
  readonly egress: readonly (Way | undefined)[];
  readonly ingress: readonly (Way | undefined)[];
  /** Why it is unknown, where no rule is in doubt. */
  readonly why: readonly string[];
}

/**
 * What policies and the mesh together leave of the connections between two ends. Where the client's proxy dials another port,
 * the policies say what becomes of that one, whatever the port of the application.
 */
export function openStretches(
  open: readonly PossiblePorts[],
  mesh: readonly MeshPart[],
): readonly OpenStretch[] {
  const found = new Map<string, OpenStretch>();
  const add = (numbers: NumberSet, one: PossiblePorts, part: MeshPart) => {
    if (numbers.length === 0) return;
    const isUnknown = one.verdict === 'unknown' || part.admits === 'some' || part.doubt !== undefined;
    const verdict = isUnknown ? 'unknown' : 'allowed';
    const key = `${verdict} ${part.encryption}`;
    const known = found.get(key);
    found.set(key, {
      numbers: either(known?.numbers ?? noNumbers, numbers),
      verdict,
      encryption: part.encryption,
      egress: [...(known?.egress ?? []), one.egress],
      ingress: [...(known?.ingress ?? []), one.ingress],
      why: [...new Set([...(known?.why ?? []), ...whyOf(one, part)])],
    });
  };
  for (const part of mesh) {
    if (part.admits === 'none') continue;
    for (const one of open) {
      const { dialed } = part;
      if (part.doubt !== undefined) add(holds(one.numbers, proxyPort) ? part.ports : one.numbers, one, part);
      else if (dialed === undefined) add(common(part.ports, one.numbers), one, part);
      else if (holds(one.numbers, dialed)) add(part.ports, one, part);
    }
  }
  return [...found.values()];
}

/** The port of the proxy, where nobody says how Linkerd is installed. Source: Linkerd charts/linkerd-control-plane/values.yaml. */
const proxyPort = 4143;

function whyOf({ differs, egress, ingress, verdict }: PossiblePorts, part: MeshPart): readonly string[] {
  return [
    ...(part.doubt === undefined ? [] : [part.doubt]),
    ...(part.admits === 'some' ? ['the proxy lets in some requests, or some addresses'] : []),
    ...(differs
      ? ['it hangs on the version of Calico, which is not known, or on a policy that is being deleted']
      : []),
    ...(verdict === 'unknown' && !differs && isFromNode(egress, ingress)
      ? ['pods of its own node are open to it, those of other nodes are not']
      : []),
  ];
}

/** A pod on its node's network has no egress policies, and what is unknown of an ingress has no way. */
function isFromNode(egress: Way | undefined, ingress: Way | undefined): boolean {
  return egress === undefined && ingress === undefined;
}
