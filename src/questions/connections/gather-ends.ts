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
import { podsOf } from '../flow/find-pods.ts';
import type { PodFound } from '../flow/flow-end.ts';
import type { QuestionContext } from '../question-context.ts';
import { createDoors, type MeshDoor } from './mesh-door.ts';
import type { EndWithDoor } from './mesh-parts.ts';

/** An end that the engine is asked about: one of each class. */
export type GatheredEnd = GatheredPods | GatheredPart;

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
  const doors = createDoors(question);
  const keyOf = createPodKey(worlds);
  const classes = new Map<string, { readonly door: MeshDoor; readonly all: PodFound[] }>();
  const add = (pods: PodFound, kind: string) => {
    const door = doors(pods);
    const key = `${kind} ${keyOf(supposePod(worlds[0] ?? question.inventory.policyWorld, pods.pod).endpoint)} ${door.key}`;
    const known = classes.get(key);
    if (known) known.all.push(pods);
    else classes.set(key, { door, all: [pods] });
  };
  for (const pods of workloadsOf(question)) add(pods, 'there');
  const pods = (): readonly GatheredPods[] =>
    [...classes.values()].flatMap(({ all, door }) => {
      const [end] = all;
      return end ? [{ kind: 'pods', end, door, all }] : [];
    });
  const there = pods();
  classes.clear();
  for (const one of supposed.possible) add(one, 'possible');
  // Each that is asked about is an end of its own, whatever else is like it.
  for (const one of supposed.asked) add(one, `asked ${one.name}`);
  const ends = [...there, ...pods().map((one): GatheredPods => ({ ...one, isPossible: true }))];
  const told = [...worlds.flatMap((world) => [...writtenNets(world)]), ...nets, ...netsOfDoors(ends)];
  const parts = families.flatMap((family) =>
    addressParts(told, family).map((part): GatheredPart => {
      const ip = printAddress(part.address);
      return {
        kind: 'part',
        family,
        part,
        end: { kind: 'addresses', name: ip, ip, nets: [], notNets: [] },
      };
    }),
  );
  return [...ends, ...parts];
}

function workloadsOf(question: QuestionContext): readonly PodFound[] {
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
