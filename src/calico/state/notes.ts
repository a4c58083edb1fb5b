import { joinChanges, type PolicyChange } from './policy-index.ts';
import type { WorldParts } from './world-parts.ts';

/**
 * What others keep with a world: an index of some of its parts, or answers that were found in it. The world holds notes
 * and does not know what is in them; who keeps one says here what it rests on. Notes are never part of an answer.
 */
export interface NoteKind<Note> {
  /** Unique, in plain words, such as `addresses of pods`. */
  readonly name: string;
  /** The parts that the note rests on: it stays while each of them is the same object, and others make it stale. */
  readonly restsOn: (parts: WorldParts) => readonly unknown[];
  /** Makes the note at the first question. */
  readonly create: (parts: WorldParts) => Note;
  /**
   * Makes the note of a stale one: for a note that rests on the cluster-wide policies alone, from what has changed among
   * these since. Without it a stale note is created anew.
   */
  after?(former: Note, change: PolicyChange, parts: WorldParts): Note;
}

/** The notes of a world, each in a place that all worlds share between which it does not get stale. */
export type Notes = ReadonlyMap<NoteKind<unknown>, NotePlace>;

interface NotePlace {
  held?: { readonly note: unknown };
  /** A stale note and all that has changed since; never two of them, however many changes nobody asked after. */
  former?: { readonly note: unknown; readonly change: PolicyChange };
}

export function emptyNotes(kinds: readonly NoteKind<unknown>[]): Notes {
  return new Map(kinds.map((kind) => [kind, {}]));
}

/** The note of a world, made now or kept. Throws for a kind that no world was created with. */
export function noteOf<Note>(world: WorldParts & { readonly notes: Notes }, kind: NoteKind<Note>): Note {
  const place = world.notes.get(kind);
  if (!place) throw new Error(`worlds are created without a place for the note "${kind.name}"`);
  place.held ??= { note: makeNote(kind, place, world) };
  delete place.former;
  return place.held.note as Note;
}

function makeNote<Note>(kind: NoteKind<Note>, { former }: NotePlace, parts: WorldParts): Note {
  return former && kind.after ? kind.after(former.note as Note, former.change, parts) : kind.create(parts);
}

/** The notes after a change. `change` is that of the cluster-wide policies. */
export function notesAfter(notes: Notes, before: WorldParts, now: WorldParts, change: PolicyChange): Notes {
  return new Map(
    [...notes].map(([kind, place]) => [
      kind,
      isStale(kind, before, now) ? placeAfter(kind, place, change) : place,
    ]),
  );
}

function isStale({ restsOn }: NoteKind<unknown>, before: WorldParts, now: WorldParts): boolean {
  const rests = restsOn(now);
  return restsOn(before).some((part, index) => part !== rests[index]);
}

function placeAfter(kind: NoteKind<unknown>, { held, former }: NotePlace, change: PolicyChange): NotePlace {
  if (!kind.after) return {};
  if (held) return { former: { note: held.note, change } };
  return former ? { former: { note: former.note, change: joinChanges(former.change, change) } } : {};
}
