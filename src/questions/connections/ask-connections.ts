import { referenceOf } from '../../kubernetes/object.ts';
import { answerFlow } from '../flow/answer-flow.ts';
import { podsOf } from '../flow/find-pods.ts';
import { findPorts } from '../flow/find-ports.ts';
import type { PodFound } from '../flow/flow-end.ts';
import type { QuestionContext } from '../question-context.ts';
import type { Connection, ConnectionsAnswer, WorkloadsEnd } from './connections-answer.ts';

/** What of all connections is asked for. */
export interface ConnectionOptions {
  /** Also what pods that do not exist yet may open and take. */
  readonly exposure?: boolean;
}

const encryption = { yes: 'encrypted', no: 'plaintext', unknown: 'unknown' } as const;
const meshed = { in: 'meshed', out: 'unmeshed', unknown: 'unknown' } as const;

/**
 * Which connections a state lets through: the pure half of `tollgate connections`.
 * @param question what exists, the conventions for it, and the clock
 * @returns the ends, and every connection between them that is not denied
 */
export function askConnections(
  question: QuestionContext,
  _options: ConnectionOptions = {},
): ConnectionsAnswer {
  const { inventory } = question;
  const pods = [...inventory.populated()]
    .flatMap((namespace) => [...inventory.workloads(namespace)])
    .flatMap((object) => podsOf(object, question) ?? []);
  const connections: Connection[] = [];
  for (const to of pods) {
    const found = findPorts(undefined, to, undefined);
    for (const from of pods)
      for (const port of 'ports' in found ? found.ports : []) {
        const { verdict, mesh } = answerFlow(from, to, port, question).answer;
        if (verdict === 'denied') continue;
        connections.push({
          from: from.name,
          to: to.name,
          protocol: port.protocol,
          family: 'IPv4',
          ports: [[port.port, port.port]],
          verdict,
          encryption: encryption[mesh?.encrypted ?? 'no'],
          because: { egress: [], ingress: [] },
        });
      }
  }
  return { ends: pods.map(endOf), connections };
}

function endOf({ mesh, name, namespace, object }: PodFound): WorkloadsEnd {
  const workloads = object ? [referenceOf(object)] : [];
  return { id: name, kind: 'workloads', namespace, workloads, meshed: meshed[mesh] };
}
