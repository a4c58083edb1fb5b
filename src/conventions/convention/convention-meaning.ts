import { findKind } from '../../kinds.ts';
import { isSetByOthers } from '../../workloads/labels-of-others.ts';
import type { Fault } from '../document/fault.ts';
import { quote } from '../document/fault.ts';
import { compileLabelPattern } from './label-pattern.ts';
import type { ConventionPolicyDocument } from '../document/schema/convention-policy.ts';
import { checkOperators, checkSelector } from './selector-meaning.ts';

type Spec = ConventionPolicyDocument['spec'];

/** What is wrong with a convention whose shape is right: parts that contradict each other or have no effect. */
export function checkConvention({ spec }: ConventionPolicyDocument): Fault[] {
  const { selector, exclude } = spec.namespaces;
  return [
    ...checkSelector(selector, ['spec', 'namespaces', 'selector'], exclude),
    ...checkContent(spec),
    ...checkTrust(spec),
    ...spec.labels.flatMap((label, index) => checkLabel(label, index, spec.labels)),
    ...spec.stores.flatMap((store, index) => checkStore(store, index, spec.stores)),
    ...spec.workloads.flatMap((workload, index) => checkWorkload(workload, index, spec.workloads)),
    ...injectorSelectors.flatMap((key) =>
      checkOperators(spec.mesh?.linkerd[key] ?? {}, ['spec', 'mesh', 'linkerd', key]),
    ),
    ...Object.entries(spec.rules).flatMap(([name, setting]) => checkSetting(name, setting)),
  ];
}

const injectorSelectors = ['injectorNamespaceSelector', 'injectorObjectSelector'] as const;

function checkContent({ defaultDeny, mesh, labels, rules, stores }: Spec): Fault[] {
  const lists = [labels, stores, Object.keys(rules)];
  if (defaultDeny || mesh || lists.some(({ length }) => length > 0)) return [];
  return [
    {
      path: ['spec'],
      message:
        'it asks for nothing; write defaultDeny, mesh, labels, stores or rules, or exclude its namespaces from the convention that would govern them',
    },
  ];
}

function checkTrust({ defaultDeny, labels }: Spec): Fault[] {
  if (!defaultDeny?.trustForbiddenLabels || labels.some(({ forbidden }) => forbidden)) return [];
  return [
    {
      path: ['spec', 'defaultDeny', 'trustForbiddenLabels'],
      message:
        'it has no effect: the convention forbids no label; write "forbidden: true" for one of its labels',
    },
  ];
}

function checkLabel(label: Spec['labels'][number], index: number, all: Spec['labels']): Fault[] {
  const { key, value, required, allowed, pattern, forbidden } = label;
  const path = ['spec', 'labels', index] as const;
  const compiled = pattern === undefined ? undefined : compileLabelPattern(pattern);
  const faults: Fault[] = [];
  if (all.findIndex((other) => other.key === key) < index) {
    faults.push({ path: [...path, 'key'], message: `the label ${quote(key)} is already described above` });
  }
  if (forbidden) return [...faults, ...checkForbidden(label, path)];
  if (!value && !required && !allowed && pattern === undefined) {
    faults.push({ path, message: 'it has no effect; say where its "value" comes from, or "required: true"' });
  }
  if (compiled && 'problem' in compiled) {
    faults.push({ path: [...path, 'pattern'], message: compiled.problem });
  }
  const literal = value?.literal;
  if (literal !== undefined && allowed && !allowed.includes(literal)) {
    faults.push({
      path: [...path, 'value', 'literal'],
      message: `${quote(literal)} is none of the allowed values ${allowed.join(', ')}`,
    });
  }
  if (literal !== undefined && compiled && 'pattern' in compiled && !compiled.pattern.test(literal)) {
    faults.push({
      path: [...path, 'value', 'literal'],
      message: `${quote(literal)} does not match the pattern ${quote(compiled.pattern.source)}`,
    });
  }
  return faults;
}

function checkForbidden(
  { key, value, required, allowed, pattern }: Spec['labels'][number],
  path: Fault['path'],
): Fault[] {
  const faults: Fault[] = [];
  if (value || required || allowed || pattern !== undefined)
    faults.push({
      path,
      message: 'a label that is forbidden has no value; write "key" and "forbidden" alone',
    });
  if (isSetByOthers(key))
    faults.push({ path: [...path, 'key'], message: `${quote(key)} is put on pods after they were admitted` });
  return faults;
}

function checkStore(store: Spec['stores'][number], index: number, all: Spec['stores']): Fault[] {
  const { name, ports, protocol, selector } = store;
  const path = ['spec', 'stores', index] as const;
  const faults = checkOperators(selector, [...path, 'selector']);
  if (all.findIndex((other) => other.name === name) < index)
    faults.push({ path: [...path, 'name'], message: `the store ${quote(name)} is already described above` });
  if (protocol === undefined && ports === undefined)
    faults.push({ path, message: 'nobody can tell its ports; say its "protocol", or name its "ports"' });
  return faults;
}

function checkWorkload(
  { group, kind, path }: Spec['workloads'][number],
  index: number,
  all: Spec['workloads'],
): Fault[] {
  const at = ['spec', 'workloads', index] as const;
  if (findKind(group, kind))
    return [{ path: at, message: `${kind}.${group} is judged without it; leave it out` }];
  const first = all.findIndex((other) => other.group === group && other.kind === kind && other.path === path);
  return first < index
    ? [{ path: at, message: `this place of ${kind}.${group} is already named above` }]
    : [];
}

function checkSetting(name: string, setting: Spec['rules'][string]): Fault[] {
  if (typeof setting === 'string' || setting.since === undefined) return [];
  const { action, admission, ci, audit } = setting;
  const denies = [action, admission, ci, audit].includes('deny');
  return denies
    ? []
    : [
        {
          path: ['spec', 'rules', name, 'since'],
          message: 'it has no effect: no action here is deny; write "action: deny" beside it',
        },
      ];
}
