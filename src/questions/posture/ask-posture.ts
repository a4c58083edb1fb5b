import { dayOf, daysThrough } from '../../conventions/document/days.ts';
import type { ObjectReference } from '../../kubernetes/object.ts';
import type { ConnectionsAnswer } from '../connections/connections-answer.ts';
import type { QuestionContext } from '../question-context.ts';
import { bridgesOf } from './bridges.ts';
import { createGates } from './gates.ts';
import type { Car, CarFinding, Posture, PostureWaiver } from './posture.ts';

/**
 * A state as a picture: the pure half of `tollgate map`.
 * @param question what exists, the conventions for it, and the clock
 * @param answer what `askConnections` says of the same state, of everything
 * @param findingsOf what the rules find of a workload
 * @returns islands by name, each with its gates and cars, and the bridges between them
 * Source: `askConnections` for bridges and cars, `judgeCoverage` for gates.
 * @example
 * askPosture(question, askConnections(question), () => []).islands.map(({ name }) => name); // ['data', 'shop']
 */
export function askPosture(
  question: QuestionContext,
  answer: ConnectionsAnswer,
  findingsOf: (workload: ObjectReference) => readonly CarFinding[],
): Posture {
  const { inventory } = question;
  const cars = new Map<string, Car[]>();
  for (const end of answer.ends) {
    if (end.kind !== 'workloads') continue;
    const own = cars.get(end.namespace) ?? [];
    cars.set(end.namespace, own);
    for (const workload of end.workloads)
      own.push({ workload, end: end.id, meshed: end.meshed, findings: findingsOf(workload) });
  }
  const names = new Set(cars.keys());
  for (const { metadata } of inventory.namespaces()) names.add(metadata.name ?? '');
  const gatesOf = createGates(question);
  return {
    islands: [...names].sort().map((name) => ({ name, gates: gatesOf(name), cars: cars.get(name) ?? [] })),
    bridges: bridgesOf(answer),
    waivers: waiversOf(question),
    incomplete: answer.incomplete,
  };
}

/** All waivers by the day of their end, those that have ended first. */
function waiversOf({ conventions, now }: QuestionContext): readonly PostureWaiver[] {
  const today = dayOf(now);
  return conventions.waivers
    .map(({ name, owner, reason, rules, from, until }) => ({
      name,
      owner,
      reason,
      rules,
      ...(from === undefined ? {} : { from }),
      until,
      daysLeft: daysThrough(today, until) - 1,
    }))
    .toSorted((one, other) => one.daysLeft - other.daysLeft);
}
