import * as v from 'valibot';
import { label } from './label.ts';
import { mesh } from './mesh.ts';
import { nameServer } from './name-server.ts';
import { store } from './store.ts';
import { workload } from './workload.ts';
import {
  action,
  apiVersion,
  labelKey,
  labelSelector,
  labelValue,
  limits,
  metadata,
  nameGlob,
  ruleName,
  waivableRule,
  setting,
} from './field-types.ts';

/**
 * What `namespaces.exclude` is where a convention does not say it: the namespaces of what the gate depends on. Exact
 * names: whoever may choose a namespace's name must not choose to be unseen.
 */
const defaultExclude = [
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'calico-system',
  'calico-apiserver',
  'tigera-operator',
  'linkerd',
  'linkerd-cni',
  'linkerd-viz',
  'linkerd-jaeger',
  'linkerd-multicluster',
  'cert-manager',
  'tollgate-system',
] as const;

const namespaces = v.strictObject({
  selector: v.exactOptional(
    v.pipe(labelSelector, v.description('A Kubernetes label selector; `{}` selects every namespace.')),
    {},
  ),
  exclude: v.exactOptional(
    v.pipe(
      v.array(nameGlob),
      v.maxLength(limits.list),
      v.description('Names, with `*` and `?`, of namespaces that are not governed whatever their labels.'),
    ),
    [...defaultExclude],
  ),
});

const defaultDeny = v.strictObject({
  directions: v.exactOptional(
    v.pipe(
      v.array(v.picklist(['Ingress', 'Egress'])),
      v.checkItems((item, index, list) => list.indexOf(item) === index, 'each word only once'),
      v.minLength(1),
      v.maxLength(2),
      v.description('What must be denied by default.'),
    ),
    ['Ingress', 'Egress'],
  ),
  families: v.exactOptional(
    v.pipe(
      v.array(v.picklist(['IPv4', 'IPv6'])),
      v.checkItems((item, index, list) => list.indexOf(item) === index, 'each word only once'),
      v.minLength(1),
      v.maxLength(2),
      v.description('The address families for which it must hold.'),
    ),
    ['IPv4', 'IPv6'],
  ),
  onMissing: v.exactOptional(
    v.pipe(
      v.picklist(['reject', 'hold']),
      v.description(
        '`reject`: an uncovered namespace is refused. `hold`: it is admitted with a warning, and its workloads are refused until it is covered.',
      ),
    ),
    'reject',
  ),
  coverLabel: v.exactOptional(
    v.pipe(
      v.strictObject({ key: labelKey, value: labelValue }),
      v.description('The label put on new namespaces, by which a GlobalNetworkPolicy of yours covers them.'),
    ),
  ),
  trustForbiddenLabels: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.description(
        'Whether no policy is taken to select a pod by a label that the convention forbids, such as one for host endpoints. Say so only where every pod of the governed namespaces is reviewed before it runs.',
      ),
    ),
  ),
});

const waiverTerms = v.strictObject({
  maxDays: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(3650),
      v.description(
        'The longest a waiver may last, from its `from`, which it must have then, to its `until`.',
      ),
    ),
  ),
  requiredFields: v.exactOptional(
    v.pipe(
      v.array(v.picklist(['from', 'ticket', 'approvedBy'])),
      v.checkItems((item, index, list) => list.indexOf(item) === index, 'each word only once'),
      v.maxLength(3),
      v.description('Fields that waivers must have besides owner, reason and until.'),
    ),
    [],
  ),
  wholeGroups: v.exactOptional(
    v.pipe(v.boolean(), v.description('Whether a waiver may name a whole group, such as `mesh/*`.')),
    false,
  ),
  byAnnotation: v.exactOptional(
    v.pipe(v.boolean(), v.description('Whether objects may carry their waiver as an annotation.')),
    false,
  ),
  never: v.exactOptional(
    v.pipe(
      v.array(waivableRule),
      v.maxLength(limits.list),
      v.description('Rules and groups that nothing waives.'),
    ),
    [],
  ),
  mustName: v.exactOptional(
    v.pipe(
      v.array(v.picklist(['namespaces', 'kinds', 'names'])),
      v.checkItems((item, index, list) => list.indexOf(item) === index, 'each word only once'),
      v.maxLength(3),
      v.description('What the `match` of waivers must name.'),
    ),
    [],
  ),
  globs: v.exactOptional(
    v.pipe(v.boolean(), v.description('Whether waivers may use `*` and `?` in names.')),
    true,
  ),
  maxObjects: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(limits.list * limits.list),
      v.description(
        'The most objects that a waiver may name, without `*` and `?`: its namespaces times its names.',
      ),
    ),
  ),
  mustPin: v.exactOptional(
    v.pipe(
      v.array(waivableRule),
      v.maxLength(limits.list),
      v.description('Rules and groups that are waived only for the findings that a waiver lists.'),
    ),
    [],
  ),
  approvers: v.exactOptional(
    v.pipe(
      v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(253))),
      v.minLength(1),
      v.maxLength(limits.list),
      v.description('Who may have approved a waiver: its `approvedBy` must be one of them.'),
    ),
  ),
});

const calico = v.strictObject({
  mode: v.exactOptional(
    v.pipe(
      v.picklist(['apiserver', 'v3crd', 'raw']),
      v.description(
        'How Calico serves its policies: for files, and for a cluster that has the CRDs of both groups, where nothing shows which of them Calico reads.',
      ),
    ),
  ),
  version: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^3\.[0-9]{1,3}$/, 'a version of Calico in quotes, such as "3.31"'),
      v.description(
        'The version of Calico, in quotes: for files, and for a cluster that does not tell its own. Where nobody does, what differs between versions is unknown.',
      ),
    ),
  ),
});

const conventionSpec = v.strictObject({
  priority: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(-1000000),
      v.maxValue(1000000),
      v.description(
        'Of the conventions that select a namespace, the one with the highest priority governs it.',
      ),
    ),
    0,
  ),
  namespaces: v.exactOptional(v.pipe(namespaces, v.description('The namespaces it is for.')), {}),
  defaultDeny: v.exactOptional(
    v.pipe(
      defaultDeny,
      v.description('The default-deny that namespaces must have; without it none is asked for.'),
    ),
  ),
  mesh: v.exactOptional(
    v.pipe(mesh, v.description('How workloads take part in the mesh; without it nothing is asked for.')),
  ),
  labels: v.exactOptional(
    v.pipe(
      v.array(label),
      v.maxLength(64),
      v.description('Labels that pod templates get, must have or must not have.'),
    ),
    [],
  ),
  stores: v.exactOptional(
    v.pipe(
      v.array(store),
      v.maxLength(64),
      v.description('Databases and brokers, beside those that are recognised by image, port or label.'),
    ),
    [],
  ),
  workloads: v.exactOptional(
    v.pipe(
      v.array(workload),
      v.maxLength(64),
      v.description('Kinds of custom resources that make pods, beside those that are known.'),
    ),
    [],
  ),
  nameServer: v.exactOptional(
    v.pipe(nameServer, v.description('Where pods look up names, and so must be able to connect.')),
    {},
  ),
  rules: v.exactOptional(
    v.pipe(
      v.record(ruleName, v.union([action, v.pipe(setting, v.minEntries(1, 'at least one'))])),
      v.maxEntries(limits.list),
      v.description('The action of a rule or group, where it differs from the default of the rule.'),
    ),
    {},
  ),
  waivers: v.exactOptional(v.pipe(waiverTerms, v.description('What waivers may do.')), {}),
  calico: v.exactOptional(v.pipe(calico, v.description('How Calico is installed.')), {}),
});

/** A set of rules for the namespaces it selects. */
export const conventionPolicySchema = v.strictObject({
  apiVersion: v.literal(apiVersion),
  kind: v.literal('ConventionPolicy'),
  metadata,
  spec: v.pipe(conventionSpec, v.description('What is asked for, and of whom.')),
  status: v.exactOptional(v.unknown()),
});

/** A convention as written, with the defaults filled in. */
export type ConventionPolicyDocument = v.InferOutput<typeof conventionPolicySchema>;
