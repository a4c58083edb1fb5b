import { record } from '../../kubernetes/read.ts';
import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import { isRecord } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import type { MeshBypass } from './bypass.ts';

/**
 * Finds the bypasses that the security contexts of containers open. A process has the user and the group of its
 * container, or else of its pod, or else of its image, which no manifest shows. Supplementary groups (`fsGroup`,
 * `supplementalGroups`) do not count: iptables reads them only with --suppl-groups, which linkerd-init does not set.
 * Source: linkerd2-proxy-init pkg/iptables/iptables.go makeIgnoreUserID, makeIgnoreGroupID (no rule for 0 or less);
 * Linux net/netfilter/xt_owner.c.
 */
export function containerBypasses(
  spec: PodTemplate['spec'],
  pointer: JsonPointer,
  installation: LinkerdProfile,
  settings: ProxySettings,
): MeshBypass[] {
  const podContext = record(spec.securityContext);
  const found: MeshBypass[] = [];
  const inherited = new Set<IdField>();
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    const items = spec[list];
    if (!Array.isArray(items)) continue;
    for (const [index, item] of items.entries() as Iterable<[number, unknown]>) {
      if (!isRecord(item)) continue;
      const at = `${pointer}/${list}/${index}` as const;
      const context = record(item.securityContext);
      found.push(...nameBypass(item, at));
      if (list !== 'initContainers' || !hasNoProxyYet(item, installation, settings))
        for (const field of idFields)
          if (context[field] === undefined || context[field] === null) inherited.add(field);
          else found.push(...idBypass(context, field, at, settings));
      found.push(...privileges(context, at));
    }
  }
  const ofPod = idFields.flatMap((field) =>
    inherited.has(field) ? idBypass(podContext, field, pointer, settings) : [],
  );
  return [...ofPod, ...found];
}

type IdField = 'runAsUser' | 'runAsGroup';
const idFields: readonly IdField[] = ['runAsUser', 'runAsGroup'];

/**
 * Whether an init container runs before the proxy, but after the CNI plugin has set up the redirect. Then the
 * documented way to the network is to run as the proxy's own user.
 * Source: Linkerd's docs, features/cni.md.
 */
function hasNoProxyYet(
  { restartPolicy }: Readonly<Record<string, unknown>>,
  { cni }: LinkerdProfile,
  { nativeSidecar }: ProxySettings,
): boolean {
  return cni && !nativeSidecar && restartPolicy !== 'Always';
}

function nameBypass({ name }: Readonly<Record<string, unknown>>, pointer: JsonPointer): MeshBypass[] {
  if (name !== 'linkerd-proxy') return [];
  const message = 'a container called linkerd-proxy makes Linkerd believe that the pod has a proxy already';
  return [{ way: 'fake-proxy', pointer: `${pointer}/name`, message, total: true }];
}

function idBypass(
  context: Readonly<Record<string, unknown>>,
  field: IdField,
  pointer: JsonPointer,
  { gid, uid }: ProxySettings,
): MeshBypass[] {
  const id = field === 'runAsUser' ? uid : gid;
  if (id <= 0 || context[field] !== id) return [];
  const word = field === 'runAsUser' ? 'user' : 'group';
  return [
    {
      way: `proxy-${word}`,
      pointer: `${pointer}/securityContext/${field}`,
      message: `${word} ${id} is the proxy's own, whose traffic is not redirected to the proxy`,
      total: true,
    },
  ];
}

/**
 * Privileges by which a container can change the iptables rules of its pod. They may be needed, as in a VPN client, so
 * they are not `total`.
 */
function privileges(context: Readonly<Record<string, unknown>>, pointer: JsonPointer): MeshBypass[] {
  const { capabilities, privileged } = context;
  const added = isRecord(capabilities) ? capabilities.add : undefined;
  if (privileged === true)
    return [
      {
        way: 'network-admin',
        pointer: `${pointer}/securityContext/privileged`,
        message: 'a privileged container can take the redirect to the proxy away',
        total: false,
      },
    ];
  if (!Array.isArray(added) || !added.some(isNetworkAdmin)) return [];
  return [
    {
      way: 'network-admin',
      pointer: `${pointer}/securityContext/capabilities/add`,
      message: 'a container with NET_ADMIN can take the redirect to the proxy away',
      total: false,
    },
  ];
}

/** Runtimes compare capabilities in any case, with or without the kernel's prefix. */
function isNetworkAdmin(capability: unknown): boolean {
  return typeof capability === 'string' && /^(ALL|(CAP_)?NET_ADMIN)$/i.test(capability);
}
