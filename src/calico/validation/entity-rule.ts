import { isRecord } from '../../kubernetes/object.ts';
import { objectName } from './names.ts';
import { net } from './nets.ts';
import { port } from './ports.ts';
import { type Check, fieldAt } from './report.ts';
import { all, fields, list, text } from './schema.ts';
import { notGlobal, onlyGlobal, selector } from './selectors.ts';

const services = fields('a service match', { name: objectName, namespace: objectName });

/** A service cannot be combined with what else says who the peer is. */
const servicesAlone: Check = (value, pointer, report) => {
  if (!isRecord(value) || value.services === undefined || value.services === null) return;
  const at = `${pointer}/services`;
  if (isRecord(value.services) && !isFilled(value.services.name)) {
    report({
      pointer: at,
      code: 'service-name',
      message: 'services names no service',
      expected: 'services.name',
    });
  }
  const others = ['selector', 'notSelector', 'namespaceSelector', 'nets', 'notNets'].filter((field) =>
    isFilled(value[field]),
  );
  if (value.serviceAccounts !== undefined && value.serviceAccounts !== null) others.push('serviceAccounts');
  if (others.length === 0) return;
  const message = `${fieldAt(pointer)} has services beside ${others.join(', ')}`;
  report({
    pointer: at,
    code: 'service-combined',
    message,
    expected: 'services alone, the rest in a rule of its own',
  });
};

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : typeof value === 'string' && value !== '';
}

/**
 * One side of a rule: who it may be, and which ports.
 * Source: Calico api/pkg/apis/projectcalico/v3/policy_common.go, EntityRule; libcalico-go/lib/validator/v3/validator.go.
 */
export const entityRule: Check = all(
  fields(
    'a source or destination',
    {
      nets: list(net, { maximum: 256, unique: true }),
      notNets: list(net, { maximum: 256, unique: true }),
      selector: all(selector(), notGlobal),
      notSelector: selector(),
      namespaceSelector: all(selector(), onlyGlobal),
      services,
      ports: list(port, { maximum: 50 }),
      notPorts: list(port, { maximum: 50 }),
      serviceAccounts: fields('a service account match', {
        names: list(text(), { unique: true }),
        selector: selector(Number.POSITIVE_INFINITY),
      }),
    },
    {
      elsewhere: {
        podSelector: 'selector',
        ipBlock: 'nets',
        cidr: 'nets',
        serviceAccountSelector: 'serviceAccounts.selector',
      },
    },
  ),
  servicesAlone,
);
