import * as v from 'valibot';
import { labelKey, labelValue, limits, objectName, portNumber } from './field-types.ts';

/** Where the pods of the cluster's name server are. */
export const nameServer = v.strictObject({
  namespace: v.exactOptional(v.pipe(objectName, v.description('Their namespace.')), 'kube-system'),
  podLabels: v.exactOptional(
    v.pipe(
      v.record(labelKey, labelValue),
      v.maxEntries(limits.map),
      v.description('The labels that they have.'),
    ),
    { 'k8s-app': 'kube-dns' },
  ),
  port: v.exactOptional(
    v.pipe(portNumber, v.description('The port of the pods, which is what policies see; 5353 on OpenShift.')),
    53,
  ),
});
