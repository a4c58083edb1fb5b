import { pointerOf, type JsonPointer } from '../kubernetes/json-pointer.ts';
import { selectsLabels } from '../kubernetes/label-selector.ts';
import { isRecord, type StringMap } from '../kubernetes/object.ts';
import type { PodTemplate } from '../kubernetes/pod-template.ts';
import { annotationBypass, type BypassWay } from './annotation-bypass.ts';
import type { LinkerdProfile } from './profile.ts';
import type { ProxySettings } from './proxy-settings.ts';

/** One way by which pods get around the mesh, or around what it protects. */
export interface MeshBypass {
  readonly way: BypassWay;
  readonly pointer: JsonPointer;
  /** What it does, as a sentence without a full stop. */
  readonly message: string;
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
    ...annotationBypasses(annotations, `${pointer}/metadata/annotations`, profile),
    ...containerBypasses(spec, `${pointer}/spec`, settings),
  ];
}

/** The ways by which annotations alone do that, on a pod template or on a namespace that hands them down. */
export function annotationBypasses(
  annotations: StringMap,
  pointer: JsonPointer,
  profile: LinkerdProfile,
): readonly MeshBypass[] {
  const bypasses: MeshBypass[] = [];
  for (const [key, value] of Object.entries(annotations)) {
    const bypass = annotationBypass(key, value, profile);
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
      }),
    ),
    ...(Object.hasOwn(labels, controlPlaneLabel)
      ? [
          {
            way: 'forged-mesh-label',
            pointer: `${pointer}${pointerOf(controlPlaneLabel)}`,
            message: `the label ${controlPlaneLabel} is Linkerd's to set: with it clients take the pod for a meshed one`,
          } as const,
        ]
      : []),
  ];
}

const controlPlaneLabel = 'linkerd.io/control-plane-ns';

function containerBypasses(
  spec: PodTemplate['spec'],
  pointer: JsonPointer,
  settings: ProxySettings,
): MeshBypass[] {
  const podUser = isRecord(spec.securityContext) ? spec.securityContext.runAsUser : undefined;
  const found: MeshBypass[] = [];
  let inherits = false;
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    const items = spec[list];
    if (!Array.isArray(items)) continue;
    for (const [index, item] of items.entries() as Iterable<[number, unknown]>) {
      if (ownUser(item) === undefined) inherits = true;
      if (isRecord(item)) found.push(...containerBypass(item, `${pointer}/${list}/${index}`, settings));
    }
  }
  if (podUser !== settings.uid || !inherits) return found;
  return [proxyUser(`${pointer}/securityContext/runAsUser`, settings), ...found];
}

function containerBypass(
  container: Readonly<Record<string, unknown>>,
  pointer: JsonPointer,
  settings: ProxySettings,
): MeshBypass[] {
  const found: MeshBypass[] = [];
  if (container.name === 'linkerd-proxy')
    found.push({
      way: 'fake-proxy',
      pointer: `${pointer}/name`,
      message: 'a container called linkerd-proxy makes Linkerd believe that the pod has a proxy already',
    });
  const context = container.securityContext;
  if (!isRecord(context)) return found;
  const added = isRecord(context.capabilities) ? context.capabilities.add : undefined;
  if (context.runAsUser === settings.uid)
    found.push(proxyUser(`${pointer}/securityContext/runAsUser`, settings));
  if (context.privileged === true)
    found.push({
      way: 'network-admin',
      pointer: `${pointer}/securityContext/privileged`,
      message: 'a privileged container can take the redirect to the proxy away',
    });
  else if (Array.isArray(added) && added.some((capability) => networkCapabilities.has(capability)))
    found.push({
      way: 'network-admin',
      pointer: `${pointer}/securityContext/capabilities/add`,
      message: 'a container with NET_ADMIN can take the redirect to the proxy away',
    });
  return found;
}

const networkCapabilities: ReadonlySet<unknown> = new Set(['NET_ADMIN', 'CAP_NET_ADMIN', 'ALL']);

function ownUser(container: unknown): unknown {
  return isRecord(container) && isRecord(container.securityContext)
    ? container.securityContext.runAsUser
    : undefined;
}

function proxyUser(pointer: JsonPointer, { uid }: ProxySettings): MeshBypass {
  return {
    way: 'proxy-user',
    pointer,
    message: `user ${uid} is the proxy's own, whose traffic is not redirected to the proxy`,
  };
}
