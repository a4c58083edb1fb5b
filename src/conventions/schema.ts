// The single source of both documents: types, checks, JSON Schema and CRDs come from here, so it is long (300 lines).
import * as v from 'valibot';

export const apiVersion = 'tollgate.dev/v1alpha1';

/** What `namespaces.exclude` is where a convention does not say it: the namespaces of what the gate depends on. */
export const defaultExclude = [
  'kube-*',
  'calico-*',
  'tigera-operator',
  'linkerd',
  'linkerd-*',
  'cert-manager',
  'tollgate-system',
] as const;

const limits = { list: 256, text: 1024, pattern: 256 } as const;

const labelKey = v.pipe(
  v.string(),
  v.maxLength(317),
  v.regex(
    /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    'a label key: an optional DNS prefix with a slash, then at most 63 characters of A-Z a-z 0-9 - _ .',
  ),
);

const labelValue = v.pipe(
  v.string(),
  v.maxLength(63),
  v.regex(
    /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
    'a label value: at most 63 characters of A-Z a-z 0-9 - _ ., with a letter or digit at both ends',
  ),
);

const objectName = v.pipe(
  v.string(),
  v.maxLength(253),
  v.regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'a name: small letters, digits, "-" and "."',
  ),
);

const nameGlob = v.pipe(
  v.string(),
  v.maxLength(253),
  v.regex(/^[-a-zA-Z0-9._:*?]+$/, 'a name in which "*" stands for any characters and "?" for one'),
);

const date = v.pipe(
  v.string(),
  v.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, 'a day written YYYY-MM-DD'),
  v.check(isDay, 'a day of the calendar written YYYY-MM-DD'),
  v.metadata({ format: 'date' }),
);

const ruleName = v.pipe(
  v.string(),
  v.maxLength(128),
  v.regex(
    /^(gate|policy|mesh|label|data|waiver|manifest)\/(\*|[a-z0-9]+(-[a-z0-9]+)*)$/,
    'a rule id such as mesh/inject-missing, or a group such as mesh/*',
  ),
);

/** The clients of the API server read a bare `off` as the boolean false, so both spellings are the same word. */
const off = v.pipe(
  v.literal(false),
  v.transform((): 'off' => 'off'),
);

const action = v.union([v.picklist(['deny', 'warn', 'off']), off]);

const setting = v.strictObject({
  action: v.exactOptional(v.pipe(action, v.description('The action at every point that is not named here.'))),
  admission: v.exactOptional(v.pipe(action, v.description('In the request path of the API server.'))),
  ci: v.exactOptional(v.pipe(action, v.description('Over files: `tollgate check`.'))),
  audit: v.exactOptional(v.pipe(action, v.description('Over what exists in the cluster.'))),
  since: v.exactOptional(
    v.pipe(date, v.description('The day from which `deny` denies; until then it warns and says when. UTC.')),
  ),
});

const requirement = v.strictObject({
  key: labelKey,
  operator: v.picklist(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: v.exactOptional(v.pipe(v.array(labelValue), v.maxLength(limits.list))),
});

const labelSelector = v.strictObject({
  matchLabels: v.exactOptional(v.record(labelKey, labelValue)),
  matchExpressions: v.exactOptional(v.pipe(v.array(requirement), v.maxLength(32))),
});

const nothing = v.strictObject({});

const plainSource = {
  podLabel: v.exactOptional(
    v.pipe(labelKey, v.description('The value of another label of the pod template.')),
  ),
  namespaceLabel: v.exactOptional(v.pipe(labelKey, v.description('The value of a label of the namespace.'))),
  workloadName: v.exactOptional(v.pipe(nothing, v.description('The name of the workload.'))),
  namespaceName: v.exactOptional(v.pipe(nothing, v.description('The name of the namespace.'))),
  serviceAccount: v.exactOptional(v.pipe(nothing, v.description('The name of the service account.'))),
  literal: v.exactOptional(v.pipe(labelValue, v.description('This value.'))),
};

const oneSource = 'exactly one source';

const labelSource = v.pipe(
  v.strictObject({
    ...plainSource,
    firstOf: v.exactOptional(
      v.pipe(
        v.array(v.pipe(v.strictObject(plainSource), v.minEntries(1, oneSource), v.maxEntries(1, oneSource))),
        v.minLength(1),
        v.maxLength(16),
        v.description('The first of these sources that has a value.'),
      ),
    ),
  }),
  v.minEntries(1, oneSource),
  v.maxEntries(1, oneSource),
);

const label = v.strictObject({
  key: labelKey,
  value: v.exactOptional(
    v.pipe(labelSource, v.description('Where the value comes from when the label is added.')),
  ),
  required: v.exactOptional(
    v.pipe(v.boolean(), v.description('Whether a workload without a value is refused.')),
    false,
  ),
  allowed: v.exactOptional(
    v.pipe(
      v.array(labelValue),
      v.minLength(1),
      v.maxLength(limits.list),
      v.description('The values that the label may have.'),
    ),
  ),
  pattern: v.exactOptional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(limits.pattern),
      v.description('A regular expression (RE2) that the whole value must match.'),
    ),
  ),
});

const portList = v.pipe(
  v.string(),
  v.maxLength(limits.text),
  v.regex(
    /^([0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*)?$/,
    'ports and ranges: "25,3306,9000-9010"',
  ),
);

const linkerd = v.strictObject({
  version: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^2\.[0-9]{1,3}$/, 'a version of Linkerd in quotes, such as "2.20"'),
      v.description('The version of Linkerd, in quotes: YAML reads a bare 2.20 as the number 2.2.'),
    ),
  ),
  namespace: v.exactOptional(v.pipe(objectName, v.description('Where the control plane runs.'))),
  outboundTransportMode: v.exactOptional(
    v.pipe(
      v.picklist(['transport-header', 'transparent']),
      v.description('How meshed pods reach each other: all on port 4143, or each on its own port.'),
    ),
  ),
  cni: v.exactOptional(v.pipe(v.boolean(), v.description('Whether the CNI plugin sets up the redirect.'))),
  nativeSidecar: v.exactOptional(
    v.pipe(v.boolean(), v.description('Whether the proxy runs as a native sidecar, so that Jobs can end.')),
  ),
  webhookFailurePolicy: v.exactOptional(
    v.pipe(
      v.picklist(['Ignore', 'Fail']),
      v.description('What the API server does when the injector is away.'),
    ),
  ),
  defaultInboundPolicy: v.exactOptional(
    v.pipe(
      v.picklist([
        'all-unauthenticated',
        'all-authenticated',
        'cluster-unauthenticated',
        'cluster-authenticated',
        'deny',
        'audit',
      ]),
      v.description('Who may reach a port for which no Server exists.'),
    ),
  ),
  trustDomain: v.exactOptional(v.pipe(objectName, v.description('The trust domain of mesh identities.'))),
  clusterNetworks: v.exactOptional(
    v.pipe(
      v.array(v.pipe(v.string(), v.maxLength(64))),
      v.maxLength(limits.list),
      v.description('CIDRs that count as inside the cluster.'),
    ),
  ),
  opaquePorts: v.exactOptional(
    v.pipe(portList, v.description('Ports of protocols that Linkerd does not detect.')),
  ),
  skipInboundPorts: v.exactOptional(v.pipe(portList, v.description('Inbound ports that bypass the proxy.'))),
  skipOutboundPorts: v.exactOptional(
    v.pipe(portList, v.description('Outbound ports that bypass the proxy.')),
  ),
});

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
      v.minLength(1),
      v.maxLength(2),
      v.description('What must be denied by default.'),
    ),
    ['Ingress', 'Egress'],
  ),
  families: v.exactOptional(
    v.pipe(
      v.array(v.picklist(['IPv4', 'IPv6'])),
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
});

const mesh = v.strictObject({
  inject: v.exactOptional(
    v.pipe(
      v.union([v.picklist(['enabled', 'ingress', 'off']), off]),
      v.description('The value of `linkerd.io/inject` that pod templates get; `off` leaves the mesh alone.'),
    ),
    'enabled',
  ),
  linkerd: v.exactOptional(
    v.pipe(linkerd, v.description('How Linkerd is installed, where it differs from its defaults.')),
    {},
  ),
  namespaceAnnotations: v.exactOptional(
    v.pipe(
      v.record(labelKey, v.pipe(v.string(), v.maxLength(limits.text))),
      v.description('Annotations that new namespaces get and governed ones should carry.'),
    ),
    {},
  ),
});

const waiverTerms = v.strictObject({
  maxDays: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(3650),
      v.description('The longest a waiver may last, from its `from` (or today) to its `until`.'),
    ),
  ),
  requiredFields: v.exactOptional(
    v.pipe(
      v.array(v.picklist(['from', 'ticket', 'approvedBy'])),
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
      v.array(ruleName),
      v.maxLength(limits.list),
      v.description('Rules and groups that nothing waives.'),
    ),
    [],
  ),
});

const calico = v.strictObject({
  mode: v.exactOptional(
    v.pipe(
      v.picklist(['apiserver', 'v3crd', 'raw']),
      v.description('How Calico serves its policies, for files; in a cluster it is detected.'),
    ),
  ),
  version: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^3\.[0-9]{1,3}$/, 'a version of Calico in quotes, such as "3.31"'),
      v.description('The version of Calico, in quotes, for files; in a cluster it is detected.'),
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
    v.pipe(v.array(label), v.maxLength(64), v.description('Labels that pod templates get or must have.')),
    [],
  ),
  rules: v.exactOptional(
    v.pipe(
      v.record(ruleName, v.union([action, v.pipe(setting, v.minEntries(1))])),
      v.description('The action of a rule or group, where it differs from the default of the rule.'),
    ),
    {},
  ),
  waivers: v.exactOptional(v.pipe(waiverTerms, v.description('What waivers may do.')), {}),
  calico: v.exactOptional(v.pipe(calico, v.description('How Calico is installed.')), {}),
});

const waiverSpec = v.strictObject({
  rules: v.pipe(
    v.array(ruleName),
    v.minLength(1),
    v.maxLength(limits.list),
    v.description('The rules whose findings do not count; groups only where the convention allows it.'),
  ),
  match: v.pipe(
    v.strictObject({
      namespaces: v.exactOptional(
        v.pipe(
          v.array(nameGlob),
          v.minLength(1),
          v.maxLength(limits.list),
          v.description('Names of namespaces.'),
        ),
      ),
      namespaceSelector: v.exactOptional(v.pipe(labelSelector, v.description('Labels of namespaces.'))),
      kinds: v.exactOptional(
        v.pipe(
          v.array(
            v.pipe(
              v.string(),
              v.maxLength(128),
              v.regex(/^[A-Z][A-Za-z0-9]*(\.[-a-z0-9.]+)?$/, 'a kind such as Deployment, or Kind.group'),
            ),
          ),
          v.minLength(1),
          v.maxLength(limits.list),
          v.description('Kinds, or kinds with their group: `Deployment`, `NetworkPolicy.projectcalico.org`.'),
        ),
      ),
      names: v.exactOptional(
        v.pipe(
          v.array(nameGlob),
          v.minLength(1),
          v.maxLength(limits.list),
          v.description('Names of objects.'),
        ),
      ),
    }),
    v.minEntries(1, 'at least one of namespaces, namespaceSelector, kinds, names'),
    v.description('What it is for: everything that is said here must hold.'),
  ),
  owner: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(253),
    v.regex(/\S/, 'the name of a team or person'),
    v.description('Who answers for it.'),
  ),
  reason: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(limits.text),
    v.regex(/\S/, 'a reason'),
    v.description('Why the rule does not hold here.'),
  ),
  from: v.exactOptional(v.pipe(date, v.description('The first day on which it counts, UTC.'))),
  until: v.pipe(date, v.description('The last day on which it counts, UTC.')),
  ticket: v.exactOptional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(253),
      v.regex(/\S/, 'a ticket'),
      v.description('Where it was decided.'),
    ),
  ),
  approvedBy: v.exactOptional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(253),
      v.regex(/\S/, 'a name'),
      v.description('Who agreed to it.'),
    ),
  ),
});

/** Everything but the name is the API server's business; unknown keys are refused there as anywhere. */
const metadata = v.strictObject({
  name: objectName,
  labels: v.exactOptional(v.record(labelKey, labelValue)),
  annotations: v.exactOptional(v.record(labelKey, v.string())),
  generateName: v.exactOptional(v.string()),
  uid: v.exactOptional(v.string()),
  resourceVersion: v.exactOptional(v.string()),
  generation: v.exactOptional(v.number()),
  creationTimestamp: v.exactOptional(v.nullable(v.string())),
  deletionTimestamp: v.exactOptional(v.nullable(v.string())),
  deletionGracePeriodSeconds: v.exactOptional(v.nullable(v.number())),
  finalizers: v.exactOptional(v.array(v.string())),
  ownerReferences: v.exactOptional(v.array(v.unknown())),
  managedFields: v.exactOptional(v.array(v.unknown())),
  selfLink: v.exactOptional(v.string()),
});

/** A set of rules for the namespaces it selects. */
export const conventionPolicySchema = v.strictObject({
  apiVersion: v.literal(apiVersion),
  kind: v.literal('ConventionPolicy'),
  metadata,
  spec: v.pipe(conventionSpec, v.description('What is asked for, and of whom.')),
  status: v.exactOptional(v.unknown()),
});

/** An exception from rules, with an owner, a reason and an end. */
export const waiverSchema = v.strictObject({
  apiVersion: v.literal(apiVersion),
  kind: v.literal('Waiver'),
  metadata,
  spec: v.pipe(waiverSpec, v.description('What does not count, where, why, and for how long.')),
  status: v.exactOptional(v.unknown()),
});

/** A convention as written, with the defaults filled in. */
export type ConventionPolicyDocument = v.InferOutput<typeof conventionPolicySchema>;

/** A waiver as written. */
export type WaiverDocument = v.InferOutput<typeof waiverSchema>;

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
