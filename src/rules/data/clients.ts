import type { Inventory } from '../../inventory/inventory.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { annotationsOf, labelsOf } from '../../kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import type { StoreClient } from '../../conventions/convention/convention.ts';
import type { Remark } from '../../facts/finding.ts';
import { limits, lookAt, unknownBeyond } from '../../facts/limits.ts';
import { nameOf } from '../../facts/object-name.ts';
import { clientsAnnotation, declaredClients } from '../../facts/store/declared-clients.ts';
import { accountOf } from '../../facts/workload/workload-pod.ts';
import { isFromJudgedTemplate } from '../../facts/workload/template-owner.ts';
import { cut } from '../../text/cut.ts';
import { nearestWord, oneSlip, oneSlipInName } from '../../text/nearest-word.ts';
import { defineRule } from '../define-rule.ts';

/**
 * The list of the clients of a database or broker can't be read, stands where nothing reads it, or names somebody who does
 * not exist beside one of nearly that name. Such a list admits nobody, or nobody who was meant.
 */
export const dataClients = defineRule({
  id: 'data/clients',
  title:
    'The list of clients of a database or broker is misspelt, misplaced or names a client that does not exist',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const { object } = subject;
    const template = podTemplateOf(object);
    if (!template || isFromJudgedTemplate(subject, context)) return [];
    const pointer = template.pointer + pointerOf('metadata', 'annotations', clientsAnnotation);
    const { clients = [], unreadable = [] } = declaredClients(template) ?? {};
    const look = lookAt(limits.clientsDeclared, context);
    const unknown: Remark[] = [];
    for (const client of clients) {
      if (!look.more()) break;
      const remark = unknownClient(client, context.inventory);
      if (remark) unknown.push({ pointer, ...remark });
    }
    return [
      ...misplaced(annotationsOf(object), labelsOf(object), template),
      ...unreadable.map((entry) => ({
        pointer,
        message: `the annotation ${clientsAnnotation} names no client with ${JSON.stringify(cut(entry, 100, { mark: '…' }))}`,
        found: cut(entry, 100, { mark: '…' }),
        expected:
          '<namespace>/<service account>, or <namespace>/* for all of its accounts, with commas between them',
      })),
      ...(unknown.length > 0
        ? unknown
        : unknownBeyond([look], `whether the clients in ${clientsAnnotation} exist`)),
    ];
  },
});

/** The annotation on the object instead of the template, as a label, or under nearly its name. */
function misplaced(
  own: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
  { annotations, labels: templateLabels, pointer: at }: PodTemplate,
): readonly Remark[] {
  const expected = `${clientsAnnotation} at ${at}/metadata/annotations`;
  const places = [
    ...(at === ''
      ? []
      : ([
          ['/metadata/annotations', own],
          ['/metadata/labels', labels],
        ] as const)),
    [`${at}/metadata/annotations`, annotations],
    [`${at}/metadata/labels`, templateLabels],
  ] as const;
  return places.flatMap(([place, map]) =>
    Object.keys(map).flatMap((key): Remark[] => {
      if (!isMeant(key) || (key === clientsAnnotation && map === annotations)) return [];
      const message =
        key === clientsAnnotation
          ? `${clientsAnnotation} has no effect at ${place}`
          : `${key} has no effect, it is called ${clientsAnnotation}`;
      return [{ pointer: place + pointerOf(key), message, expected }];
    }),
  );
}

function isMeant(key: string): boolean {
  return (
    key === clientsAnnotation ||
    (/^tollg/i.test(key) && nearestWord(key, [clientsAnnotation], oneSlip) !== undefined)
  );
}

/** Only where somebody of nearly that name is there: others may be in files that are not seen. */
function unknownClient(
  { namespace, serviceAccount }: StoreClient,
  inventory: Inventory,
): Omit<Remark, 'pointer'> | undefined {
  const name = `${namespace}/${serviceAccount ?? '*'}`;
  if (!inventory.namespace(namespace)) {
    const names = Array.from(inventory.namespaces(), ({ metadata }) => metadata.name ?? '');
    const near = nearestWord(namespace, names, oneSlipInName);
    return near === undefined
      ? undefined
      : {
          message: `there is no namespace "${namespace}" for its client ${name}`,
          expected: `did you mean ${near}/${serviceAccount ?? '*'}?`,
        };
  }
  if (serviceAccount === undefined) return undefined;
  const accounts = new Set<string>();
  for (const { metadata } of inventory.serviceAccounts(namespace)) accounts.add(metadata.name ?? '');
  const users = new Set<string>();
  let namesake: { readonly name: string; readonly account: string } | undefined;
  for (const workload of inventory.workloads(namespace)) {
    const template = podTemplateOf(workload);
    if (!template) continue;
    const account = accountOf(template);
    users.add(account);
    if (workload.metadata.name === serviceAccount) namesake = { name: nameOf(workload), account };
  }
  if (users.has(serviceAccount)) return undefined;
  if (namesake)
    return {
      message: `no workload runs under its client ${name}, and ${namesake.name} runs under service account "${namesake.account}"`,
      expected: `serviceAccountName: ${serviceAccount} in the pod template of ${namesake.name}`,
    };
  if (accounts.has(serviceAccount)) return undefined;
  const near = nearestWord(serviceAccount, [...users, ...accounts], oneSlipInName);
  return near === undefined
    ? undefined
    : {
        message: `there is no service account ${name}, which is listed as a client`,
        expected: `did you mean ${namespace}/${near}?`,
      };
}
