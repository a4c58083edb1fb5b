import { readFileSync } from 'node:fs';
import { applyPatch } from '../../src/admission/apply-patch.ts';
import { answerMutate } from '../../src/admission/review.ts';
import { defaultConventions } from '../../src/conventions/default-conventions.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { readAdmissionReview } from '../../src/kubernetes/admission-review.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import type { Window } from './load.ts';

/**
 * What an API server sends for so many different Deployments: the recorded reviews with names, labels and images of
 * their own, each as it comes to the mutating webhook and, with its patch applied, to the validating one.
 */
export function deploymentReviews(count: number, shop: KubernetesObject): Window['bodies'] {
  const [mutate, validate] = ['mutate', 'validate'].map((webhook) =>
    readFileSync(`examples/reviews/deployment-create-${webhook}.json`, 'utf8'),
  );
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, [shop]);
  const conventions = defaultConventions();
  return Array.from({ length: count }, (_, index) => {
    const named = (text = '') => JSON.parse(text.replaceAll('"web"', `"web-${index}"`)) as Review;
    const before = named(mutate);
    const request = readAdmissionReview(before);
    if ('problem' in request) throw new Error(request.problem);
    const { patch } = answerMutate(request, inventory, conventions, new Date());
    if (patch.length === 0) throw new Error('nothing was added to the Deployment');
    const after = named(validate);
    after.request.object = applyPatch(after.request.object, patch);
    return [
      { path: '/mutate', body: JSON.stringify(before) },
      { path: '/validate', body: JSON.stringify(after) },
    ];
  }).flat();
}

interface Review {
  readonly request: { object: KubernetesObject };
}
