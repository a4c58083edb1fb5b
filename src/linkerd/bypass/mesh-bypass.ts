import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { selectsLabels } from '../../kubernetes/label-selector.ts';
import { isRecord, type StringMap } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { annotationBypass, type BypassWay } from './annotation-bypass.ts';
import { containerPorts } from '../ports/container-ports.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import { record } from '../../kubernetes/read.ts';

/** One way by which pods get around the mesh, or around what it protects. */
export interface MeshBypass {
  readonly way: BypassWay;
  readonly pointer: JsonPointer;
  /** What it does, as a sentence without a full stop. */
  readonly message: string;
  /** Whether it leaves the proxy hardly anything to do, or nobody can say that it does not. */
  readonly total: boolean;
}

/**
 * Every way by which the pods of a template get around the mesh, by its labels, its annotations and its containers.
 * The settings are those of its own proxy, which may run as another user than those of the installation.
 */
export function meshBypasses(
  template: PodTemplate,
  profile: LinkerdProfile,
  settings: ProxySettings = profile,
): readonly MeshBypass[] {
  const { annotations, labels, pointer, spec } = template;
  return [
    ...hostNetwork(template),
    ...labelBypasses(labels, `${pointer}/metadata/labels`, profile),
    ...annotationBypasses(annotations, `${pointer}/metadata/annotations`, profile, guarded(spec, settings)),
    ...containerBypasses(spec, `${pointer}/spec`, profile, settings),
  ];
}

/** The ways by which annotations alone do that, on a pod template or on a namespace that hands them down. */
export function annotationBypasses(
  annotations: StringMap,
  pointer: JsonPointer,
  profile: LinkerdProfile,
  ports: readonly number[] = [],
): readonly MeshBypass[] {
  const bypasses: MeshBypass[] = [];
  for (const [key, value] of Object.entries(annotations)) {
    const bypass = annotationBypass(key, value, profile, ports);
    if (bypass) bypasses.push({ ...bypass, pointer: `${pointer}${pointerOf(key)}` });
  }
  return bypasses;
}

function hostNetwork({ pointer, spec }: PodTemplate): MeshBypass[] {
  if (spec.hostNetwork !== true) return [];
  return [
    {
      way: 'host-network',
      pointer: `${pointer}/spec/hostNetwork`,
      message: 'pods on the network of the host are never injected',
      total: true,
    },
  ];
}

function labelBypasses(labels: StringMap, pointer: JsonPointer, profile: LinkerdProfile): MeshBypass[] {
  const { injectorObjectSelector } = profile;
  const isSelected = selectsLabels(injectorObjectSelector, labels);
  if (isSelected && !Object.hasOwn(labels, controlPlaneLabel)) return [];
  const failed = injectorObjectSelector.filter((requirement) => !selectsLabels([requirement], labels));
  return [
    ...failed.map(
      ({ key }): MeshBypass => ({
        way: 'excluding-label',
        pointer: Object.hasOwn(labels, key) ? `${pointer}${pointerOf(key)}` : pointer,
        message: `by the label ${key} the API server does not ask the injector`,
        total: true,
      }),
    ),
    ...(Object.hasOwn(labels, controlPlaneLabel)
      ? [
          {
            way: 'forged-mesh-label',
            pointer: `${pointer}${pointerOf(controlPlaneLabel)}`,
            message: `the label ${controlPlaneLabel} is Linkerd's to set: with it clients take the pod for a meshed one`,
            total: false,
          } as const,
        ]
      : []),
  ];
}

const controlPlaneLabel = 'linkerd.io/control-plane-ns';

/** The TCP ports that the pods declare, without the proxy's own. */
function guarded(spec: PodTemplate['spec'], { ports }: ProxySettings): readonly number[] {
  const own = new Set([ports.inbound, ports.admin, ports.control]);
  return containerPorts(spec).flatMap(({ port, protocol }) =>
    protocol === 'TCP' && !own.has(port) ? port : [],
  );
}

/**
 * What containers can do by their security context. The user and the group that a process sends as are those of its
 * container, or else of its pod, or else of its image, which no manifest shows. Supplementary groups (`fsGroup`,
 * `supplementalGroups`) do not count: iptables looks at them only with --suppl-groups, which is not asked for.
 * Source: linkerd2-proxy-init pkg/iptables/iptables.go makeIgnoreUserID, makeIgnoreGroupID (no rule for 0 or less);
 * Linux net/netfilter/xt_owner.c.
 */
function containerBypasses(
  spec: PodTemplate['spec'],
  pointer: JsonPointer,
  profile: LinkerdProfile,
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
      if (list !== 'initContainers' || !hasNoProxyYet(item, profile, settings))
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
 * Whether an init container runs before the proxy while the CNI plugin's redirect stands already: then the proxy's own
 * user is the documented way to the network. Source: Linkerd's docs, features/cni.md.
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

/** What lets a container change the rules of its pod. It may be meant, as in a VPN client, so it is not `total`. */
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
