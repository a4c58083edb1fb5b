import { readEnvironmentVariables } from '../installation/environment-variables.ts';
import {
  parseGoBool,
  parseGoDuration,
  parseGoFloat,
  parseGoInt,
  parseGoUint,
  parsePolicyDuration,
  parseQuantity,
} from './value-readers.ts';
import { opaquePortsProblem, policyPortsProblem, skipPortsProblem } from '../ports/port-list-problem.ts';
import type { SkipRoute } from '../ports/skip-entries.ts';
import { readSkipSubnets } from '../ports/skip-subnets.ts';
import { listInWords } from '../../text/list.ts';

/** A kind of annotation value: what may be written, in words, and whether a text is valid. */
export interface ValueKind {
  readonly expected: string;
  readonly accepts: (value: string) => boolean;
  /** All valid values, if they are few. */
  readonly values?: readonly string[];
}

/** One of a few words, compared exactly. */
function oneOf(...values: readonly string[]): ValueKind {
  return {
    expected: listInWords(values, { last: 'or' }),
    accepts: (value) => values.includes(value),
    values,
  };
}

/** One of a few words, compared without regard to case. */
function oneOfAnyCase(...values: readonly string[]): ValueKind {
  return {
    expected: listInWords(values, { last: 'or' }),
    accepts: (value) => values.includes(value.toLowerCase()),
    values,
  };
}

/** A list of ports that bypass the proxy. */
function skipPorts(route: SkipRoute): ValueKind {
  return {
    expected: 'ports and ranges such as 4567,8000-8080, without names and spaces',
    accepts: (value) => skipPortsProblem(value, route) === undefined,
  };
}

/** Whether every entry of a list is accepted; equal entries are checked once. */
function everyPart(value: string, accepts: (part: string) => boolean): boolean {
  return [...new Set(value.split(','))].every(accepts);
}

const portBound = 65_535n;

/** The kinds of values of Linkerd's annotations. */
export const valueKinds = {
  inject: oneOf('enabled', 'disabled', 'ingress'),
  enabledDisabled: oneOf('enabled', 'disabled'),
  boolean: {
    expected: 'true or false',
    accepts: (value) => parseGoBool(value) !== undefined,
    values: ['true', 'false'],
  },
  imageName: {
    expected: 'the name of an image without its tag',
    accepts: (value) => /^[^\s:]\S*$/.test(value),
  },
  imageTag: { expected: 'the tag of an image', accepts: (value) => /^[\w][\w.-]{0,127}$/.test(value) },
  pullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
  port: {
    expected: 'a port number, 1 to 65535',
    accepts: (value) => {
      const port = parseGoInt(value, 32);
      return port !== undefined && port >= 1n && port <= portBound;
    },
  },
  skipInboundPorts: skipPorts('init-inbound'),
  skipOutboundPorts: skipPorts('init'),
  opaquePorts: {
    expected: 'ports and ranges such as 3306,4320-4325, without names',
    accepts: (value) => opaquePortsProblem(value) === undefined,
  },
  policyPorts: {
    expected: 'ports and ranges such as 3306,4320-4325, without names',
    accepts: (value) => policyPortsProblem(value) === undefined,
  },
  subnets: {
    expected: 'networks such as 10.0.0.0/8,192.168.0.0/16',
    accepts: (value) => {
      const { failure, unreadable } = readSkipSubnets(value, 'init');
      return failure === undefined && unreadable === undefined;
    },
  },
  quantity: {
    expected: 'a Kubernetes quantity such as 100m, 0.5 or 64Mi',
    accepts: (value) => parseQuantity(value) !== undefined,
  },
  ratio: {
    expected: 'a number between 0 and 1, both excluded',
    accepts: (value) => {
      const ratio = parseGoFloat(value);
      return ratio !== undefined && ratio > 0 && ratio < 1;
    },
  },
  userId: {
    expected: 'a user id greater than 0',
    accepts: (value) => (parseGoInt(value, 64) ?? 0n) > 0n,
  },
  groupId: {
    expected: 'a group id, or -1 for none',
    accepts: (value) => parseGoInt(value, 64) !== undefined,
  },
  seconds: {
    expected: 'whole seconds without a unit',
    accepts: (value) => parseGoUint(value, 64) !== undefined,
  },
  goDuration: {
    expected: 'a duration with a unit such as 500ms, 30s or 1m30s (no days, no bare number)',
    accepts: (value) => parseGoDuration(value) !== undefined,
  },
  logLevel: {
    expected: 'a log filter such as warn,linkerd=info',
    accepts: (value) => value.trim() !== '',
  },
  logFormat: oneOfAnyCase('plain', 'json'),
  logHttpHeaders: {
    expected: 'off or insecure',
    accepts: (value) => ['off', 'insecure', ''].includes(value),
    values: ['off', 'insecure'],
  },
  accessLog: oneOfAnyCase('apache', 'json'),
  inboundPolicy: oneOf(
    'all-unauthenticated',
    'all-authenticated',
    'cluster-unauthenticated',
    'cluster-authenticated',
    'deny',
    'audit',
  ),
  environment: {
    expected: 'a JSON array of {"name": …, "value": …}',
    accepts: (value) => readEnvironmentVariables(value) !== undefined,
  },
  text: { expected: 'any text', accepts: () => true },
  httpRetry: {
    expected: 'statuses such as 503, 500-504, 5xx or gateway-error, separated by commas without spaces',
    accepts: (value) => everyPart(value, isHttpRetryCondition),
  },
  grpcRetry: {
    expected:
      'cancelled, deadline-exceeded, internal, resource-exhausted or unavailable, separated by commas without spaces',
    accepts: (value) => everyPart(value, (part) => grpcConditions.has(part.toLowerCase())),
  },
  retryLimit: {
    expected: 'a whole number, 0 to 65535',
    accepts: (value) => parseGoUint(value.replace(/^\+/, ''), 16) !== undefined,
  },
  policyDuration: {
    expected: 'a whole number and one unit: ms, s, m, h or d',
    accepts: (value) => parsePolicyDuration(value) !== undefined,
  },
  accrual: oneOf('consecutive', 'unified'),
  count: {
    expected: 'a whole number',
    accepts: (value) => parseGoUint(value.replace(/^\+/, ''), 32) !== undefined,
  },
  jitterRatio: { expected: 'a number from 0 to 100', accepts: (value) => inRange(value, 0, 100) },
  successRate: { expected: 'a number from 0 to 1', accepts: (value) => inRange(value, 0, 1) },
} as const satisfies Readonly<Record<string, ValueKind>>;

/** The name of a kind of value. */
export type ValueKindName = keyof typeof valueKinds;

const grpcConditions = new Set([
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
]);

/** Nothing is trimmed. Source: Linkerd policy-controller/k8s/index/src/outbound/index/http.rs parse_http_retry. */
function isHttpRetryCondition(part: string): boolean {
  if (['5xx', 'gateway-error'].includes(part.toLowerCase())) return true;
  const dash = part.indexOf('-');
  const [low, high] = dash < 0 ? [part, part] : [part.slice(0, dash), part.slice(dash + 1)];
  return [low, high].every((code) => /^\+?0*[1-5][0-9]{2}$/.test(code)) && Number(low) <= Number(high);
}

/** A decimal number as Rust's `f32` reads it, within bounds. */
function inRange(value: string, minimum: number, maximum: number): boolean {
  if (!/^\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(value)) return false;
  const number = Number(value);
  return minimum <= number && number <= maximum;
}
