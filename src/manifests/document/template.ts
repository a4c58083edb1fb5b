import { isRecord } from '../../kubernetes/object.ts';
import { record } from '../../kubernetes/read.ts';

/** A sign that a document still has to be rendered. */
export interface TemplateMark {
  /** Where the sign stands, in UTF-16 units from the start of the document. */
  readonly offset: number;
  readonly reason: string;
  readonly remedy: string;
}

const reason = 'it is a template that has not been rendered';
const helm = { reason, remedy: 'render it first: helm template CHART | tollgate check -' };
const ytt = { reason, remedy: 'render it first: ytt -f DIR | tollgate check -' };
const other = { reason, remedy: 'render it first and pipe the result into tollgate check -' };

const yttComment = /(?:^|[ \t])#@(?=[ \t]|(?:overlay|data|schema|ytt|library)\/)/m;
const helmCall =
  /\{\{-?[^}]{0,200}?(?:\.(?:Values|Release|Chart|Capabilities|Template|Files)\b|\b(?:include|toYaml|tpl)[ \t])/;
const anyPlaceholder = /\{\{|\{%|\$\{|\$\(/;

/** Looks for template syntax in a document that could not be parsed. */
export function templateMarkOfText(text: string): TemplateMark | undefined {
  let offset = 0;
  for (const line of text.split('\n')) {
    const braces = line.search(/\{[{%]/);
    if (braces >= 0 && standsUnquoted(line.slice(0, braces))) {
      return { offset: offset + braces, ...(line[braces + 1] === '%' ? other : helm) };
    }
    offset += line.length + 1;
  }
  return yttMark(text);
}

/** Whether a value or the line itself begins after this: there, braces are no YAML that a person would write. */
function standsUnquoted(before: string): boolean {
  return !/['"#]/.test(before) && /^$|[:-]$/.test(before.trim());
}

/**
 * Looks for template syntax in a document that could be parsed: `name: web-{{ .Release.Name }}` is good YAML.
 * Braces elsewhere are left alone, since alert texts, Argo workflows and dashboards are full of them.
 */
export function templateMarkOfValue(text: string, value: unknown): TemplateMark | undefined {
  const comment = yttMark(text);
  if (comment || !/\{\{|\{%|\$[({]/.test(text) || !isRecord(value)) return comment;
  const identity = identityStrings(value).find((candidate) => anyPlaceholder.test(candidate));
  if (identity !== undefined) {
    return { offset: Math.max(0, text.indexOf(identity)), ...(identity.includes('{{') ? helm : other) };
  }
  const call = text.includes('{{') ? findString(value, (candidate) => helmCall.test(candidate)) : undefined;
  return call === undefined ? undefined : { offset: Math.max(0, text.indexOf(call)), ...helm };
}

function yttMark(text: string): TemplateMark | undefined {
  const match = text.includes('#@') ? yttComment.exec(text) : null;
  return match ? { offset: match.index + match[0].indexOf('#'), ...ytt } : undefined;
}

function identityStrings({ apiVersion, kind, metadata }: Readonly<Record<string, unknown>>): string[] {
  const { name, generateName, namespace, labels } = record(metadata);
  const values = [apiVersion, kind, name, generateName, namespace];
  return [...values, ...(isRecord(labels) ? Object.entries(labels).flat() : [])].filter(
    (candidate) => typeof candidate === 'string',
  );
}

/** The first string on one line that fits; text of several lines is data for somebody else's templates. */
function findString(value: unknown, fits: (text: string) => boolean): string | undefined {
  if (typeof value === 'string') return !value.includes('\n') && fits(value) ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const child of Object.values(value)) {
    const found = findString(child, fits);
    if (found !== undefined) return found;
  }
  return undefined;
}
