import type { EventWriter, Occurrence } from '../../../cluster/event-writer.ts';
import type { Audit } from '../../../engine/audit.ts';
import { denies, type JudgedFinding } from '../../../engine/judgement.ts';
import type { Decision } from '../../../admission/decision.ts';
import { printableLine } from '../../../engine/printable.ts';
import type { AdmissionRequest } from '../../../kubernetes/admission-review.ts';
import type { Inventory } from '../../../inventory/inventory.ts';
import { referenceOf, type ObjectReference } from '../../../kubernetes/object.ts';
import type { ReviewObserver } from '../../../server/review/review-record.ts';
import { eventNote } from './event-note.ts';

/** Turns what reviews and audits find about namespaces into Events. */
export interface NamespaceEvents {
  /** Tells of what was refused, and of what is left unpatched; of a dry run nothing is told. */
  readonly observe: ReviewObserver;
  /** Tells of the namespaces that are not closed, and of those that have become so. */
  readonly tell: (audit: Audit) => void;
}

/** What goes on is told again before the API server forgets its Event, which it does after an hour. */
const reminderMs = 30 * 60_000;

/**
 * Events about a namespace are kept in it, where its owners may read them. A namespace that was refused does not exist:
 * what concerns it is kept in `default`, as for everything that has no namespace.
 * Anyone who reaches the port may claim a refusal, so what could not have happened is not reported.
 * @param inventory what exists
 * @param now milliseconds since some fixed point
 */
export function createNamespaceEvents(
  write: EventWriter['write'],
  inventory: Pick<Inventory, 'namespace'>,
  now: () => number,
): NamespaceEvents {
  let told = new Map<string, { readonly message: string; readonly at: number }>();
  return {
    observe: ({ webhook, request, decision, allowed }) => {
      const isRefused = webhook === 'validate' && !allowed;
      if (!request || request.dryRun || !decision || !(isRefused || decision.withheld)) return;
      if (!couldHappen(request, inventory)) return;
      const occurrence = isRefused ? refusalOf(request, decision.findings) : giveUpOf(request, decision);
      if (occurrence) write(occurrence);
    },
    tell: ({ notClosed }) => {
      const next: typeof told = new Map();
      for (const [name, finding] of notClosed) {
        const before = told.get(name);
        const isNews = before?.message !== finding.message || now() - before.at >= reminderMs;
        if (!isNews) next.set(name, before);
        else if (write(standingOf(name, finding))) next.set(name, { message: finding.message, at: now() });
      }
      for (const name of told.keys()) {
        if (notClosed.has(name)) continue;
        const note = `namespace "${name}" is denied by default, or its convention no longer asks for it`;
        write({ ...within(name), type: 'Normal', reason: 'NamespaceClosed', action: 'Audit', note });
      }
      told = next;
    },
  };
}

/** Whether an API server could have sent a request: the namespace is there, or it is not there yet. */
function couldHappen(
  { kind, operation, namespace, object, oldObject }: AdmissionRequest,
  inventory: Pick<Inventory, 'namespace'>,
): boolean {
  if (kind.kind !== 'Namespace')
    return namespace !== undefined && inventory.namespace(namespace) !== undefined;
  const { name = '', uid } = (object ?? oldObject)?.metadata ?? {};
  const known = inventory.namespace(name);
  if (operation === 'CREATE') return known === undefined && isNamespaceName(name);
  return known !== undefined && known.metadata.uid === uid;
}

/** Source: Kubernetes, pkg/apis/core/validation, ValidateNamespaceName (a DNS label of RFC 1123). */
function isNamespaceName(name: string): boolean {
  return name.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(name);
}

function within(name: string): { readonly namespace: string; readonly regarding: ObjectReference } {
  return { namespace: name, regarding: { apiVersion: 'v1', kind: 'Namespace', name, namespace: name } };
}

function standingOf(name: string, finding: JudgedFinding): Occurrence {
  const isHeld = finding.advisory === true;
  const isUnknown = finding.rule === 'gate/unknown';
  const reason = isUnknown ? 'NamespaceUnknown' : isHeld ? 'NamespaceHeld' : 'NamespaceOpen';
  return { ...within(name), type: 'Warning', reason, action: 'Audit', note: noteOf(finding) };
}

function refusalOf(request: AdmissionRequest, findings: readonly JudgedFinding[]): Occurrence | undefined {
  const { kind, operation, namespace, object } = request;
  const denying = findings.filter(denies);
  const refused = { type: 'Warning', action: 'Review' } as const;
  if (kind.kind === 'Namespace') {
    const [finding] = denying;
    const name = object?.metadata.name;
    if (!finding || name === undefined) return undefined;
    const note = noteOf(finding);
    if (operation === 'UPDATE')
      return { ...within(name), ...refused, reason: 'NamespaceChangeRefused', note };
    const regarding = { apiVersion: 'v1', kind: 'Namespace', name };
    return { namespace: 'default', regarding, ...refused, reason: 'NamespaceRefused', note };
  }
  const held = denying.find(({ rule }) => rule === 'gate/held');
  if (!held || namespace === undefined) return undefined;
  return { ...within(namespace), ...refused, reason: 'WorkloadRefused', note: noteOf(held) };
}

/** A workload to which nothing is added any more, told of at the workload, which may be without the mesh from now on. */
function giveUpOf({ object, namespace }: AdmissionRequest, { withheld }: Decision): Occurrence | undefined {
  if (!withheld || !object || namespace === undefined) return undefined;
  const { writer, rules } = withheld;
  return {
    namespace,
    regarding: { ...referenceOf(object), namespace },
    type: 'Warning',
    reason: 'PatchWithheld',
    action: 'Review',
    note: printableLine(
      `${writer} has made it anew three times within an hour without what tollgate adds (${rules.join(', ')}), so it adds nothing for a day: ${remedy}`,
    ),
  };
}

const remedy = 'set it where the writer takes it from, or annotate the namespace';

function noteOf({ expected, ...finding }: JudgedFinding): string {
  return eventNote({ ...finding, remedy: expected });
}
