import { pointerOf, type JsonPointer } from './json-pointer.ts';
import { groupOf, type KubernetesObject } from './object.ts';
import { optionalNumber, record, records, text } from './read.ts';

/** A Service that the API server itself connects to, because an object says so. */
export interface ServiceCall {
  /** Pointer to the reference. */
  readonly pointer: JsonPointer;
  readonly namespace: string;
  readonly name: string;
  /** The port of the Service. */
  readonly port: number;
  /** What is asked there, as in "its webhook a.example.com". */
  readonly what: string;
  /** The name of the webhook that is asked there. */
  readonly webhook?: string;
  /** What becomes of requests while nobody answers, as a clause; undefined where nothing is refused. */
  readonly otherwise?: string;
}

/**
 * The Services that an object has the API server call: those of admission webhooks, of aggregated APIs and of conversions
 * between the versions of a custom resource. A webhook with a URL names none.
 * Source: Kubernetes pkg/apis/admissionregistration, kube-aggregator pkg/apis/apiregistration,
 * apiextensions pkg/apis/apiextensions; the port is 443 and the failure policy Fail where nothing is said.
 */
export function serviceCallsOf(object: KubernetesObject): readonly ServiceCall[] {
  return readers.get(`${object.kind}.${groupOf(object.apiVersion)}`)?.(object) ?? [];
}

type Reader = (object: KubernetesObject) => readonly ServiceCall[];

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['ValidatingWebhookConfiguration.admissionregistration.k8s.io', webhooks],
  ['MutatingWebhookConfiguration.admissionregistration.k8s.io', webhooks],
  [
    'APIService.apiregistration.k8s.io',
    ({ metadata, spec }) =>
      reference(record(spec).service, '/spec/service', {
        what: `the API ${metadata.name ?? ''}`,
        otherwise: 'requests for it fail, and no namespace can be deleted',
      }),
  ],
  [
    'CustomResourceDefinition.apiextensions.k8s.io',
    ({ spec }) => {
      const { clientConfig } = record(record(record(spec).conversion).webhook);
      return reference(record(clientConfig).service, '/spec/conversion/webhook/clientConfig/service', {
        what: 'the conversion between its versions',
        otherwise: 'requests for other versions than the stored one fail',
      });
    },
  ],
]);

function webhooks(object: KubernetesObject): readonly ServiceCall[] {
  return records(object.webhooks).flatMap(({ clientConfig, failurePolicy, name }, index) =>
    reference(record(clientConfig).service, pointerOf('webhooks', index, 'clientConfig', 'service'), {
      what: `its webhook ${text(name)}`,
      webhook: text(name),
      ...(failurePolicy === 'Ignore'
        ? {}
        : { otherwise: 'with failurePolicy Fail, what it is asked about is refused' }),
    }),
  );
}

function reference(
  service: unknown,
  pointer: JsonPointer,
  rest: Pick<ServiceCall, 'what' | 'webhook' | 'otherwise'>,
): readonly ServiceCall[] {
  const { name, namespace, port } = record(service);
  if (text(name) === '' || text(namespace) === '') return [];
  return [
    { pointer, namespace: text(namespace), name: text(name), port: optionalNumber(port) ?? 443, ...rest },
  ];
}
