import type { StringMap } from '../../kubernetes/object.ts';
import type { RuleId } from '../document/action.ts';
import { isDay } from '../document/days.ts';
import type { WaiverStatement } from './waiver.ts';
import { cut } from '../../text/cut.ts';

/** Where objects carry their own waivers: `waive.tollgate.dev/mesh.inject-missing`. */
export const waiverAnnotationPrefix = 'waive.tollgate.dev/';

export type AnnotationWaiver =
  | { readonly statement: WaiverStatement }
  /** What it lacks, one sentence each. */
  | { readonly faults: readonly string[] };

/**
 * Reads the waiver that an object carries for a rule: `until=2026-12-31 by=@dba raw TCP protocol, OPS-114`.
 * `until` and `by` come first, `from`, `ticket` and `approvedBy` may stand with them, the rest is the reason.
 * `approvedBy` does not count: whoever may write the object writes it, so it would be an approval of one's own request.
 */
export function readAnnotationWaiver(rule: RuleId, annotations: StringMap): AnnotationWaiver | undefined {
  const key = annotationFor(rule);
  const text = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
  if (text === undefined) return undefined;
  const { fields, reason } = split(text);
  const [until, by, from] = [fields.get('until'), fields.get('by'), fields.get('from')];
  const faults = [
    ...(until === undefined ? ['it has no until=YYYY-MM-DD'] : dayFault('until', until)),
    ...(by === undefined ? ['it has no by=OWNER'] : []),
    ...(reason === '' ? ['it gives no reason'] : []),
    ...(from === undefined ? [] : dayFault('from', from)),
  ];
  if (faults.length > 0 || until === undefined || by === undefined) return { faults };
  const ticket = fields.get('ticket');
  return {
    statement: {
      name: `annotation ${key}`,
      owner: by,
      reason,
      rules: [rule],
      until,
      ...(from === undefined ? {} : { from }),
      ...(ticket === undefined ? {} : { ticket }),
    },
  };
}

/** The key under which an object carries its waiver of a rule; a slash is possible only once in a key. */
function annotationFor(rule: RuleId): string {
  return waiverAnnotationPrefix + rule.replace('/', '.');
}

function split(text: string): { readonly fields: ReadonlyMap<string, string>; readonly reason: string } {
  const fields = new Map<string, string>();
  const words = text.trim().split(/\s+/);
  let [word] = words;
  while (word !== undefined) {
    const field = /^(until|by|from|ticket|approvedBy)=(.+)$/.exec(word);
    if (!field?.[1] || !field[2] || fields.has(field[1])) break;
    fields.set(field[1], field[2]);
    words.shift();
    [word] = words;
  }
  return { fields, reason: words.join(' ') };
}

function dayFault(name: string, day: string): string[] {
  return isDay(day) ? [] : [`its ${name} "${cut(day, 40, { mark: '' })}" is no day written YYYY-MM-DD`];
}
