import { isRecord, type KubernetesObject, type ObjectMeta } from '../../kubernetes/object.ts';

/** Written by kubectl on every object it applies: the whole object once more. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * What is kept of an object: everything but `status`, managed fields and the copy that kubectl leaves in an
 * annotation, which together are most of what a cluster would make us remember.
 */
export function slim({ status: _status, metadata, ...object }: KubernetesObject): KubernetesObject {
  return { ...object, metadata: slimMetadata(metadata) };
}

/** A namespace, of which the phase is kept: its contents are deleted without a mark of their own. */
export function slimNamespace(object: KubernetesObject): KubernetesObject {
  const phase = isRecord(object.status) ? object.status.phase : undefined;
  return { ...slim(object), ...(typeof phase === 'string' ? { status: { phase } } : {}) };
}

/**
 * A workload, unless its template is another's who is kept: the replica sets of a deployment and the jobs of a cron
 * job are many times as many as those, most of them of old revisions and without a pod. What a controller that is not
 * followed made is kept, even without a replica: it is scaled up without a review, and where a namespace is held it counts.
 */
export function slimWorkload(object: KubernetesObject): KubernetesObject | undefined {
  const owners = object.metadata.ownerReferences;
  const isFollowed =
    Array.isArray(owners) &&
    owners.some(
      (owner) => owner?.controller === true && followedOwners.has(`${owner.apiVersion} ${owner.kind}`),
    );
  if (isFollowed) return undefined;
  const slimmed = slim(object);
  return isRecord(slimmed.spec) ? { ...slimmed, spec: withSlimPods(slimmed.spec) } : slimmed;
}

/** The spec of a workload with what it says of containers cut down, wherever its pod template is. */
function withSlimPods(spec: Fields): Fields {
  const { jobTemplate, template } = spec;
  if (isRecord(jobTemplate) && isRecord(jobTemplate.spec))
    return { ...spec, jobTemplate: { ...jobTemplate, spec: withSlimPods(jobTemplate.spec) } };
  if (!isRecord(template) || !isRecord(template.spec)) return spec;
  const { containers, initContainers, ...others } = template.spec;
  const pod = Object.fromEntries(Object.entries(others).filter(([key]) => !unaskedOfPods.has(key)));
  const slimmed = {
    ...(containers === undefined ? {} : { containers: slimContainers(containers) }),
    ...(initContainers === undefined ? {} : { initContainers: slimContainers(initContainers) }),
  };
  return { ...spec, template: { ...template, spec: { ...pod, ...slimmed } } };
}

/** Where pods are placed and what they mount from: no verdict asks. What containers mount decides of an injection. */
const unaskedOfPods = new Set(['volumes', 'affinity', 'tolerations', 'topologySpreadConstraints']);

function slimContainers(containers: unknown): unknown {
  return Array.isArray(containers) ? containers.map(slimContainer) : containers;
}

/** No verdict asks for these, and they are most of a template. */
function slimContainer(container: unknown): unknown {
  if (!isRecord(container)) return container;
  const { env: _env, envFrom: _envFrom, resources: _resources, ...rest } = container;
  return rest;
}

type Fields = Readonly<Record<string, unknown>>;

const followedOwners = new Set(['apps/v1 Deployment', 'batch/v1 CronJob']);

/** A route, of which no more is asked than what it is attached to and where it sends requests; its rules can be many. */
export function slimRoute({ apiVersion, kind, metadata, spec }: KubernetesObject): KubernetesObject {
  const { parentRefs, rules }: Fields = isRecord(spec) ? spec : {};
  const kept = Array.isArray(rules) ? { rules: rules.map(backendsAlone) } : {};
  return { apiVersion, kind, metadata: slimMetadata(metadata), spec: { parentRefs, ...kept } };
}

function backendsAlone(rule: unknown): unknown {
  return isRecord(rule) && rule.backendRefs !== undefined ? { backendRefs: rule.backendRefs } : {};
}

/** Whom the API server calls, and no more: bundles of certificates are most of these objects. */
export function slimExtension({ apiVersion, kind, metadata, ...rest }: KubernetesObject): KubernetesObject {
  const { spec, webhooks } = rest as Fields;
  const service = isRecord(spec) ? spec.service : undefined;
  return {
    apiVersion,
    kind,
    metadata: slimMetadata(metadata),
    ...(service === undefined ? {} : { spec: { service } }),
    ...(Array.isArray(webhooks) ? { webhooks: webhooks.map(slimWebhook) } : {}),
  };
}

function slimWebhook(webhook: unknown): unknown {
  if (!isRecord(webhook)) return webhook;
  const { clientConfig, name } = webhook;
  return { name, clientConfig: isRecord(clientConfig) ? { service: clientConfig.service } : undefined };
}

/** Only metadata: labels and names are all that policies ask of a service account. */
export function slimServiceAccount({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  return { apiVersion, kind, metadata: slimMetadata(metadata) };
}

/**
 * A policy as Calico's API server shows it, unless it is the shadow of a Kubernetes policy, which is followed itself:
 * a shadow would outlive its policy in the copy, and seem to keep closed what that policy kept closed.
 * Source: Calico, `libcalico-go/lib/names` and `lib/backend/k8s/conversion`, the prefixes of converted policies.
 */
export function slimTranslatedPolicy(object: KubernetesObject): KubernetesObject | undefined {
  const name = object.metadata.name ?? '';
  return shadowPrefixes.some((prefix) => name.startsWith(prefix)) ? undefined : slim(object);
}

const shadowPrefixes = ['knp.default.', 'kanp.adminnetworkpolicy.', 'kbanp.baselineadminnetworkpolicy.'];

function slimMetadata({ managedFields: _managedFields, annotations, ...metadata }: ObjectMeta): ObjectMeta {
  if (!isRecord(annotations)) return metadata;
  const entries = Object.entries(annotations).filter(([key]) => key !== lastApplied);
  return entries.length > 0 ? { ...metadata, annotations: Object.fromEntries(entries) } : metadata;
}
