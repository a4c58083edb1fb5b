import { isRecord, record, text, type Fields } from '../../kubernetes/read.ts';
import { parseK8sDuration } from './k8s-duration.ts';
import { eachRecord } from './field-problems.ts';
import { bySchema, byWebhook, type ObjectProblem } from './object-problem.ts';
import { regexProblem } from './rust-regex.ts';

/**
 * What is refused of a rule of an HTTPRoute.
 * Source: Linkerd policy-controller/k8s/index/src/routes/http.rs, try_match, request_header_modifier, req_redirect.
 */
export function httpRuleProblems(
  rule: Fields,
  pointer: string,
  { isGateway }: { readonly isGateway: boolean },
): ObjectProblem[] {
  return [
    ...eachRecord(rule.matches, `${pointer}/matches`, ({ headers, path, queryParams }, at) => [
      ...pathProblems(path, `${at}/path`),
      ...eachRecord(headers, `${at}/headers`, headerProblems),
      ...eachRecord(queryParams, `${at}/queryParams`, patternProblems),
    ]),
    ...eachRecord(rule.filters, `${pointer}/filters`, filterProblems),
    ...(isGateway
      ? [
          ...gatewayTimeoutProblems(rule.timeouts, `${pointer}/timeouts`),
          ...eachRecord(rule.backendRefs, `${pointer}/backendRefs`, backendProblems),
        ]
      : timeoutProblems(rule.timeouts, `${pointer}/timeouts`)),
  ];
}

/** What is refused of a rule of a GRPCRoute. Source: Linkerd policy-controller/k8s/index/src/routes/grpc.rs. */
export function grpcRuleProblems(rule: Fields, pointer: string): ObjectProblem[] {
  return [
    ...eachRecord(rule.matches, `${pointer}/matches`, ({ headers, method }, at) => [
      ...(record(method).type === 'RegularExpression'
        ? [
            byWebhook(
              `${at}/method/type`,
              'Linkerd does not match gRPC methods by regular expression',
              'type: Exact',
            ),
          ]
        : []),
      ...eachRecord(headers, `${at}/headers`, headerProblems),
    ]),
    ...eachRecord(rule.filters, `${pointer}/filters`, filterProblems),
    ...eachRecord(rule.backendRefs, `${pointer}/backendRefs`, backendProblems),
  ];
}

function pathProblems(path: unknown, pointer: string): ObjectProblem[] {
  if (!isRecord(path)) return [];
  if (path.type === 'RegularExpression') return patternProblems(path, pointer);
  const value = typeof path.value === 'string' ? path.value : '/';
  return value.startsWith('/') ? [] : [notAbsolute(`${pointer}/value`, value)];
}

function notAbsolute(pointer: string, path: string): ObjectProblem {
  return byWebhook(pointer, `the path ${JSON.stringify(path)} does not begin with /`, `/${path}`);
}

function patternProblems({ type, value }: Fields, pointer: string): ObjectProblem[] {
  const problem = type === 'RegularExpression' ? regexProblem(text(value)) : undefined;
  if (problem === undefined) return [];
  return [
    byWebhook(
      `${pointer}/value`,
      `${JSON.stringify(value)} is not a regular expression (${problem})`,
      'a regular expression of RE2 syntax',
    ),
  ];
}

function headerProblems(header: Fields, pointer: string): ObjectProblem[] {
  return [...headerNameProblems(header.name, `${pointer}/name`), ...patternProblems(header, pointer)];
}

function headerNameProblems(name: unknown, pointer: string): ObjectProblem[] {
  if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text(name))) return [];
  return [
    byWebhook(pointer, `${JSON.stringify(name ?? '')} is not the name of a header`, 'the name of a header'),
  ];
}

function filterProblems(filter: Fields, pointer: string): ObjectProblem[] {
  const modifiers = ['requestHeaderModifier', 'responseHeaderModifier'].flatMap((field) => {
    const { add, set } = record(filter[field]);
    return [
      ...eachRecord(add, `${pointer}/${field}/add`, headerProblems),
      ...eachRecord(set, `${pointer}/${field}/set`, headerProblems),
    ];
  });
  const { path } = record(filter.requestRedirect);
  return [...modifiers, ...redirectProblems(path, `${pointer}/requestRedirect/path`)];
}

function redirectProblems(path: unknown, pointer: string): ObjectProblem[] {
  if (!isRecord(path)) return [];
  for (const field of ['replaceFullPath', 'replacePrefixMatch']) {
    const value = path[field];
    if (typeof value === 'string')
      return value.startsWith('/') ? [] : [notAbsolute(`${pointer}/${field}`, value)];
  }
  return [byWebhook(pointer, 'the redirect names no path', 'replaceFullPath or replacePrefixMatch')];
}

function timeoutProblems(value: unknown, pointer: string): ObjectProblem[] {
  const timeouts = record(value);
  const read = ['request', 'backendRequest'].map((field) => {
    const written = timeouts[field];
    return written === undefined || written === null
      ? undefined
      : (parseK8sDuration(text(written)) ?? Number.NaN);
  });
  const [request, backendRequest] = read;
  for (const [index, field] of ['request', 'backendRequest'].entries()) {
    const duration = read[index];
    if (duration !== undefined && !(duration >= 0))
      return [
        byWebhook(
          `${pointer}/${field}`,
          `the timeout ${JSON.stringify(timeouts[field])} is not a duration`,
          'a duration such as 500ms or 5s',
        ),
      ];
  }
  if (request === undefined || backendRequest === undefined || request >= backendRequest) return [];
  return [
    byWebhook(
      `${pointer}/backendRequest`,
      'the timeout of a request to a backend exceeds that of the whole request',
      `at most ${text(timeouts.request)}`,
    ),
  ];
}

/** The schema of the Gateway API asks this of every version since timeouts exist. */
function gatewayTimeoutProblems(value: unknown, pointer: string): ObjectProblem[] {
  const timeouts = record(value);
  return ['request', 'backendRequest'].flatMap((field) => {
    const written = timeouts[field];
    if (written === undefined || written === null || /^(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}$/.test(text(written)))
      return [];
    return [
      bySchema(
        `${pointer}/${field}`,
        `the timeout ${JSON.stringify(written)} is not a duration`,
        'a duration such as 500ms or 5s',
      ),
    ];
  });
}

/** Backends of other kinds are other controllers' business. Source: admission.rs, validate_http_backend_if_service. */
function backendProblems({ group, kind, port }: Fields, pointer: string): ObjectProblem[] {
  const isService =
    (group === 'core' || group === '' || group === undefined || group === null) &&
    (kind === 'Service' || kind === undefined || kind === null);
  if (!isService || (port !== undefined && port !== null && port !== 0)) return [];
  return [byWebhook(pointer, 'a Service as backend needs a port', 'port: the port of the Service')];
}
