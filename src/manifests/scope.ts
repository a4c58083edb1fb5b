import { groupOf, isRecord, type KubernetesObject } from '../kubernetes/object.ts';
import { isClusterWide } from '../kubernetes/object-class.ts';

/** Built-in and common kinds that live outside namespaces, besides those that tollgate judges. */
const clusterWide = new Set([
  'APIService',
  'BGPConfiguration',
  'BGPFilter',
  'BGPPeer',
  'BlockAffinity',
  'CertificateSigningRequest',
  'ClusterInformation',
  'ClusterIssuer',
  'ClusterRole',
  'ClusterRoleBinding',
  'ComponentStatus',
  'CSIDriver',
  'CSINode',
  'CustomResourceDefinition',
  'FelixConfiguration',
  'FlowSchema',
  'GatewayClass',
  'Installation',
  'IngressClass',
  'IPAddress',
  'IPPool',
  'IPReservation',
  'KubeControllersConfiguration',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Node',
  'PersistentVolume',
  'PodSecurityPolicy',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'SelfSubjectAccessReview',
  'ServiceCIDR',
  'StorageClass',
  'SubjectAccessReview',
  'TigeraStatus',
  'TokenReview',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
  'VolumeAttributesClass',
]);

/**
 * Tells which kinds live in namespaces: by the known ones, and by the CustomResourceDefinitions among the objects.
 * A kind that neither knows is taken to live in one, as most do.
 */
export function namespacedKinds(objects: Iterable<KubernetesObject>): (object: KubernetesObject) => boolean {
  const scopes = new Map<string, boolean>();
  for (const { kind, spec } of objects) {
    if (kind !== 'CustomResourceDefinition' || !isRecord(spec) || !isRecord(spec.names)) continue;
    scopes.set(`${String(spec.group)}/${String(spec.names.kind)}`, spec.scope !== 'Cluster');
  }
  return ({ apiVersion, kind }) =>
    scopes.get(`${groupOf(apiVersion)}/${kind}`) ?? !(clusterWide.has(kind) || isClusterWide(kind));
}
