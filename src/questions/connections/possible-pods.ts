import { type PolicyWorld, possibleLabels } from '../../calico/index.ts';
import type { PodFound } from '../flow/flow-end.ts';
import { supposedPods } from '../flow/find-pods.ts';
import type { QuestionContext } from '../question-context.ts';
import type { Connection, ConnectionEnd, ConnectionsAnswer } from './connections-answer.ts';

/** Pods that could be created, and where there are more kinds of them than were looked at. */
export interface PossiblePods {
  readonly pods: readonly PodFound[];
  readonly cutShort: readonly string[];
}

/** Kinds of pods for each namespace: as many as two selectors with four conditions each can tell apart, and some more. */
const mostOfNamespace = 64;

/**
 * Pods that do not exist yet, of every namespace that does: one for each way in which selectors can answer, with the
 * account `default`.
 */
export function possiblePods(question: QuestionContext, worlds: readonly PolicyWorld[]): PossiblePods {
  const { inventory } = question;
  const names = new Set([
    ...inventory.populated(),
    ...[...inventory.namespaces()].map(({ metadata }) => metadata.name ?? ''),
  ]);
  const cutShort: string[] = [];
  const pods = [...names].sort().flatMap((namespace) => {
    const { isAll, labels } = possibleLabels(worlds, namespace, mostOfNamespace);
    if (!isAll)
      cutShort.push(
        `only ${mostOfNamespace} kinds of pods that could be created in ${namespace} were looked at, and selectors tell more apart`,
      );
    return labels.flatMap((one) => supposedPods(namespace, one, question) ?? []);
  });
  return { pods, cutShort };
}

/** The same answer with pods to come as one end where all their connections are the same. */
export function joinPossible(answer: ConnectionsAnswer): ConnectionsAnswer {
  const own = new Map<string, string[]>();
  for (const connection of answer.connections)
    for (const [id, side] of [
      [connection.from, 'from'],
      [connection.to, 'to'],
    ] as const) {
      const told = own.get(id) ?? [];
      own.set(id, told);
      told.push(withoutEnd(connection, side));
    }
  const kept = new Map<string, string>();
  const gone = new Set<string>();
  for (const end of answer.ends) {
    if (end.kind !== 'possible-pods') continue;
    const key = keyOf(end, own.get(end.id) ?? []);
    if (kept.has(key)) gone.add(end.id);
    else kept.set(key, end.id);
  }
  return {
    ...answer,
    ends: answer.ends.filter(({ id }) => !gone.has(id)),
    connections: answer.connections.filter(({ from, to }) => !gone.has(from) && !gone.has(to)),
  };
}

function withoutEnd(connection: Connection, side: 'from' | 'to'): string {
  const { because: _because, why: _why, ...rest } = connection;
  return JSON.stringify({ ...rest, [side]: '' });
}

function keyOf(end: ConnectionEnd & { readonly kind: 'possible-pods' }, told: readonly string[]): string {
  return JSON.stringify([end.namespace, end.meshed, told]);
}
