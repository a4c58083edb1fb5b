import { Socket } from 'node:net';
import t from 'tap';
import { connectionToGive, type OpenConnection } from '../../src/server/connections/connection-room.ts';

/** Connections as `address[rw]`: r has carried a review, w waits for an answer. */
function opened(words: string): readonly OpenConnection[] {
  return words.split(' ').map((word) => ({
    socket: new Socket(),
    address: word.replace(/[rw]+$/, ''),
    reviewed: /r[w]?$/.test(word),
    waits: word.endsWith('w'),
  }));
}

const rows: readonly [what: string, open: string, newcomer: string, gives: number | undefined][] = [
  ['the oldest that never carried a review', '1 1 2r', '2', 0],
  ['of the address with the most of them', '1 2 2 3', '3', 1],
  ['also where that is the address of the newcomer', '1 1 1 2', '1', 0],
  ['not one that waits for an answer', '1w 1w 2', '2', 2],
  ['one with reviews where its address has more than the newcomer would', '1r 1r 1r 2r', '2', 0],
  ['none of an API server that has no more than the newcomer would', '1r 1r 2r', '2', undefined],
  ['none where all wait', '1rw 1rw 1rw', '2', undefined],
  ['one without a review before one of a greedier address with reviews', '1r 1r 1r 1r 2', '3', 4],
];

for (const [what, words, newcomer, gives] of rows) {
  t.test(what, async (t) => {
    const open = opened(words);
    t.equal(connectionToGive(open, newcomer), gives === undefined ? undefined : open[gives]?.socket);
  });
}
