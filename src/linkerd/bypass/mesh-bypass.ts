import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { selectsLabels } from '../../kubernetes/label-selector.ts';
import type { StringMap } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { annotationBypass } from './annotation-bypass.ts';
import type { MeshBypass } from './bypass.ts';
import { containerBypasses } from './container-bypass.ts';
import { containerPorts } from '../ports/container-ports.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';

/**
 * Every way by which the pods of a template get around the mesh, by its labels, its annotations and its containers.
 * The settings are those of its own proxy, which may run as another user than those of the installation.
 */
export function meshBypasses(
  template: PodTemplate,
  installation: LinkerdProfile,
  settings: ProxySettings = installation,
): readonly MeshBypass[] {
  const { annotations, labels, pointer, spec } = template;
  return [
    ...hostNetwork(template),
    ...labelBypasses(labels, `${pointer}/metadata/labels`, installation),
    ...annotationBypasses(
      annotations,
      `${pointer}/metadata/annotations`,
      installation,
      guarded(spec, settings),
    ),
    ...containerBypasses(spec, `${pointer}/spec`, installation, settings),
  ];
}

/** The ways by which annotations alone do that, on a pod template or on a namespace that hands them down. */
export function annotationBypasses(
  annotations: StringMap,
  pointer: JsonPointer,
  installation: LinkerdProfile,
  ports: readonly number[] = [],
): readonly MeshBypass[] {
  const bypasses: MeshBypass[] = [];
  for (const [key, value] of Object.entries(annotations)) {
    const bypass = annotationBypass(key, value, installation, ports);
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

function labelBypasses(labels: StringMap, pointer: JsonPointer, installation: LinkerdProfile): MeshBypass[] {
  const { injectorObjectSelector } = installation;
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
