import {
  type AddressPart,
  addressParts,
  createPodKey,
  type PolicyWorld,
  supposePod,
  writtenNets,
} from '../../calico/index.ts';
import { type Family, families, printAddress } from '../../kubernetes/net/address.ts';
import { containsAddress, type Net, readNet } from '../../kubernetes/net/net.ts';
import { identitiesOfNamespace, serviceAccountIdentity } from '../../linkerd/index.ts';
import { podsOf } from '../flow/find-pods.ts';
import type { PodFound } from '../flow/flow-end.ts';
import type { QuestionContext } from '../question-context.ts';
import { createDoors, type MeshDoor } from './mesh-door.ts';
import type { EndWithDoor } from './mesh-parts.ts';

/** An end that the engine is asked about: one of each class. */
export type GatheredEnd = GatheredPods | GatheredPart | GatheredNothing;

/** Pods that neither a policy nor the mesh tells apart. */
export interface GatheredPods extends EndWithDoor {
  readonly kind: 'pods';
  readonly end: PodFound;
  readonly door: MeshDoor;
  /** Those of each workload. */
  readonly all: readonly PodFound[];
  /** Set for pods that do not exist yet. */
  readonly isPossible?: true;
}

/** Addresses that no policy tells apart. */
export interface GatheredPart extends EndWithDoor {
  readonly kind: 'part';
  readonly family: Family;
  readonly part: AddressPart;
}

/** Another end's place, where it is not there: nothing reaches it, and it reaches nothing. */
export interface GatheredNothing extends EndWithDoor {
  readonly kind: 'nothing';
}

export const nothingThere: GatheredNothing = {
  kind: 'nothing',
  end: { kind: 'addresses', name: '', ip: '', nets: [], notNets: [] },
};

/**
 * Reads what tells pods apart: those with the same key are one end. An account counts only where some proxy asks for it, since
 * nearly every workload has one of its own.
 * @param all the pods of every workload
 */
export function createEndReading(
  question: QuestionContext,
  worlds: readonly PolicyWorld[],
  all: readonly PodFound[],
): (pods: PodFound) => { readonly door: MeshDoor; readonly key: string } {
  const keyOf = createPodKey(worlds);
  const world = worlds[0] ?? question.inventory.policyWorld;
  const read = createDoors(question);
  const known = new Map(all.map((pods) => [pods, read(pods)] as const));
  const asked = identitiesAsked(known.values());
  return (pods) => {
    const door = known.get(pods) ?? read(pods);
    const own = identitiesOf(pods, door).filter((identity) => asked.has(identity));
    return { door, key: `${keyOf(supposePod(world, pods.pod).endpoint)} ${door.key} ${own.join()}` };
  };
}

/** The identities that proxies ask for by name. */
function identitiesAsked(doors: Iterable<MeshDoor>): ReadonlySet<string> {
  return new Set(
    Array.from(doors, ({ parts }) =>
      parts.flatMap(({ access }) =>
        access.grants.flatMap(({ clients: { identities } }) =>
          typeof identities === 'string' ? [] : identities,
        ),
      ),
    ).flat(),
  );
}

/** The names by which the clients of a mesh may be asked for. */
function identitiesOf({ account, namespace }: PodFound, { profile }: MeshDoor): readonly string[] {
  return profile
    ? [
        serviceAccountIdentity({ namespace, name: account }, profile),
        identitiesOfNamespace(namespace, profile),
      ]
    : [];
}

/**
 * Gathers the ends of all connections of a state: its workloads in classes, and the addresses in parts.
 * @param nets further blocks to tell addresses apart by, such as those that are asked about
 * @param supposed pods that do not exist yet: those that are asked about, each by itself, and those that could be created
 */
export function gatherEnds(
  question: QuestionContext,
  worlds: readonly PolicyWorld[],
  nets: readonly Net[],
  supposed: { readonly asked: readonly PodFound[]; readonly possible: readonly PodFound[] },
): readonly GatheredEnd[] {
  const workloads = workloadsOf(question);
  const read = createEndReading(question, worlds, workloads);
  const classes = new Map<string, GatheredPods & { readonly all: PodFound[] }>();
  const add = (pods: PodFound, kind: string, isPossible: boolean) => {
    const { door, key } = read(pods);
    const known = classes.get(`${kind} ${key}`);
    if (known) known.all.push(pods);
    else {
      const possible = isPossible ? { isPossible: true as const } : {};
      classes.set(`${kind} ${key}`, { kind: 'pods', end: pods, door, all: [pods], ...possible });
    }
  };
  for (const pods of workloads) add(pods, 'there', false);
  for (const pods of supposed.possible) add(pods, 'possible', true);
  // Each that is asked about is an end of its own, whatever else is like it.
  for (const pods of supposed.asked) add(pods, `asked ${pods.name}`, true);
  const ends = [...classes.values()];
  return [...ends, ...partsOf(worlds, ends, nets)];
}

/** All addresses in parts that neither policies nor proxies tell apart. */
export function partsOf(
  worlds: readonly PolicyWorld[],
  ends: readonly GatheredEnd[],
  nets: readonly Net[],
): readonly GatheredPart[] {
  const doors = ends.flatMap((end) => (end.kind === 'pods' ? [end] : []));
  const told = [...worlds.flatMap((world) => [...writtenNets(world)]), ...nets, ...netsOfDoors(doors)];
  return families.flatMap((family) =>
    addressParts(told, family).map((part): GatheredPart => {
      const ip = printAddress(part.address);
      return { kind: 'part', family, part, end: { kind: 'addresses', name: ip, ip, nets: [], notNets: [] } };
    }),
  );
}

/** The pods of every workload, by namespace. */
export function workloadsOf(question: QuestionContext): readonly PodFound[] {
  const { inventory } = question;
  return [...inventory.populated()]
    .sort()
    .flatMap((namespace) => [...inventory.workloads(namespace)])
    .flatMap((object) => podsOf(object, question) ?? []);
}

/** The networks from which proxies let clients in. */
function netsOfDoors(ends: readonly GatheredPods[]): readonly Net[] {
  const texts = new Set(
    ends.flatMap(({ door }) =>
      door.parts.flatMap(({ access }) =>
        access.grants.flatMap(({ clients }) =>
          clients.networks.flatMap(({ cidr, except }) => [cidr, ...except]),
        ),
      ),
    ),
  );
  return [...texts].flatMap((text) => readNet(text, 'ipnet') ?? []);
}

/** Whether a part of the addresses lies in a block and in none of some others. */
export function liesIn(
  { part }: GatheredPart,
  { except, net }: { readonly net: Net; readonly except: readonly Net[] },
): boolean {
  return containsAddress(net, part.address) && !except.some((one) => containsAddress(one, part.address));
}
