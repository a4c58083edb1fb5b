import { isVersion, tierNotInName } from '../calico/index.ts';
import { groupOf, type KubernetesObject } from '../kubernetes/object.ts';
import { record, text } from '../kubernetes/read.ts';

/**
 * The version of Calico that written objects tell: what a dump's ClusterInformation says, else the oldest release that
 * takes all of them. Only for objects that were not read from a cluster: there some may be stored that no API took.
 * Source: Calico api/pkg/apis/projectcalico/v3/clusterinfo.go; 3.31 libcalico-go/lib/clientv3, Create and Update of
 * policies, which refuse a name that does not begin with the policy's tier.
 */
export function versionOfWritten(objects: readonly KubernetesObject[]): string | undefined {
  for (const object of objects) {
    if (object.kind !== 'ClusterInformation' || object.metadata.name !== 'default') continue;
    if (!calicoGroups.has(groupOf(object.apiVersion))) continue;
    const said = text(record(object.spec).calicoVersion);
    if (isVersion(said)) return said.replace(/^v/, '');
  }
  return objects.some((object) => tierNotInName(object) !== undefined) ? '3.32' : undefined;
}

const calicoGroups: ReadonlySet<string> = new Set(['projectcalico.org', 'crd.projectcalico.org']);
