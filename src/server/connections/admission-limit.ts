import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Counts what is being worked on, so that there is never more of it than memory holds. */
export interface AdmissionLimit {
  /** Takes a place until the answer has been sent or its connection is gone; false where none is free. */
  readonly enter: (response: ServerResponse) => boolean;
  readonly inFlight: () => number;
  /** The connections that wait for an answer. */
  readonly waiting: () => ReadonlySet<Socket>;
}

export function createAdmissionLimit(most: number): AdmissionLimit {
  const unanswered = new Set<ServerResponse>();
  return {
    enter: (response) => {
      if (unanswered.size >= most) return false;
      unanswered.add(response);
      response.once('close', () => unanswered.delete(response));
      return true;
    },
    inFlight: () => unanswered.size,
    waiting: () =>
      new Set(Array.from(unanswered, ({ socket }) => socket).filter((socket) => socket !== null)),
  };
}
