import type { ServerResponse } from 'node:http';

/** Counts what is being worked on, so that there is never more of it than memory holds. */
export interface AdmissionLimit {
  /** Takes a place until the answer has been sent or its connection is gone; false where none is free. */
  readonly enter: (response: ServerResponse) => boolean;
  readonly inFlight: () => number;
}

export function createAdmissionLimit(most: number): AdmissionLimit {
  let inFlight = 0;
  return {
    enter: (response) => {
      if (inFlight >= most) return false;
      inFlight += 1;
      response.once('close', () => {
        inFlight -= 1;
      });
      return true;
    },
    inFlight: () => inFlight,
  };
}
