import * as v from 'valibot';
import { storeNames } from '../store-kinds.ts';
import { labelSelector, limits, objectName, portNumber } from './field-types.ts';

const client = v.strictObject({
  namespace: v.pipe(objectName, v.description('The namespace that the client runs in.')),
  serviceAccount: v.exactOptional(
    v.pipe(objectName, v.description('Its service account; without it every account of the namespace.')),
  ),
});

/** A database or broker that nobody need recognise, with those who may use it. */
export const store = v.strictObject({
  name: v.pipe(objectName, v.description('What messages call it.')),
  selector: v.pipe(
    labelSelector,
    v.description(
      'The labels of its pods: a workload of a governed namespace whose template has them is it.',
    ),
  ),
  protocol: v.exactOptional(
    v.pipe(
      v.picklist(storeNames),
      v.description('What it speaks; from this follow its ports and whether they must be opaque.'),
    ),
  ),
  ports: v.exactOptional(
    v.pipe(
      v.array(portNumber),
      v.checkItems((item, index, list) => list.indexOf(item) === index, 'each port only once'),
      v.minLength(1),
      v.maxLength(32),
      v.description('The ports on which it takes clients, where they are not those of its protocol.'),
    ),
  ),
  clients: v.exactOptional(
    v.pipe(
      v.array(client),
      v.maxLength(limits.list),
      v.description(
        'Who may use it, whatever the annotation `tollgate.dev/clients` says; an empty list is nobody.',
      ),
    ),
  ),
});
