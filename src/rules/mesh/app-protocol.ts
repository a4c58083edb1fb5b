import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { appProtocolMeaning, knownAppProtocols, servicePorts } from '../../linkerd/index.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import { meshConventionOf } from '../../facts/workload/mesh-workload.ts';
import { nearestWord, oneSlip } from '../../text/nearest-word.ts';

/**
 * A port of a Service has an `appProtocol` that says HTTP in a word Linkerd does not know, so that it takes the
 * traffic for bytes. Words for anything else mean bytes to Linkerd as well, which is what they are.
 * Source: linkerd2 policy-controller/core/src/outbound.rs; read since 2.18.
 */
export const appProtocol = defineRule({
  id: 'mesh/app-protocol',
  title: 'An appProtocol that means HTTP makes a port opaque to Linkerd',
  appliesTo: { kinds: ['Service.'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  check: ({ object }, { convention }) => {
    const profile = meshConventionOf(convention)?.linkerd;
    if (!profile) return [];
    return servicePorts(object, {}, profile).flatMap(({ appProtocol: word, index, port }): Remark[] => {
      const meaning = appProtocolMeaning(word, profile);
      const meant = word === undefined ? undefined : meantBy(word);
      if (word === undefined || !meaning || meaning.known || meant === undefined) return [];
      const pointer = pointerOf('spec', 'ports', index, 'appProtocol');
      return [
        {
          pointer,
          message: `appProtocol: ${word} makes port ${port} opaque, without routes, retries and HTTP metrics`,
          found: `appProtocol: ${word}`,
          expected: `appProtocol: ${meant}, or none, so that Linkerd looks for itself`,
          fix: [{ pointer, value: meant }],
        },
      ];
    });
  },
});

/** What Linkerd calls the protocol; undefined for words that rightly mean bytes. */
function meantBy(word: string): string | undefined {
  const plain = word.toLowerCase();
  if (/^(grpc(-web)?|h2c?|http-?2|http\/2(\.0)?)$/.test(plain)) return 'kubernetes.io/h2c';
  if (/^(http(\/1(\.[01])?|1)?|kubernetes\.io\/ws|ws|websocket)$/.test(plain)) return 'http';
  const near = nearestWord(word, knownAppProtocols, oneSlip);
  return near === 'http' || near === word ? undefined : near;
}
