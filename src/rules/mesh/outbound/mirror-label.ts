import { pointerOf } from '../../../kubernetes/json-pointer.ts';
import { stringMap } from '../../../kubernetes/object.ts';
import { record } from '../../../kubernetes/read.ts';
import { atLeast } from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { listInWords } from '../../../text/list.ts';
import { defineRule } from '../../define-rule.ts';

/**
 * A label by which a Service is to be mirrored into other clusters or to join a federated Service, and does not: another
 * value than the selectors of a Link ask for by default, or a Service without an address. A Link may ask for other values.
 * Source: linkerd2 multicluster/service-mirror/cluster_watcher.go, isExported, isRemoteDiscovery, isFederatedServiceMember
 * and handleFederatedServiceJoin; multicluster/cmd/link.go for the values.
 */
export const mirrorLabel = defineRule({
  id: 'mesh/mirror-label',
  title: 'A label for other clusters has no effect on a Service',
  appliesTo: { kinds: ['Service.'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  check: ({ object }, context) => {
    const mesh = meshConventionOf(context.convention);
    const labels = new Map(Object.entries(stringMap(object.metadata.labels)));
    if (!mesh || isMirrored(labels)) return [];
    const isFederating = atLeast(mesh.linkerd.version, '2.17');
    return [
      ...(isFederating ? wrongValue(labels, federated, ['member'], 'joins no federated Service') : []),
      ...wrongValue(labels, exported, ['true', 'remote-discovery'], 'is mirrored into no cluster'),
      ...(isFederating && record(object.spec).clusterIP === 'None' ? headless(labels) : []),
    ];
  },
});

const federated = 'mirror.linkerd.io/federated';
const exported = 'mirror.linkerd.io/exported';

/** What the service mirror has made itself bears the labels of the Service that it was made of. */
function isMirrored(labels: ReadonlyMap<string, string>): boolean {
  return labels.has('mirror.linkerd.io/mirrored-service');
}

/** A value by which somebody says that it is not to be. */
const refusals: ReadonlySet<string> = new Set(['', 'false', 'disabled', 'no', 'none']);

function wrongValue(
  labels: ReadonlyMap<string, string>,
  key: string,
  right: readonly string[],
  effect: string,
): readonly Remark[] {
  const value = labels.get(key);
  if (value === undefined || right.includes(value) || refusals.has(value.toLowerCase())) return [];
  return [
    {
      pointer: pointerOf('metadata', 'labels', key),
      message: `with ${key}: ${value} it ${effect}, unless a Link asks for this value`,
      found: `${key}: ${JSON.stringify(value)}`,
      expected: `${key}: ${listInWords(
        right.map((word) => JSON.stringify(word)),
        { last: 'or' },
      )}`,
    },
  ];
}

function headless(labels: ReadonlyMap<string, string>): readonly Remark[] {
  if (labels.get(federated) !== 'member') return [];
  return [
    {
      pointer: pointerOf('metadata', 'labels', federated),
      message: 'it is headless (clusterIP: None), and a headless Service cannot join a federated Service',
      found: `${federated}: "member"`,
      expected: `no ${federated} here, or a Service with a cluster IP`,
    },
  ];
}
