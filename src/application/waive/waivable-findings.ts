import { is } from 'valibot';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import { isPlainName } from '../../conventions/document/name-glob.ts';
import { nameGlob } from '../../conventions/document/schema/field-types.ts';
import type { WaiverTerms } from '../../conventions/convention/convention.ts';
import { mayWaive } from '../../conventions/waiver/waiver-validity.ts';
import type { Pinnable } from '../../conventions/waiver/pin.ts';
import type { JudgedFinding } from '../../engine/judgement.ts';
import { pinnableOf } from '../../facts/waiver/pinnable.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { isClusterScoped } from '../../kinds.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import { type KubernetesObject, labelsOf } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import type { JudgedManifest } from '../check/judge-manifests.ts';

/** A finding that a waiver is to be written for. */
export interface WaivableFinding {
  readonly finding: JudgedFinding;
  readonly object: KubernetesObject;
  /** The namespace that suffers, else the object's own; none for what lives outside namespaces. */
  readonly namespace?: string;
  /** Who answers for it; undefined where nothing says so. */
  readonly owner?: string;
  readonly pinnable: Pinnable;
  /** What the convention of the namespace lets waivers do. */
  readonly terms?: WaiverTerms;
}

/** Which findings are to be waived, and who answers for them. */
export interface Wanted {
  readonly isWanted: (finding: JudgedFinding) => boolean;
  readonly owner?: string;
  /** A label of the object, of its pods or of its namespace that names the owner. */
  readonly ownerLabel?: string;
}

/** The findings of a run that are wanted and not waived yet; those that nothing may waive apart. */
export function waivableFindings(
  judged: readonly JudgedManifest[],
  wanted: Wanted,
  { conventions, inventory }: { readonly conventions: ConventionSet; readonly inventory: Inventory },
): { readonly waivable: readonly WaivableFinding[]; readonly refused: readonly WaivableFinding[] } {
  const found = judged.flatMap(({ judgement, manifest: { object } }) =>
    judgement.findings
      .filter((finding) => !finding.waiver && wanted.isWanted(finding))
      .map((finding): WaivableFinding => {
        const namespace = finding.namespace ?? homeOf(object);
        const owner = ownerOf(object, namespace, wanted, inventory);
        const terms =
          namespace === undefined
            ? conventions.clusterWide()?.waivers
            : conventions.governing(namespaceIdentity(namespace, inventory.namespace(namespace)))?.waivers;
        return {
          finding,
          object,
          pinnable: pinnableOf(finding, object),
          ...(namespace === undefined ? {} : { namespace }),
          ...(owner === undefined ? {} : { owner }),
          ...(terms ? { terms } : {}),
        };
      }),
  );
  const isRefused = ({ finding: { rule }, object, terms }: WaivableFinding) =>
    !isListable(object) ||
    (terms !== undefined && !mayWaive({ ...anyStatement, rules: [rule] }, rule, terms));
  return { waivable: found.filter((one) => !isRefused(one)), refused: found.filter(isRefused) };
}

/** Whether a waiver can name an object: files may hold names that no API server takes. */
function isListable({ metadata: { name } }: KubernetesObject): boolean {
  return is(nameGlob, name) && isPlainName(name);
}

const anyStatement = { name: '', owner: '', reason: '', until: '' } as const;

function homeOf({ kind, metadata }: KubernetesObject): string | undefined {
  if (kind === 'Namespace') return metadata.name;
  return isClusterScoped(kind) ? undefined : metadata.namespace;
}

/** What is nearest to the finding says whose it is. */
function ownerOf(
  object: KubernetesObject,
  namespace: string | undefined,
  { owner, ownerLabel }: Wanted,
  inventory: Inventory,
): string | undefined {
  if (ownerLabel === undefined) return owner;
  const home = namespace === undefined ? undefined : inventory.namespace(namespace);
  const places = [labelsOf(object), podTemplateOf(object)?.labels ?? {}, home ? labelsOf(home) : {}];
  const named = places.find((labels) => Object.hasOwn(labels, ownerLabel))?.[ownerLabel];
  return named === undefined || named === '' ? owner : named;
}
