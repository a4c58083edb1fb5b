import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { annotationsOf } from '../../kubernetes/object.ts';
import { injectAnnotation, suggestValue, valueKinds } from '../../linkerd/index.ts';
import type { Remark } from '../../facts/finding.ts';
import { podPlacesOf, type PodPlaces } from '../../workloads/custom/pod-places.ts';
import { defineRule } from '../define-rule.ts';
import { askForMesh } from '../../facts/mesh/if-meshed.ts';
import { injectValueOf, meshConventionOf, meshWorkloadOf } from '../../facts/workload/mesh-workload.ts';

/**
 * A value of the inject annotation that Linkerd does not know keeps pods out of the mesh; on a namespace it keeps
 * all of them out, even those that say `enabled` themselves.
 * Source: linkerd2 pkg/inject/report.go, the namespace's value is looked at first.
 */
export const injectValue = defineRule({
  id: 'mesh/inject-value',
  title: 'The inject annotation has a value that Linkerd does not know, so pods run outside the mesh',
  appliesTo: { kinds: ['workload', 'pod-maker', 'Namespace'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  readsInventory: true,
  settledAtBirth: true,
  check: (subject, context) => {
    const { object } = subject;
    if (object.kind === 'Namespace') {
      const value = meshConventionOf(context.convention) && injectValueOf(annotationsOf(object));
      return isWrong(value) ? [wrongNamespace(value)] : [];
    }
    const places = podPlacesOf(object, context.convention?.workloads);
    if (places) return meshConventionOf(context.convention) ? wrongValuesAt(places) : [];
    const workload = meshWorkloadOf(subject, context);
    if (!workload || workload.hasProxy) return [];
    const { annotations, namespace, template } = workload;
    const pointer = template.pointer + annotationPointer;
    const [own, inherited] = [injectValueOf(annotations), injectValueOf(namespace.annotations)];
    return [
      ...(isWrong(own)
        ? [wrongTemplate(pointer, own, askForMesh(template, namespace, workload.mesh.linkerd))]
        : []),
      ...(isWrong(inherited) && own !== 'disabled'
        ? [spoiltByNamespace(pointer, inherited, namespace.name)]
        : []),
    ];
  },
});

const annotationPointer = pointerOf('metadata', 'annotations', injectAnnotation);

function isWrong(value: string | undefined): value is string {
  return value !== undefined && !valueKinds.inject.accepts(value);
}

function wrongNamespace(value: string): Remark {
  return {
    pointer: annotationPointer,
    message: `${injectAnnotation}: ${JSON.stringify(value)} keeps every pod of the namespace out of the mesh, even pods that say enabled`,
    ...remedyFor(value, annotationPointer),
  };
}

function wrongTemplate(pointer: JsonPointer, value: string, inMesh?: string): Remark {
  return {
    pointer,
    message: `its pods would run outside the mesh, Linkerd does not know ${injectAnnotation}: ${JSON.stringify(value)}`,
    ...remedyFor(value, pointer, inMesh),
  };
}

/** Where nothing but the structure says that pods are made of this, a warning is enough. */
function wrongValuesAt({ annotations: places, known }: PodPlaces): readonly Remark[] {
  return places.flatMap(({ annotations, pointer: at }) => {
    const value = injectValueOf(annotations);
    const pointer = at + pointerOf(injectAnnotation);
    return isWrong(value)
      ? [{ ...wrongTemplate(pointer, value), ...(known ? {} : { defaultAction: 'warn' as const }) }]
      : [];
  });
}

function spoiltByNamespace(pointer: JsonPointer, value: string, namespace: string): Remark {
  return {
    pointer,
    message: `its pods would run outside the mesh whatever they say, Linkerd does not know its namespace's ${injectAnnotation}: ${JSON.stringify(value)}`,
    expected: `${expectedFor(value)} on Namespace "${namespace}"`,
  };
}

/** A word that means yes is put right; one that means no would be an opt-out, which is for somebody to decide. */
function remedyFor(
  value: string,
  pointer: JsonPointer,
  inMesh?: string,
): Pick<Remark, 'found' | 'expected' | 'fix'> {
  const meant = suggestValue('inject', value);
  return {
    found: `${injectAnnotation}: ${JSON.stringify(value)}`,
    expected: expectedFor(value, inMesh),
    ...(meant === undefined || meant === 'disabled' ? {} : { fix: [{ pointer, value: meant }] }),
  };
}

/** What passes the rules that come next: no is an opt-out, and a Job may need more than a yes. */
function expectedFor(value: string, inMesh = `${injectAnnotation}: enabled`): string {
  const meant = suggestValue('inject', value);
  if (meant === 'disabled') return `${inMesh}, or disabled with a waiver for mesh/opt-out`;
  if (meant === undefined) return `${inMesh} (or ingress)`;
  return meant === 'enabled' ? inMesh : `${injectAnnotation}: ${meant}`;
}
