import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { isLabelValue, isQualifiedName } from '../../kubernetes/label-syntax.ts';
import { isRecord } from '../../kubernetes/object.ts';
import { type Check, fieldAt, shown, wrongType } from './report.ts';
import { text } from './schema.ts';
import { cut } from '../../text/cut.ts';

const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(?:\\.${label})*`;

/** How the names of a kind are made. Source: Calico libcalico-go/lib/validator/v3/validator.go. */
export interface NameRule {
  readonly pattern: RegExp;
  readonly maximumLength: number;
  readonly description: string;
}

const parts = 'lower-case letters, digits and "-"';

export const subdomainName: NameRule = {
  pattern: new RegExp(`^${subdomain}$`),
  maximumLength: 253,
  description: `${parts}, in parts separated by "."`,
};

/** A tier's name is a label's value and the first part of other names. */
export const tierName: NameRule = {
  pattern: new RegExp(`^${label}$`),
  maximumLength: 63,
  description: parts,
};

export const networkPolicyName: NameRule = {
  pattern: new RegExp(`^(?:(?:${label}\\.)?${label}|(?:knp|ossg)\\.default\\.${subdomain})$`),
  maximumLength: 253,
  description: `${parts}, with at most one "." between tier and name`,
};

export const globalNetworkPolicyName: NameRule = {
  pattern: new RegExp(`^(?:${label}\\.)?${label}$`),
  maximumLength: 253,
  description: `${parts}, with at most one "." between tier and name`,
};

/** The name of another object in a field. */
export const objectName: Check = (value, pointer, report) => {
  text(253)(value, pointer, report);
  if (typeof value !== 'string' || value === '' || subdomainName.pattern.test(value)) return;
  const message = `${fieldAt(pointer)} is ${shown(value)}`;
  report({ pointer, code: 'name-invalid', message, expected: subdomainName.description });
};

/**
 * The metadata of an object of any kind: a name by the kind's rule (none where the API server generates it), labels,
 * annotations.
 */
export function metadata(rule: NameRule): Check {
  return (value, pointer, report) => {
    if (!isRecord(value)) return;
    const { name, generateName } = value;
    const isGenerated =
      (name === undefined || name === '') && typeof generateName === 'string' && generateName !== '';
    if (!isGenerated) checkName(rule)(name ?? '', `${pointer}/name`, report);
    if (isRecord(value.labels)) labels(value.labels, `${pointer}/labels`, report);
    if (isRecord(value.annotations)) annotations(value.annotations, `${pointer}/annotations`, report);
  };
}

function checkName({ pattern, maximumLength, description }: NameRule): Check {
  return (value, pointer, report) => {
    if (typeof value !== 'string') return;
    if (value.length > maximumLength) {
      const message = `the name has ${value.length} characters`;
      report({ pointer, code: 'too-long', message, expected: `at most ${maximumLength}` });
    }
    if (pattern.test(value)) return;
    const message = value === '' ? 'the object has no name' : `the name is ${shown(value)}`;
    const code = subdomainName.pattern.test(value) ? 'name-form' : 'name-invalid';
    report({ pointer, code, message, expected: description });
  };
}

/** Labels: qualified names with label values. */
export const labels: Check = (value, pointer, report) => {
  if (!isRecord(value)) {
    report(wrongType(value, pointer, 'an object'));
    return;
  }
  for (const [key, content] of Object.entries(value)) {
    const at = pointer + pointerOf(key);
    if (!isQualifiedName(key)) {
      const message = `${shown(key)} cannot be the name of a label`;
      report({ pointer: at, code: 'label-invalid', message, expected: keyRule });
    }
    if (typeof content !== 'string' || !isLabelValue(content)) {
      const message = `the label ${cut(key, 80, { mark: '' })} is ${shown(content)}`;
      report({ pointer: at, code: 'label-invalid', message, expected: valueRule });
    }
  }
};

const keyRule = 'up to 63 letters, digits, "-", "_" and ".", after at most one DNS prefix and "/"';
const valueRule = 'at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends';
const maximumAnnotationBytes = 256 * 1024;

/** Annotations: qualified names in any case, 256 KiB in all. */
export const annotations: Check = (value, pointer, report) => {
  if (!isRecord(value)) {
    report(wrongType(value, pointer, 'an object'));
    return;
  }
  let bytes = 0;
  for (const [key, content] of Object.entries(value)) {
    const at = pointer + pointerOf(key);
    if (!isQualifiedName(key.toLowerCase())) {
      const message = `${shown(key)} cannot be the name of an annotation`;
      report({ pointer: at, code: 'annotation-invalid', message, expected: keyRule });
    }
    if (typeof content === 'string') bytes += Buffer.byteLength(key) + Buffer.byteLength(content);
    else text()(content, at, report);
  }
  if (bytes <= maximumAnnotationBytes) return;
  const message = `the annotations have ${bytes} bytes`;
  report({ pointer, code: 'too-long', message, expected: `at most ${maximumAnnotationBytes}` });
};
