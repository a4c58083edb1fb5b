import { existsSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { judgeManifests } from '../src/application/check/judge-manifests.ts';
import { defaultConventions } from '../src/conventions/default-conventions.ts';
import type { KubernetesObject } from '../src/kubernetes/object.ts';
import { groupOf } from '../src/kubernetes/object.ts';
import { serve } from '../src/main.ts';
import { loadManifests } from '../src/manifests/load-manifests.ts';
import { rules } from '../src/rules/registry.ts';

/**
 * Rules that tell the same of what exists and of what is created: for these, CI and the cluster must agree on each object.
 * One that is off at admission tells nothing there by its nature: what it misses may come a second later.
 */
const common = new Set<string>(
  rules
    .filter(
      ({ appliesTo, defaultAction, ofRunning, targetsChange }) =>
        !targetsChange &&
        !ofRunning &&
        !(typeof defaultAction === 'object' && defaultAction.admission === 'off') &&
        appliesTo.operations.includes('STATE') &&
        appliesTo.operations.includes('CREATE'),
    )
    .map(({ id }) => id),
);
const root = join(import.meta.dirname, '..');
const corpus = join(root, '../shared/corpus');

/** The rules that the server's answer names, whatever became of them. */
function rulesNamed({
  auditAnnotations = {},
}: {
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}): string[] {
  const named = Object.values(auditAnnotations).flatMap((list) => list.split(','));
  return [...new Set(named)].filter((rule) => common.has(rule)).toSorted();
}

async function compare(t: Test, folder: string): Promise<number> {
  const options = {
    folder: root,
    exclude: [],
    useGitIgnore: false,
    namespace: 'default',
    stdin: async () => Buffer.alloc(0),
  };
  const set = await loadManifests([folder], options);
  const judged = judgeManifests(set, defaultConventions(), new Date());
  const running = await serve({ manifests: [folder], address: '127.0.0.1', port: 0 });
  const ask = (object: KubernetesObject) => validate(running.url, running.authority ?? '', object);
  const differing: object[] = [];
  for (const { manifest, judgement } of judged) {
    const { object } = manifest;
    const inCi = [...new Set(judgement.findings.map(({ rule }) => rule))]
      .filter((rule) => common.has(rule))
      .toSorted();
    const answer = await ask(object);
    const inCluster = rulesNamed(answer);
    if (JSON.stringify(inCi) !== JSON.stringify(inCluster))
      differing.push({ file: manifest.document.file.name, object: manifest.reference, inCi, inCluster });
  }
  await running.close();
  t.same(
    differing.slice(0, 5),
    [],
    `${judged.length} documents of ${folder}: the same rules in CI and in the cluster`,
  );
  return judged.length;
}

function validate(
  url: string,
  ca: string,
  object: KubernetesObject,
): Promise<{ readonly auditAnnotations?: Record<string, string> }> {
  const { apiVersion, kind, metadata } = object;
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u',
      kind: { group: groupOf(apiVersion), version: apiVersion.split('/').at(-1), kind },
      operation: 'CREATE',
      name: metadata.name,
      namespace: metadata.namespace,
      userInfo: { username: 'ada' },
      object,
    },
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}/validate`,
      { method: 'POST', ca, headers: { 'content-type': 'application/json' } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')).response));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(review));
  });
}

t.test('the examples and the golden files get the same verdict from check and from the server', async (t) => {
  for (const folder of ['examples/check', 'examples/demo', 'test/golden/ok', 'test/golden/err'])
    await compare(t, folder);
});

t.test(
  'so does every document of the corpus',
  { skip: existsSync(corpus) ? false : 'the corpus is not beside the checkout' },
  async (t) => {
    t.ok((await compare(t, corpus)) > 1000, 'it was read');
  },
);
