/**
 * What a direct read is for: a change that takes cover away, which is refused without it; an answer that refuses, which
 * stays as it is without it; or a namespace that nobody knows, by whatever name a request has.
 */
export type Purpose = 'take-away' | 'denial' | 'namespace';

/** The part of all turns that is kept for changes that take cover away. */
const reserve = 1 / 4;

/**
 * Lets so many go on at a time. Changes that take cover away come first, and a part of the turns is theirs alone; the
 * other purposes take turns, each in the order in which its own came. So whoever asks about a thousand namespaces that
 * do not exist waits behind himself.
 */
export function createTurns(most: number) {
  const waiting: Record<Purpose, (() => void)[]> = { 'take-away': [], denial: [], namespace: [] };
  const shared = Math.max(1, most - Math.ceil(most * reserve));
  let taken = 0;
  let takenByOthers = 0;
  /** Whose turn it was last of those that take turns. */
  let last: Purpose = 'namespace';
  const begin = (purpose: Purpose) => {
    taken += 1;
    if (purpose === 'take-away') return;
    takenByOthers += 1;
    last = purpose;
  };
  const mayBegin = (purpose: Purpose) =>
    taken < most && (purpose === 'take-away' || takenByOthers < shared || most === 1);
  const nextPurpose = (): Purpose | undefined => {
    const inTurn: readonly Purpose[] =
      last === 'denial' ? ['take-away', 'namespace', 'denial'] : ['take-away', 'denial', 'namespace'];
    return inTurn.find((purpose) => waiting[purpose].length > 0 && mayBegin(purpose));
  };
  const leave = (purpose: Purpose) => () => {
    taken -= 1;
    if (purpose !== 'take-away') takenByOthers -= 1;
    const next = nextPurpose();
    if (!next) return;
    begin(next);
    waiting[next].shift()?.();
  };
  return {
    /** @returns what ends the turn */
    take: async (purpose: Purpose): Promise<() => void> => {
      if (mayBegin(purpose) && waiting[purpose].length === 0) begin(purpose);
      else await new Promise<void>((resolve) => void waiting[purpose].push(resolve));
      return leave(purpose);
    },
  };
}
