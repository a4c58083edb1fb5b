import { isRecord } from '../../kubernetes/object.ts';
import { netOrAddress } from './nets.ts';
import { type Check, shown } from './report.ts';
import { fields, list } from './schema.ts';

/** A NetworkSet or GlobalNetworkSet. Source: Calico api/pkg/apis/projectcalico/v3/networkset.go. */
export const networkSetSpec: Check = fields('the spec of a network set', {
  nets: list(netOrAddress, { unique: true }),
});

/** Calico puts the namespace's label on a set itself. */
export const networkSetLabels: Check = (value, pointer, report) => {
  if (!isRecord(value) || !isRecord(value.metadata) || !isRecord(value.metadata.labels)) return;
  const key = 'projectcalico.org/namespace';
  if (!Object.hasOwn(value.metadata.labels, key)) return;
  const at = `${pointer}/metadata/labels/projectcalico.org~1namespace`;
  const message = `the label ${key} is ${shown(value.metadata.labels[key])}: Calico sets it itself`;
  report({ pointer: at, code: 'label-reserved', message, expected: 'another label' });
};
