import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import t from 'tap';
import { stringMap } from '../../src/kubernetes/object.ts';
import { podTemplateOf } from '../../src/kubernetes/pod-template.ts';
import { foreignOwnerOf } from '../../src/workloads/generated.ts';
import { corpus, filesOfCorpus, judgeCorpus, noCorpus } from './judged-corpus.ts';

/** Findings that somebody has read beside their documents, and why each is right. */
const read: ReadonlyMap<string, string> = new Map([
  [
    'hard/yannh__kubeconform/fixtures/extra_property.yaml DaemonSet default/nginx-ds label/selector-mismatch',
    'selects k8s-app: nginx-ds; its template has no labels',
  ],
  [
    'hard/yannh__kubeconform/fixtures/extra_property.yaml DaemonSet default/nginx-ds label/selected-key-missing',
    'default has policies that open by app alone; the template has no labels',
  ],
  [
    'hard/yannh__kubeconform/fixtures/generate_name.yaml Job default/pi-* label/selected-key-missing',
    'the same; its template has no labels',
  ],
  ...[
    'cudn_test_5/pods.yaml StatefulSet default/app-default',
    'udn_and_vms_test_3/default_pods.yaml Pod default/app-1',
    'udn_bad_path_test_5/pods.yaml Pod default/webserver',
    'udn_test_3/pods.yaml Pod default/app-1',
  ].map(
    (name) =>
      [
        `np-guard__netpol-analyzer/tests/${name} label/selected-key-missing`,
        'default has policies that open by app alone; the pod has labels, and not that one',
      ] as const,
  ),
]);

t.test('every document of the corpus is judged, or named as not judged', { skip: noCorpus }, async (t) => {
  const named = new Set<string>();
  for await (const { judged, set } of judgeCorpus('file')) {
    for (const { manifest } of judged) named.add(manifest.document.file.name);
    for (const { file } of [...set.notJudged, ...set.foreign]) named.add(file);
  }
  const silent = filesOfCorpus().filter((file) => !named.has(file) && /\.(ya?ml|json)$/.test(file));
  for (const file of silent) {
    const documents = loadAll(readFileSync(join(corpus, file), 'utf8'));
    const isEmpty = documents.every(
      (value) => value === undefined || value === null || JSON.stringify(value).includes('"items":[]'),
    );
    t.ok(isEmpty, `${file} holds nothing`);
  }
  t.ok(named.size > 1000);
});

t.test('what is found about annotations and labels has been read', { skip: noCorpus }, async (t) => {
  const found: string[] = [];
  let added = 0;
  for await (const { judged } of judgeCorpus('project')) {
    for (const { judgement, manifest } of judged) {
      const { object, reference } = manifest;
      for (const { fix, pointer, rule } of judgement.findings) {
        if (rule === 'label/required-missing') {
          // The one of which there are hundreds: the label is not there, and its value is what the convention says.
          const labels = stringMap(podTemplateOf(object)?.metadata.labels);
          const edit = fix?.[0];
          t.notOk(labels['app.kubernetes.io/name'], `${reference.name} at ${pointer}`);
          // To what another controller generates nothing is added, since that would undo it.
          const value = labels['app'] ?? labels['k8s-app'] ?? reference.name;
          t.equal(
            edit && 'value' in edit ? edit.value : undefined,
            foreignOwnerOf(object) ? undefined : value,
          );
          added += 1;
        } else if (/^(label\/|mesh\/annotation-)/.test(rule)) {
          const { kind, name, namespace = '' } = reference;
          found.push(`${manifest.document.file.name} ${kind} ${namespace}/${name} ${rule}`);
        }
      }
    }
  }
  t.same(found.toSorted(), [...read.keys()].toSorted());
  t.ok(added > 300);
});
