import * as v from 'valibot';
import { limits, portOrPorts } from './field-types.ts';

/** One finding that a waiver is for: everything that is said here must hold of it. */
export const pin = v.strictObject({
  found: v.exactOptional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(limits.text),
      v.description('What was found, as the report says it, or the value alone: `3306`.'),
    ),
  ),
  direction: v.exactOptional(
    v.pipe(v.picklist(['Ingress', 'Egress']), v.description('The only direction that may be open.')),
  ),
  family: v.exactOptional(
    v.pipe(v.picklist(['IPv4', 'IPv6']), v.description('The only address family that may be open.')),
  ),
  port: v.exactOptional(v.pipe(portOrPorts, v.description('The only ports: one, a range or a list.'))),
  container: v.exactOptional(
    v.pipe(
      v.string(),
      v.maxLength(63),
      v.regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'the name of a container'),
      v.description('The container, by its name.'),
    ),
  ),
  fingerprint: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^[0-9a-f]{32}$/, 'the valueFingerprint of a finding: 32 of 0-9 a-f'),
      v.description('The finding with its value: `valueFingerprint` of `tollgate check -o json`.'),
    ),
  ),
});
