const maximumLength = 63;

/** Whether Kubernetes accepts a string as a label value: at most 63 characters, alphanumeric ends, `-_.` between. */
export function isLabelValue(value: string): boolean {
  return value.length <= maximumLength && /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/.test(value);
}

/** Whether Kubernetes accepts a string as a label or annotation key: an optional DNS prefix and a name. */
export function isQualifiedName(key: string): boolean {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  return name !== '' && isLabelValue(name) && (prefix === undefined || isDnsSubdomain(prefix));
}

function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text);
}
