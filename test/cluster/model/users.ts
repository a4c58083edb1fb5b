/** Who sends an operation. Tenants may write in their own namespaces only; `before` stands for the time before the gate. */
export type User = 'admin' | 'red' | 'blue' | 'before';

interface Identity {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Whom the API server takes each one for; the administrator is who calls. */
const identities: Readonly<Record<User, Identity | undefined>> = {
  admin: undefined,
  red: { name: 'tenant-red', groups: ['tenants'] },
  blue: { name: 'tenant-blue', groups: ['tenants'] },
  before: { name: 'before-the-gate', groups: ['system:masters'] },
};

/** No webhook is asked about what this user does. */
export const beforeTheGate = 'before-the-gate';

/** Which namespaces are a tenant's own, by their names without the suffix of a run; all others are nobody's. */
export const tenantsOf: Readonly<Record<string, User>> = {
  shop: 'red',
  bank: 'red',
  lab: 'red',
  fog: 'red',
  orders: 'blue',
  depot: 'blue',
  born: 'blue',
  gate: 'blue',
};

/** The headers by which the administrator acts as the user. */
export function impersonation(user: User): Readonly<Record<string, string | readonly string[]>> {
  const identity = identities[user];
  if (!identity) return {};
  return {
    'impersonate-user': identity.name,
    'impersonate-group': [...identity.groups, 'system:authenticated'],
  };
}

/** The same as arguments of kubectl. */
export function asArguments(user: User): string {
  const identity = identities[user];
  if (!identity) return '';
  return [` --as=${identity.name}`, ...identity.groups.map((group) => ` --as-group=${group}`)].join('');
}

/** What a tenant may do in a namespace: the ClusterRole `edit`, and Calico's namespaced kinds. */
export const tenantRole = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'calico-tenant' },
  rules: [
    {
      apiGroups: ['projectcalico.org'],
      resources: ['networkpolicies', 'networksets', 'stagednetworkpolicies'],
      verbs: ['*'],
    },
    { apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['patch', 'update'] },
  ],
};

/** Gives a tenant these rights in a namespace. */
export function bindings(user: User, namespace: string): readonly object[] {
  const name = identities[user]?.name ?? user;
  return ['edit', 'calico-tenant'].map((role) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `${name}-${role}`, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
  }));
}
