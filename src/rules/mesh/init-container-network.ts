import {
  cutOffInitContainers,
  nativeSidecarAnnotation,
  type CutOffInitContainer,
} from '../../linkerd/index.ts';
import { becomesMeshed, meshWorkloadOf, type MeshWorkload } from '../../facts/workload/mesh-workload.ts';
import { defineRule } from '../define-rule.ts';

/**
 * With the CNI plugin and without native sidecars an init container has no network: its traffic is redirected to a proxy
 * that starts after it. The pod never gets further than that.
 * Source: Linkerd's docs, features/cni.md.
 */
export const initContainerNetwork = defineRule({
  id: 'mesh/init-container-network',
  title: 'An init container asks the network before the proxy runs',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  settledAtBirth: true,
  check: (subject, context) => {
    const workload = meshWorkloadOf(subject, context);
    if (!workload?.mesh.linkerd.cni || workload.hasProxy || !becomesMeshed(workload)) return [];
    const { mesh, template, wanted } = workload;
    return cutOffInitContainers(template, wanted.settings ?? mesh.linkerd, mesh.linkerd).map((container) => ({
      pointer: template.pointer + container.pointer,
      message: `its init container ${JSON.stringify(container.name)} (${container.word}) has no network, so its pods never start`,
      witness:
        'with the CNI plugin its traffic goes to the proxy from the beginning, and the proxy starts after it',
      expected: remedyFor(container, workload),
    }));
  },
});

function remedyFor(
  { ports }: CutOffInitContainer,
  { mesh: { linkerd }, template, wanted }: MeshWorkload,
): string {
  const settings = wanted.settings ?? linkerd;
  const skipped = [settings.skipOutboundPorts, ...ports].filter((part) => part !== '').join(',');
  return [
    `${nativeSidecarAnnotation(linkerd)}: "true" at ${template.pointer}/metadata/annotations (Kubernetes 1.29 and later)`,
    `runAsUser: ${settings.uid} in the securityContext of the init container`,
    ports.length === 0
      ? 'its port in config.linkerd.io/skip-outbound-ports'
      : `config.linkerd.io/skip-outbound-ports: "${skipped}"`,
  ].join(', or ');
}
