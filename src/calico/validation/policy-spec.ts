import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import { isRecord } from '../../kubernetes/object.ts';
import { objectName } from './names.ts';
import { rules } from './rule.ts';
import { type Check, type Report, shown } from './report.ts';
import { all, decimal, fields, flag, list, oneOf } from './schema.ts';
import { notGlobal, selector } from './selectors.ts';
import { stagedAction, stagedDelete } from './staged-action.ts';

const policySelector = all(selector(), notGlobal);

function commonFields(isGlobal: boolean): Readonly<Record<string, Check>> {
  return {
    tier: objectName,
    order: decimal,
    ingress: rules('ingress', isGlobal),
    egress: rules('egress', isGlobal),
    selector: policySelector,
    serviceAccountSelector: policySelector,
    types: list(oneOf('Ingress', 'Egress'), { unique: true }),
    performanceHints: list(oneOf('AssumeNeededOnEveryNode'), { unique: true }),
  };
}

const globalFields = {
  ...commonFields(true),
  namespaceSelector: policySelector,
  doNotTrack: flag,
  preDNAT: flag,
  applyOnForward: flag,
};

const elsewhere = { podSelector: 'selector', policyTypes: 'types' };
const namespacedElsewhere = {
  ...elsewhere,
  namespaceSelector: 'a GlobalNetworkPolicy: a NetworkPolicy is about its own namespace',
};

/** Source of all: Calico api/pkg/apis/projectcalico/v3 and libcalico-go/lib/validator/v3/validator.go. */
export const networkPolicySpec: Check = fields('the spec of a NetworkPolicy', commonFields(false), {
  elsewhere: namespacedElsewhere,
});

export const globalNetworkPolicySpec: Check = all(
  fields('the spec of a GlobalNetworkPolicy', globalFields, { elsewhere }),
  forwardFlags,
);

export const stagedNetworkPolicySpec: Check = all(
  fields(
    'the spec of a StagedNetworkPolicy',
    { ...commonFields(false), stagedAction },
    { elsewhere: namespacedElsewhere },
  ),
  stagedDelete(['tier']),
);

export const stagedGlobalNetworkPolicySpec: Check = all(
  fields('the spec of a StagedGlobalNetworkPolicy', { ...globalFields, stagedAction }, { elsewhere }),
  forwardFlags,
  stagedDelete(['tier']),
);

/** doNotTrack and preDNAT: one at most, only with applyOnForward, and preDNAT for ingress only. */
function forwardFlags(spec: unknown, pointer: JsonPointer, report: Report): void {
  if (!isRecord(spec)) return;
  const { doNotTrack, preDNAT, applyOnForward } = spec;
  if (doNotTrack === true && preDNAT === true) {
    const message = 'doNotTrack and preDNAT are both true';
    report({ pointer: `${pointer}/preDNAT`, code: 'forward-flags', message, expected: 'one of the two' });
  }
  if ((doNotTrack === true || preDNAT === true) && applyOnForward !== true) {
    const message = `${preDNAT === true ? 'preDNAT' : 'doNotTrack'} is true and applyOnForward is not`;
    report({ pointer, code: 'forward-flags', message, expected: 'applyOnForward: true' });
  }
  if (preDNAT !== true) return;
  if (Array.isArray(spec.egress) && spec.egress.length > 0) {
    const message = `a policy with preDNAT has ${spec.egress.length} egress rules`;
    report({ pointer: `${pointer}/egress`, code: 'forward-flags', message, expected: 'ingress rules only' });
  }
  if (Array.isArray(spec.types) && spec.types.includes('Egress')) {
    const message = `a policy with preDNAT has types ${shown(spec.types)}`;
    report({ pointer: `${pointer}/types`, code: 'forward-flags', message, expected: '["Ingress"]' });
  }
}
