import { load } from 'js-yaml';
import { defaultConvention } from '../../src/conventions/convention/default-convention.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { worldOf } from '../cluster/world.ts';
import { manyDocuments } from '../many-documents.ts';

/** A cluster with everything in `shop` that a review of an object in it may look at. */
export function clusterOf(namespaces: number): readonly KubernetesObject[] {
  const inShop = (apiVersion: string, kind: string, name: string, spec: object, more: object = {}) => ({
    apiVersion,
    kind,
    metadata: { name, namespace: 'shop', ...more },
    spec,
  });
  return [
    ...worldOf(namespaces, namespaces <= 1000),
    ...['a', 'b', 'c'].flatMap((name) => [
      inShop('v1', 'Service', name, { selector: {}, ports: [{ port: 80, targetPort: 8080 }] }),
      inShop('policy.linkerd.io/v1beta3', 'Server', name, { podSelector: {}, port: 8080 }),
    ]),
    inShop('projectcalico.org/v3', 'NetworkPolicy', 'partners', {
      selector: 'app == "web"',
      types: ['Ingress'],
      ingress: [{ action: 'Allow', source: { selector: 'role == "partner"', namespaceSelector: 'all()' } }],
    }),
    inShop('projectcalico.org/v3', 'NetworkPolicy', 'dns', {
      selector: 'all()',
      types: ['Egress'],
      egress: [{ action: 'Allow', protocol: 'UDP', destination: { ports: [53] } }],
    }),
  ];
}

/** The usual convention, with waivers by annotation and 1,000 of their own, labels that are asked for, and stores. */
export function documents(): readonly object[] {
  const usual = load(defaultConvention) as { readonly spec: object };
  const [, ...others] = manyDocuments(500);
  const convention = {
    ...usual,
    spec: {
      ...usual.spec,
      labels: [
        { key: 'app.kubernetes.io/name', value: { firstOf: [{ podLabel: 'app' }, { workloadName: {} }] } },
        { key: 'team', value: { namespaceLabel: 'team' }, required: true },
        { key: 'example.com/stage', required: true, allowed: ['test', 'production'] },
      ],
      waivers: { byAnnotation: true },
    },
  };
  return [convention, ...others];
}
