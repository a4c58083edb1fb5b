import type { Direction, SupposedFlow } from '../../calico/index.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { listInWords } from '../../text/list.ts';

/** Something that the whole cluster lives on, and the connections that it cannot do without. */
export interface Lifeline {
  /** What it is, in words that fit after "cut off": `the name server`. */
  readonly what: string;
  /** A pod of it, with its namespace. */
  readonly pod: KubernetesObject;
  readonly namespace: string;
  readonly ways: readonly Way[];
  /** What happens without it, as a sentence without a full stop. */
  readonly whatBreaks: string;
  /** Whether nothing can be put right any more without it, or everything stands still. */
  readonly vital: boolean;
}

/** One connection of a lifeline; of several ports any will do. */
export interface Way extends Pick<SupposedFlow, 'peer' | 'peerKnown'> {
  readonly direction: Direction;
  readonly protocol: 'TCP' | 'UDP';
  readonly ports: readonly [number, ...number[]];
  /** `UDP 53 from pods`. */
  readonly inWords: string;
  /** Told of only beside others: something is worse without it, and nothing is cut off. */
  readonly minor?: true;
}

/** Any pod at all: a rule that lets somebody in may mean it. */
const anyPod = {
  peer: { pod: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'any' } } },
  peerKnown: 'nothing',
} as const;

/**
 * The API server: a node, or the pods in kube-system by which it reaches the nodes. Its address is not known.
 * Source: Kubernetes apiserver-network-proxy (konnectivity-agent); tigera/operator#5212.
 */
const apiServer = {
  peer: {
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'kube-apiserver', namespace: 'kube-system' },
      spec: { hostNetwork: true },
    },
  },
  peerKnown: 'host',
} as const;

/** Where API servers listen: the port that a policy sees is that of the endpoint, not that of the Service `kubernetes`. */
const apiServerPorts = [443, 6443, 8443, 16443] as const;

export function fromPods(protocol: 'TCP' | 'UDP', port: number): Way {
  return {
    ...anyPod,
    direction: 'Ingress',
    protocol,
    ports: [port],
    inWords: `${protocol} ${port} from pods`,
  };
}

export function fromNodes(protocol: 'TCP' | 'UDP', port: number): Way {
  return { ...fromApiServer(port), protocol, inWords: `${protocol} ${port} from nodes` };
}

export function fromApiServer(...ports: readonly [number, ...number[]]): Way {
  return {
    ...apiServer,
    direction: 'Ingress',
    protocol: 'TCP',
    ports,
    inWords: `TCP ${listInWords(ports.map(String), { last: 'or' })} from the API server`,
  };
}

export const toApiServer: Way = {
  ...apiServer,
  direction: 'Egress',
  protocol: 'TCP',
  ports: apiServerPorts,
  inWords: 'TCP to the API server',
};
