import { isDeepStrictEqual } from 'node:util';
import { convertKubernetesPolicy } from '../../src/calico/policy/conversion/convert.ts';
import {
  printDestinationPort,
  readDestinationPort,
  simplifyPorts,
} from '../../src/calico/policy/conversion/destination-ports.ts';
import {
  convertNamespaceSelector,
  convertPodSelector,
} from '../../src/calico/policy/conversion/label-selectors.ts';
import { isRecord, type KubernetesObject } from '../../src/kubernetes/object.ts';

interface ConversionCase {
  readonly kind: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly conversionError?: boolean;
}

/** The converted object, where the order of rules matters and that of ports does not, and whether an error is told. */
export function check({ kind, input, output, conversionError = false }: ConversionCase): string | undefined {
  if (kind === 'podSelector') return difference(output, convertPodSelector(input));
  if (kind === 'namespaceSelector') return difference(output, convertNamespaceSelector(input));
  if (kind === 'simplifyPorts') {
    const ports = (input as string[]).flatMap((port) => readDestinationPort(port) ?? []);
    return difference(
      { ports: output },
      { ports: simplifyPorts(ports).map((port) => String(printDestinationPort(port))) },
    );
  }
  const converted = convertKubernetesPolicy(input as KubernetesObject);
  return (
    difference(output, converted.policy) ??
    difference({ conversionError }, { conversionError: converted.conversionError })
  );
}

function difference(expected: unknown, found: unknown): string | undefined {
  if (isDeepStrictEqual(withSortedPorts(expected), withSortedPorts(found))) return undefined;
  return `expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
}

function withSortedPorts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedPorts);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    const content = withSortedPorts(item);
    return [
      key,
      key === 'ports' && Array.isArray(content)
        ? content.map((port) => JSON.stringify(port)).sort()
        : content,
    ];
  });
  return Object.fromEntries(entries);
}
