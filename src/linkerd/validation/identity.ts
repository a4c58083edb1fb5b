/**
 * Whether a text is a DNS name in lower case of which only the first label may be `*`: how Linkerd writes identities.
 * It is read by label, since a pattern of the whole would be tried more than once where a name is long.
 * Source: Linkerd charts/linkerd-crds policy/meshtls-authentication.yaml and server-authorization.yaml.
 */
export function isDnsIdentity(id: string): boolean {
  return id
    .split('.')
    .every(
      (label, index) => (index === 0 && label === '*') || /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(label),
    );
}
