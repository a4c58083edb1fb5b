import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { chartFolder } from './chart.ts';
import type { RenderOptions } from './rendered.ts';
import { rendered } from './rendered.ts';

/**
 * `helm upgrade --reuse-values` takes all values of the release, defaults included, and none of the new chart: values that
 * are new are not there. It is rendered here with the values of the first version instead of the chart's own.
 */
const chart = join(mkdtempSync(join(tmpdir(), 'reused-')), 'tollgate');
cpSync(chartFolder, chart, { recursive: true });
cpSync(join(import.meta.dirname, '../chart/values-of-before.yaml'), join(chart, 'values.yaml'));

interface PodSpec {
  readonly securityContext?: object;
  readonly containers: readonly { readonly securityContext?: object }[];
}
const podsOf = (values: object, options: RenderOptions) => {
  const { the } = rendered(values, options);
  const { template } = the('Deployment').spec as { readonly template: { readonly spec: PodSpec } };
  return [template.spec, the('Pod').spec as PodSpec].map(({ securityContext, containers }) => ({
    pod: securityContext,
    container: containers[0]?.securityContext,
  }));
};
const configurations = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'];
const enforcer = 'admissions.enforcer/disabled';

for (const helm of ['helm', 'helm3'] as const) {
  const reused: RenderOptions = { helm, chart };

  t.test(`values of before leave nothing unprotected, with ${helm}`, async (t) => {
    t.same(podsOf({}, reused), podsOf({}, { helm }), 'the security contexts are those of the defaults');
    const { the } = rendered({}, reused);
    for (const kind of configurations) {
      const present = rendered({}, { helm }).the(kind);
      t.equal(the(kind).metadata.annotations?.[enforcer], 'true', kind);
      t.same(
        (the(kind)['webhooks'] as readonly { name: string }[]).map(({ name }) => name),
        (present['webhooks'] as readonly { name: string }[]).map(({ name }) => name),
        `every webhook of ${kind}`,
      );
    }
  });

  t.test(`every part can be switched on with values of before, with ${helm}`, async (t) => {
    for (const values of [
      { stage: 'observe' },
      { replicas: 1 },
      { hostNetwork: { enabled: true } },
      { defaultDeny: { enabled: true } },
      { tls: { source: 'certManager' } },
      { networkPolicy: { kind: 'calico' } },
      { metrics: { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } } },
      { metrics: { dashboard: { enabled: true } } },
    ]) {
      const { code, stderr } = rendered(values, reused);
      t.equal(code, 0, `${JSON.stringify(values)} ${stderr}`);
    }
  });

  t.test(`what is taken away on purpose stays away, with ${helm}`, async (t) => {
    const values = {
      podSecurityContext: { runAsUser: null, runAsGroup: null },
      webhooks: { annotations: { [enforcer]: null } },
    };
    const options = { helm };
    t.same(podsOf(values, options)[0]?.pod, {
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const kind of configurations)
      t.notOk(Object.hasOwn(rendered(values, options).the(kind).metadata.annotations ?? {}, enforcer), kind);
  });
}
