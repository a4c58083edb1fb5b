/**
 * Whether a pod gets the label from somebody other than whoever wrote its template: from Calico, from Linkerd's
 * injector, from the controller that makes it, or from the API server when it is bound to a node.
 * Sources: Calico libcalico-go/lib/backend/syncersv1/updateprocessors/workloadendpointprocessor.go; Kubernetes
 * pkg/controller/job, pkg/controller/statefulset, pkg/controller/deployment, pkg/controller/daemon/util, and
 * plugin/pkg/admission/podtopologylabels/admission.go, which copies labels of the node.
 */
export function isSetByOthers(key: string): boolean {
  return ofOthers.test(key) || madeByControllers.has(key);
}

const ofOthers =
  /^(pcns\.|pcsa\.|projectcalico\.org\/|linkerd\.io\/|(apps|batch|statefulset|topology)\.kubernetes\.io\/)/;

const madeByControllers = new Set([
  'pod-template-generation',
  'pod-template-hash',
  'controller-revision-hash',
  'controller-uid',
  'job-name',
]);
