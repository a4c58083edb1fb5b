import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { record, records, text } from '../../kubernetes/read.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * An object with no more than verdicts ask for: no variables, commands, volumes and mounted Secrets, and no annotations
 * of others. Names, labels and selectors stay as they are, since policies go by them.
 */
export function reduceObject({ metadata, ...object }: KubernetesObject): KubernetesObject {
  const annotations = Object.entries(record(metadata.annotations)).filter(([key]) => isAsked(key));
  return {
    ...object,
    metadata: {
      ...pick(metadata, ['name', 'namespace', 'labels', 'ownerReferences', 'uid', 'deletionTimestamp']),
      ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
    },
    ...(isRecord(object['spec']) ? { spec: withReducedPods(object['spec']) } : {}),
  } as KubernetesObject;
}

/** What Linkerd, Calico and tollgate itself read; one of Linkerd's holds variables of the proxy. */
function isAsked(key: string): boolean {
  const [domain = ''] = key.split('/');
  return /(^|\.)(linkerd\.io|projectcalico\.org|tollgate\.dev)$/.test(domain) && !key.endsWith('-env');
}

/** The spec of a workload with its pod template cut down, wherever that is. */
function withReducedPods(spec: Fields): Fields {
  const { jobTemplate, template } = spec;
  if (isRecord(jobTemplate) && isRecord(jobTemplate.spec))
    return { ...spec, jobTemplate: { spec: withReducedPods(jobTemplate.spec) } };
  if (!isRecord(template) || !isRecord(template.spec)) return spec;
  const { metadata, spec: pod } = reduceObject({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: record(template.metadata),
    spec: reducePod(template.spec),
  });
  return { ...spec, template: { metadata, spec: pod } };
}

function reducePod(pod: Fields): Fields {
  return {
    ...pick(pod, [
      'automountServiceAccountToken',
      'hostNetwork',
      'os',
      'restartPolicy',
      'securityContext',
      'serviceAccount',
      'serviceAccountName',
    ]),
    containers: records(pod['containers']).map(reduceContainer),
    ...(pod['initContainers'] === undefined
      ? {}
      : { initContainers: records(pod['initContainers']).map(reduceContainer) }),
  };
}

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'];

function reduceContainer(container: Fields): Fields {
  const asked = probes.flatMap((name) => {
    const { grpc, httpGet, tcpSocket } = record(container[name]);
    const probe = {
      ...(isRecord(httpGet) ? { httpGet: pick(httpGet, ['path', 'port', 'scheme']) } : {}),
      ...(isRecord(tcpSocket) ? { tcpSocket: pick(tcpSocket, ['port']) } : {}),
      ...(isRecord(grpc) ? { grpc: pick(grpc, ['port']) } : {}),
    };
    return Object.keys(probe).length > 0 ? [[name, probe] as const] : [];
  });
  const mounts = records(container['volumeMounts']);
  return {
    ...pick(container, ['name', 'image', 'ports', 'restartPolicy', 'securityContext']),
    ...Object.fromEntries(asked),
    ...(mounts.length > 0 ? { volumeMounts: mounts.map((mount) => pick(mount, ['name', 'mountPath'])) } : {}),
    ...(awaitsLinkerd(container) ? { command: ['linkerd-await', '--shutdown'] } : {}),
  };
}

/** All that is asked of a command: whether a job that is done shuts its proxy down. */
function awaitsLinkerd({ args, command }: Fields): boolean {
  const line = [command, args].flatMap((list) => (Array.isArray(list) ? list.map(text) : [])).join(' ');
  return /\blinkerd-await\b/.test(line) && /(^|\s)(--shutdown|-S)(\s|=|$)/.test(line);
}

function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]),
  );
}
