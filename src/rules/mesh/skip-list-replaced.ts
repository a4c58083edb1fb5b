import { pointerOf } from '../../kubernetes/json-pointer.ts';
import {
  containerPorts,
  formatPorts,
  includesPort,
  opaquePortsOfPod,
  readSkipPorts,
  skipRoute,
} from '../../linkerd/index.ts';
import type { Remark } from '../../facts/finding.ts';
import { becomesMeshed, meshWorkloadOf, type MeshWorkload } from '../../facts/workload/mesh-workload.ts';
import { listInWords } from '../../text/list.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A list of skipped ports is the whole list: what the installation skips by default, such as the ports of Galera's members,
 * goes through the proxy then, which waits for its protocol to show.
 * Source: linkerd2 pkg/inject/inject.go (GetOverriddenValues), values.yaml ignoreInboundPorts and ignoreOutboundPorts.
 */
export const skipListReplaced = defineRule({
  id: 'mesh/skip-list-replaced',
  title: 'A list of skipped ports replaces the default, and lacks ports that the pods declare',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  settledAtBirth: true,
  check: (subject, context) => {
    const workload = meshWorkloadOf(subject, context);
    if (!workload || workload.hasProxy || !becomesMeshed(workload)) return [];
    return (['inbound', 'outbound'] as const).flatMap((direction) => lost(workload, direction));
  },
});

function lost(
  { mesh: { linkerd }, namespace, template, wanted }: MeshWorkload,
  direction: 'inbound' | 'outbound',
): readonly Remark[] {
  const field = direction === 'inbound' ? 'skipInboundPorts' : 'skipOutboundPorts';
  const own = (wanted.settings ?? linkerd)[field];
  // An empty list skips nothing on purpose.
  if (own === linkerd[field] || own.trim() === '') return [];
  const route = skipRoute(direction, linkerd);
  const [list, usual] = [readSkipPorts(own, route), readSkipPorts(linkerd[field], route)];
  if (list.unreadable !== undefined) return [];
  // As bytes they pass the proxy without delay.
  const { enforced } = opaquePortsOfPod(template, namespace.annotations, linkerd);
  const ports = [...new Set(containerPorts(template.spec).map(({ port }) => port))].filter(
    (port) => includesPort(usual, port) && !includesPort(list, port) && !includesPort(enforced, port),
  );
  if (ports.length === 0) return [];
  const key = `config.linkerd.io/skip-${direction}-ports`;
  const isOwn = Object.hasOwn(template.annotations, key);
  const names = `${ports.length === 1 ? 'port' : 'ports'} ${listInWords(ports.map(String))}`;
  return [
    {
      pointer: isOwn ? template.pointer + pointerOf('metadata', 'annotations', key) : template.pointer,
      message: `${key}${isOwn ? '' : ' of its namespace'} replaces the installation's ${formatPorts(usual.ranges)}, so ${names} of its pods go through the proxy`,
      found: `${key}: ${JSON.stringify(own)}`,
      expected: `${key}: "${own},${ports.join(',')}", or ${ports.join(',')} in config.linkerd.io/opaque-ports`,
    },
  ];
}
