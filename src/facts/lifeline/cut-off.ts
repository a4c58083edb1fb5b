import { judgeSupposedFlow, supposePod, type PolicyWorld, type SupposedVerdict } from '../../calico/index.ts';
import type { Lifeline, Way } from './lifeline.ts';

/** A way of a lifeline that policies deny, whoever is at its other end. */
export interface CutOff {
  readonly way: Way;
  /** Of the first of its ports. */
  readonly verdict: SupposedVerdict;
}

/** The ways of a lifeline that policies close. What is not known of the other end opens. */
export function cutOffWays({ pod, ways }: Lifeline, world: PolicyWorld): readonly CutOff[] {
  const supposed = supposePod(world, pod);
  const closed = ways.flatMap((way): CutOff[] => {
    const { ports, direction, peer, peerKnown, protocol } = way;
    const verdicts = ports.map((port) =>
      judgeSupposedFlow(world, {
        pod: supposed,
        direction,
        peer,
        protocol,
        port,
        ...(peerKnown ? { peerKnown } : {}),
      }),
    );
    const [verdict] = verdicts;
    return verdict && verdicts.every((one) => one.verdict === 'deny') ? [{ way, verdict }] : [];
  });
  return closed.every(({ way }) => way.minor) ? [] : closed;
}
