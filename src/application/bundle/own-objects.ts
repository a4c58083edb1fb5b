import type { KubernetesObject } from '../../kubernetes/object.ts';
import { isRecord, record, records, text } from '../../kubernetes/read.ts';

/*
 * What a bundle tells of the objects of a release. Each lists what is taken: what somebody adds to such an object, the
 * value of a variable or a password among the arguments of a sidecar, is in no bundle.
 */

type Fields = Readonly<Record<string, unknown>>;

/** A Deployment: how it is set and how it is, with the arguments of the gate's own container. */
export function deploymentInBundle(object: KubernetesObject): Fields {
  const { metadata } = object;
  const [spec, status] = [record(object['spec']), record(object['status'])];
  const pod = record(record(spec['template'])['spec']);
  return {
    name: metadata.name,
    labels: metadata.labels,
    replicas: spec['replicas'],
    strategy: spec['strategy'],
    pod: {
      ...pick(pod, ['hostNetwork', 'priorityClassName', 'nodeSelector', 'tolerations', 'securityContext']),
      containers: records(pod['containers']).map(containerInBundle),
    },
    status: pick(status, [
      'replicas',
      'readyReplicas',
      'updatedReplicas',
      'unavailableReplicas',
      'conditions',
    ]),
  };
}

function containerInBundle(container: Fields): Fields {
  const isOwn = container['name'] === gateContainer;
  return pick(
    container,
    isOwn ? ['name', 'image', 'args', 'resources', 'securityContext'] : ['name', 'image'],
  );
}

/** The name of the gate's container in the chart. */
export const gateContainer = 'tollgate';

/** A pod of the gate: where it runs, and how often its containers have ended. */
export function podInBundle({ metadata, ...object }: KubernetesObject): Fields {
  const [spec, status] = [record(object['spec']), record(object['status'])];
  return {
    name: metadata.name,
    created: metadata['creationTimestamp'],
    node: spec['nodeName'],
    phase: status['phase'],
    conditions: status['conditions'],
    containers: records(status['containerStatuses']).map((container) =>
      pick(container, ['name', 'image', 'imageID', 'ready', 'restartCount', 'state', 'lastState']),
    ),
  };
}

/** A webhook configuration as it stands, with the length of what it trusts instead of the certificates. */
export function configurationInBundle(object: KubernetesObject): Fields {
  const { name, annotations, labels } = object.metadata;
  return {
    kind: object.kind,
    name,
    labels,
    annotations: isRecord(annotations) ? withoutCopies(annotations) : undefined,
    webhooks: records(object['webhooks']).map((webhook) => {
      const { caBundle, ...client } = record(webhook['clientConfig']);
      const trusted = text(caBundle) === '' ? 'empty' : `${text(caBundle).length} characters`;
      return { ...webhook, clientConfig: { ...client, caBundle: trusted } };
    }),
  };
}

/** A convention or a waiver: all of it but what the API server and kubectl note about writers. */
export function documentInBundle({ apiVersion, kind, metadata, ...object }: KubernetesObject): Fields {
  const { name, annotations, labels, generation } = metadata;
  const kept = isRecord(annotations) ? withoutCopies(annotations) : undefined;
  return { apiVersion, kind, metadata: { name, generation, labels, annotations: kept }, ...object };
}

/** An Event that tollgate wrote: what the last audit found, and what was refused lately. */
export function eventInBundle({ metadata, ...object }: KubernetesObject): Fields {
  return {
    namespace: metadata.namespace,
    ...pick(object, [
      'reason',
      'type',
      'message',
      'count',
      'involvedObject',
      'firstTimestamp',
      'lastTimestamp',
    ]),
    ...pick(object, ['eventTime', 'series']),
  };
}

function withoutCopies(annotations: Fields): Fields {
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration'),
  );
}

function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]),
  );
}
