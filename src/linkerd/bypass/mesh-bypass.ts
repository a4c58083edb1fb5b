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
 * Finds every way by which the pods of a template bypass the mesh, in its labels, its annotations and its containers.
 *
 * @param template The pod template: its metadata, what of its labels and annotations is text, and the pod's spec.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @param settings The settings of the pods' own proxy; by default those of the installation.
 * @returns One entry for each way, with the JSON pointer to what opens it.
 * @example
 * const spec = { hostNetwork: true, containers: [] };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: {}, spec } as const;
 * meshBypasses(template, defaultProfile()).map(({ way }) => way); // ['host-network']
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

/**
 * Finds the ways to bypass the mesh that annotations open, on a pod template or on a namespace whose pods inherit them.
 *
 * @param annotations The annotations of the pod template or the namespace.
 * @param pointer The JSON pointer to the annotations.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @param ports The numbers of the ports that the pods declare, as far as they are known.
 * @returns One entry for each annotation that opens a way, with the JSON pointer to it.
 * @example
 * const annotations = { 'config.linkerd.io/skip-inbound-ports': '8080' };
 * annotationBypasses(annotations, '/metadata/annotations', defaultProfile()).map(({ way }) => way); // ['skip-inbound-ports']
 */
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
