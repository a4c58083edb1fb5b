// Asks the gate as the API server does: by the name of its Service, for the answer to a review. `node test.mjs HOST`.
import { request } from 'node:https';

const host = process.argv.at(-1);

function ask(path, body) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const outgoing = request({
    host,
    path,
    method: body ? 'POST' : 'GET',
    headers: body ? { 'content-type': 'application/json' } : {},
    timeout: 5000,
    // The authority is known to the webhook configurations only; that the name is right is checked below.
    rejectUnauthorized: false,
  });
  outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${host} in 5 s`)));
  outgoing.on('error', reject);
  outgoing.on('response', async (answer) => {
    const { subjectaltname = '' } = answer.socket.getPeerCertificate();
    resolve({ status: answer.statusCode, names: subjectaltname, text: (await answer.toArray()).join('') });
  });
  outgoing.end(body && JSON.stringify(body));
  return promise;
}

function expect(what, holds, found) {
  if (!holds) throw new Error(`${what}: found ${found}`);
  console.log(`ok: ${what}`);
}

const ready = await ask('/readyz');
expect('a replica is ready', ready.status === 200, `${ready.status} ${ready.text}`);
expect(`the certificate names ${host}`, ready.names.split(', ').includes(`DNS:${host}`), ready.names);

const uid = 'helm-test';
const review = await ask('/validate', {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid,
    kind: { group: '', version: 'v1', kind: 'Namespace' },
    resource: { group: '', version: 'v1', resource: 'namespaces' },
    name: uid,
    operation: 'CREATE',
    userInfo: { username: 'helm-test' },
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: uid } },
    dryRun: true,
  },
});
if (review.status === 401) expect('reviews are taken from the API server alone', true);
else
  expect('a review is answered', review.text.includes(`"uid":"${uid}"`), `${review.status} ${review.text}`);
