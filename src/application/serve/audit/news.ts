import type { AuditFinding, AuditFindings } from '../../../engine/audit-findings.ts';

/** What has come and gone since the audit before. */
export interface News {
  readonly found: readonly AuditFinding[];
  readonly gone: readonly AuditFinding[];
}

/** Compares each audit with the one before it, by what is shown of both. */
export function createNews(): (findings: AuditFindings) => News {
  let known: ReadonlyMap<string, AuditFinding> = new Map();
  return ({ namespaces }) => {
    const present = new Map<string, AuditFinding>();
    for (const { shown } of namespaces.values())
      for (const finding of shown) present.set(identityOf(finding), finding);
    const before = known;
    known = present;
    return { found: without(present, before), gone: without(before, present) };
  };
}

function without(
  some: ReadonlyMap<string, AuditFinding>,
  others: ReadonlyMap<string, AuditFinding>,
): readonly AuditFinding[] {
  return [...some].filter(([key]) => !others.has(key)).map(([, finding]) => finding);
}

/** Of several pods of one owner another one may be named each time. */
function identityOf({ rule, action, object, owner, pointer, message }: AuditFinding): string {
  return JSON.stringify([rule, action, Object.values(owner ?? object), pointer, owner ? '' : message]);
}
