import { createHash } from 'node:crypto';
import type { Pinnable } from '../../conventions/waiver/pin.ts';
import { valueAt } from '../../kubernetes/json-pointer.ts';
import { namedPath } from '../../kubernetes/named-path.ts';
import {
  groupOf,
  type KubernetesObject,
  type ObjectReference,
  referenceOf,
} from '../../kubernetes/object.ts';
import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import type { Finding } from '../finding.ts';
import type { RuleContext, Subject } from '../subject.ts';

/** What a waiver can pin of a finding: those of its parts that say what was decided. */
export function pinnableOf(
  finding: Pick<Finding, 'rule' | 'object' | 'pointer' | 'found' | 'concerns' | 'namespace'>,
  object: KubernetesObject,
): Pinnable {
  const { concerns, found, pointer, rule, namespace } = finding;
  const path = namedPath(object, pointer);
  const written = valueAt(object, pointer);
  const container = containerIn(path);
  const { directions = [], families = [] } = concerns ?? {};
  const named = [
    rule,
    namesOf(finding.object),
    namespace,
    path,
    found,
    scalar(written),
    directions,
    families,
  ];
  return {
    found: found === undefined ? [] : valuesOf(found, written),
    directions,
    families,
    ...(container === undefined ? {} : { container }),
    fingerprint: createHash('sha256').update(JSON.stringify(named)).digest('hex').slice(0, 32),
  };
}

/**
 * The name of the waiver that would cover a finding about one namespace, so that a rule tells of several namespaces in
 * one finding only where the same waiver covers all of them, or none.
 */
export function waiverOn(
  finding: Omit<Finding, 'object' | 'message'>,
  namespace: NamespaceIdentity,
  { object }: Pick<Subject, 'object'>,
  { conventions, now }: RuleContext,
): string {
  if (conventions.waivers.length === 0) return '';
  const { rule } = finding;
  const named = { ...finding, object: referenceOf(object) };
  const waivable = { rule, object: named.object, pinnable: () => pinnableOf(named, object) };
  return conventions.waiverFor(waivable, namespace, now)?.name ?? '';
}

function namesOf({ apiVersion, kind, namespace, name }: ObjectReference): readonly unknown[] {
  return [groupOf(apiVersion), kind, namespace, name];
}

/** A report cuts long values, and what was cut away may change: of those only the value as it is written counts. */
const longest = 100;

/** What was found, as it is told and without the key before it: `config.linkerd.io/skip-outbound-ports: "3306"` is 3306. */
function valuesOf(found: string, written: unknown): readonly string[] {
  if (typeof written === 'string' && written.length >= longest) return [written];
  const value = /^[^\s:]+: (.*)$/s.exec(found)?.[1] ?? found;
  const quoted = /^"(.*)"$/s.exec(value)?.[1];
  return [...new Set([found, quoted ?? value])];
}

function scalar(value: unknown): unknown {
  return typeof value === 'object' ? null : value;
}

/** The container, ephemeral or initial one too, in which a path lies. */
function containerIn(path: readonly unknown[]): string | undefined {
  const at = path.findIndex((step) => typeof step === 'string' && lists.has(step));
  const name = at < 0 ? undefined : path[at + 1];
  return Array.isArray(name) && typeof name[0] === 'string' ? name[0] : undefined;
}

const lists: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers']);
