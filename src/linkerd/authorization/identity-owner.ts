import type { LinkerdProfile } from '../installation/installation.ts';
import type { PolicyName } from './reading.ts';

/** Why no workload of a cluster has an identity that a policy names. */
export type NobodysIdentity =
  /** It has not the form of any workload's identity. */
  | { readonly why: 'form'; readonly meant?: PolicyName }
  /** It ends with another control plane or trust domain than this cluster's. */
  | { readonly why: 'trust-domain'; readonly ending: string };

/**
 * Finds why no workload has an identity: it is not `ACCOUNT.NAMESPACE.serviceaccount.identity.CONTROL-PLANE.TRUST-DOMAIN`,
 * and no pattern of which such names are the end. SPIFFE ids are those of machines outside the cluster.
 * Source: Linkerd policy-controller/k8s/index/src/cluster_info.rs, service_account_identity; policy-controller/core/src/
 * identity_match.rs for patterns.
 *
 * @param identity An identity as a policy names it, such as `*` or a DNS name of which the first label may be `*`.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns The reason; undefined where a workload can have it.
 * @example
 * identityOfNobody('web.shop', defaultProfile())?.why; // 'form'
 */
export function identityOfNobody(
  identity: string,
  { namespace, trustDomain }: LinkerdProfile,
): NobodysIdentity | undefined {
  if (identity === '*' || identity.startsWith('spiffe://')) return undefined;
  const ending = `serviceaccount.identity.${namespace}.${trustDomain}`;
  if (isWithin(identity, ending)) return undefined;
  const [, account = '', foreign] = /^(.+?)\.(serviceaccount\.identity\..+)$/.exec(identity) ?? [];
  if (foreign !== undefined && (account.includes('.') || account === '*'))
    return { why: 'trust-domain', ending: foreign };
  const [name = '', ofNamespace = '', ...rest] = identity.split('.');
  const isAccount = name !== '*' && name !== '' && ofNamespace !== '' && rest.length === 0;
  return { why: 'form', ...(isAccount ? { meant: { name, namespace: ofNamespace } } : {}) };
}

/** Whether an account of a namespace stands before the ending, or a pattern leaves open what stands before it. */
function isWithin(identity: string, ending: string): boolean {
  if (identity.startsWith('*.')) {
    const rest = identity.slice(2);
    return `.${ending}`.endsWith(`.${rest}`) || rest.endsWith(`.${ending}`);
  }
  return identity.endsWith(`.${ending}`) && identity.slice(0, -ending.length - 1).includes('.');
}

/**
 * Reads the ServiceAccount that has an identity.
 *
 * @param identity A mesh identity, as a policy names it.
 * @returns Its name and namespace; undefined for patterns, SPIFFE ids and what has another form.
 * @example
 * accountOfIdentity('web.shop.serviceaccount.identity.linkerd.cluster.local')?.name; // 'web'
 */
export function accountOfIdentity(identity: string): PolicyName | undefined {
  const [, name, namespace] = /^([^*].*)\.([^.]+)\.serviceaccount\.identity\./.exec(identity) ?? [];
  return name === undefined || namespace === undefined ? undefined : { name, namespace };
}
