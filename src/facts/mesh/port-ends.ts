import { evaluateSelector, podLabels, type Port, type Selector } from '../../calico/index.ts';
import type { MeshConvention } from '../../conventions/convention/convention.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import { stringMap, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import {
  containerPorts,
  dialedPort,
  opaquePortsOfPod,
  readSkipPorts,
  skipRoute,
  type PortList,
} from '../../linkerd/index.ts';
import { limits, lookAt, type Look } from '../limits.ts';
import type { RuleContext } from '../subject.ts';
import { podFrom } from '../workload/workload-pod.ts';
import {
  becomesMeshed,
  describeWorkload,
  meshConventionOf,
  type MeshWorkload,
} from '../workload/mesh-workload.ts';

/** A meshed workload as an end of a connection. */
export interface PortEnd {
  readonly workload: MeshWorkload;
  readonly pod: KubernetesObject;
  /** Whether some of these ports go past its proxy on the way out. */
  readonly skips: (range: PortRange) => boolean;
  /**
   * The port that clients' proxies ask for instead of that of a rule; undefined where the rule holds that port too, or
   * where its proxy is not asked. A range counts by its first port, and is left alone where any of it is skipped.
   */
  readonly dialedInstead: (entry: Port) => { readonly range: PortRange; readonly dialed: number } | undefined;
}

/** The ports of an entry of a rule, both ends included. */
interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The workloads that rules of one policy are about, each described once. */
export interface PortEnds {
  /** Those of a namespace that a selector selects; undefined for none, too many, or one outside the mesh. */
  readonly selected: (namespace: string, selector: Selector) => readonly PortEnd[] | undefined;
  /** The ends that had too many. */
  readonly cutShort: () => readonly Look[];
}

export function createPortEnds(context: RuleContext): PortEnds {
  const { conventions, inventory, point } = context;
  const cut: Look[] = [];
  const known = new Map<KubernetesObject, PortEnd | undefined>();
  const endOf = (object: KubernetesObject, mesh: MeshConvention) => {
    if (!known.has(object)) {
      const workload = describeWorkload(object, mesh, inventory, point);
      known.set(object, workload && becomesMeshed(workload) ? portEnd(workload) : undefined);
    }
    return known.get(object);
  };
  const labelsSeen = (object: KubernetesObject, mesh: MeshConvention, namespace: string) => {
    const template = podTemplateOf(object);
    const serviceAccountName = template?.spec.serviceAccountName;
    const labels = template?.labels ?? {};
    const labelOf = podLabels(inventory.policyWorld, {
      namespace,
      labels,
      serviceAccount: typeof serviceAccountName === 'string' ? serviceAccountName : 'default',
    });
    // What the injector adds is worked out only for a selector that asks for it.
    return (key: string) =>
      key.startsWith('linkerd.io/') && !Object.hasOwn(labels, key)
        ? stringMap(endOf(object, mesh)?.pod.metadata.labels)[key]
        : labelOf(key);
  };
  return {
    selected: (name, selector) => {
      const convention = conventions.governing(namespaceIdentity(name, inventory.namespace(name)));
      const mesh = meshConventionOf(convention);
      const chosen: KubernetesObject[] = [];
      const look = lookAt(limits.endsOfRule, context);
      for (const object of mesh ? inventory.workloads(name) : []) {
        if (!mesh || !evaluateSelector(selector, labelsSeen(object, mesh, name))) continue;
        if (!look.more(name)) {
          cut.push(look);
          return undefined;
        }
        chosen.push(object);
      }
      const ends = mesh ? chosen.map((object) => endOf(object, mesh)) : [];
      if (ends.length === 0 || ends.includes(undefined)) return undefined;
      return ends.filter((end) => end !== undefined);
    },
    cutShort: () => cut,
  };
}

function portEnd(workload: MeshWorkload): PortEnd {
  const { mesh, namespace, object, template, wanted } = workload;
  const settings = wanted.settings ?? mesh.linkerd;
  const { admin, control, inbound } = settings.ports;
  const opaquePorts = opaquePortsOfPod(template, namespace.annotations, mesh.linkerd).forClients;
  const skippedOut = readSkipPorts(settings.skipOutboundPorts, skipRoute('outbound', mesh.linkerd));
  const skippedIn = readSkipPorts(settings.skipInboundPorts, skipRoute('inbound', mesh.linkerd));
  return {
    workload,
    pod: podFrom(object, template, wanted.labelsAdded),
    skips: (range) => overlaps(skippedOut, range),
    dialedInstead: (entry) => {
      const range = 'first' in entry ? entry : portNamed(entry.name, template);
      const { first, last } = range;
      const isOwn = [admin, control, inbound].some((port) => first <= port && port <= last);
      if (first === 0 || isOwn || overlaps(skippedIn, range)) return undefined;
      const dialed = dialedPort(first, { settings, opaquePorts }, mesh.linkerd);
      return dialed === first ? undefined : { range, dialed };
    },
  };
}

function overlaps({ ranges }: PortList, { first, last }: PortRange): boolean {
  return ranges.some(({ lower, upper }) => lower <= last && first <= upper);
}

function portNamed(name: string, { spec }: PodTemplate): PortRange {
  const port = containerPorts(spec).find((candidate) => candidate.name === name)?.port ?? 0;
  return { first: port, last: port };
}
