import type { EventWriter, Occurrence } from '../../../cluster/event-writer.ts';
import { coverageRules } from '../../../engine/audit.ts';
import { type AuditFinding, type AuditFindings, othersInWords } from '../../../engine/audit-findings.ts';
import { eventNote } from './event-note.ts';

/** What stays so is told again before the API server forgets its Event, which it does after an hour. */
const reminderMs = 30 * 60_000;
/** So many findings of a namespace, and of the cluster, have an Event: the rest is in the log and in the metric. */
const mostOfNamespace = 10;
const most = 100;

/**
 * Turns what an audit finds that admission would refuse into Events of the objects that have it. What concerns an object
 * without a namespace is kept in `default`. Of namespaces that are not closed the Events of namespaces tell.
 * @param now milliseconds since some fixed point
 */
export function createAuditEvents(
  write: EventWriter['write'],
  now: () => number,
): (findings: AuditFindings) => void {
  let told = new Map<string, number>();
  return ({ namespaces }) => {
    const next: typeof told = new Map();
    for (const { shown } of namespaces.values()) {
      const refused = shown.filter(({ action, rule }) => action === 'deny' && !coverageRules.has(rule));
      for (const finding of refused.slice(0, mostOfNamespace)) {
        if (next.size >= most) break;
        const occurrence = occurrenceOf(finding);
        const key = JSON.stringify([finding.rule, finding.object, finding.pointer]);
        const at = told.get(key);
        if (at !== undefined && now() - at < reminderMs) next.set(key, at);
        else if (write(occurrence)) next.set(key, now());
      }
    }
    told = next;
  };
}

function occurrenceOf(finding: AuditFinding): Occurrence {
  const { object, uid, message } = finding;
  const namespace = object.kind === 'Namespace' ? object.name : object.namespace;
  return {
    namespace: namespace ?? 'default',
    regarding: {
      ...object,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
    },
    type: 'Warning',
    reason: 'RuleViolated',
    action: 'Audit',
    note: eventNote({ ...finding, message: message + othersInWords(finding) }),
  };
}
