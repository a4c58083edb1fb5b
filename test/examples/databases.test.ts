import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { runCheck } from '../support/check-command.ts';

const folder = join(import.meta.dirname, '../../examples/databases');

interface Told {
  readonly rule: string;
  readonly message: string;
  readonly witness?: string;
}

/** What `tollgate check` says of a file or folder of the examples. */
async function check(
  name: string,
): Promise<{ readonly exitCode: number; readonly findings: readonly Told[] }> {
  const { exitCode, text } = await runCheck(folder, [name, '-o', 'json', '--fail-on', 'warn']);
  const { findings } = JSON.parse(text) as { readonly findings: readonly Told[] };
  return { exitCode, findings };
}

t.test('the good set is met with silence', async (t) => {
  t.same(await check('good'), { exitCode: 0, findings: [] });
});

/** By broken file: the one thing that is said of it. */
const expected: Readonly<Record<string, Told>> = {
  'data-authorization': {
    rule: 'data/authorization',
    message: 'StatefulSet "data/kafka": every meshed pod that reaches port 4143 may use Kafka on port 9092',
    witness: 'no Server selects port 9092, so the default inbound policy all-unauthenticated decides',
  },
  'data-client-blocked': {
    rule: 'data/client-blocked',
    message:
      'StatefulSet "data/rabbitmq": its members (StatefulSet "data/rabbitmq") cannot connect to RabbitMQ on ports 4369 and 25672',
    witness:
      'both are meshed and connect on port 4143; the ingress of the store is denied: the end of tier "default" denies',
  },
  'data-opaque': {
    rule: 'data/opaque',
    message:
      'StatefulSet "data/mongodb": MongoDB on port 27017 is not opaque, so Linkerd looks for HTTP in each connection, for up to 10 seconds',
  },
  'data-open': {
    rule: 'data/open',
    message: 'StatefulSet "data/mongodb": MongoDB on port 27017 is open to pods that nobody invited',
    witness:
      'a pod {} of namespace "shop" under another service account gets in: NetworkPolicy "data/mongodb" (tier "default") allows by its ingress rule 1',
  },
  'data-unencrypted': {
    rule: 'data/unencrypted',
    message:
      'StatefulSet "data/postgresql": PostgreSQL on port 5432 takes connections that Linkerd does not encrypt',
    witness:
      'NetworkPolicy "data/postgresql" opens port 5432 by its ingress rule 3 to namespace "kube-system", which is outside the mesh',
  },
  'mesh-control-plane-blocked': {
    rule: 'mesh/control-plane-blocked',
    message:
      'Deployment "shop/checkout": its proxy cannot reach kube-dns (UDP and TCP 53), Linkerd\'s identity controller (8080) and Linkerd\'s destination controller (8086 and 8090)',
    witness:
      'the end of tier "default" denies; without UDP and TCP 53: the proxy cannot find the control plane, so the pod never gets ready; without 8080: the proxy gets no certificate, so its startup probe fails and the pod stays in Init; without 8086: the pod gets ready, but its proxy finds no endpoint of any Service; without 8090: the pod gets ready, but no Server and no AuthorizationPolicy is enforced on it',
  },
  'mesh-dead-port-rule': {
    rule: 'mesh/dead-port-rule',
    message:
      'NetworkPolicy "data/postgresql": its ingress rule 2 has no effect, meshed workloads connect on port 4143 and not on port 5432',
    witness:
      'Deployment "shop/checkout" and StatefulSet "data/postgresql" are meshed, their proxies use port 4143 since Linkerd 2.18, and another rule opens that for them',
  },
  'mesh-port-4143-needs-authorization': {
    rule: 'mesh/port-4143-needs-authorization',
    message:
      'Deployment "data/reports": whoever its gate lets to port 4143 may use every port of its pods, and no Server restricts 8080 and 8081',
    witness:
      "meshed clients connect on port 4143 whatever port they ask for, so a network policy can't tell 8080 and 8081 from any other",
  },
  'mesh-proxy-port-blocked': {
    rule: 'mesh/proxy-port-blocked',
    message:
      'NetworkPolicy "data/postgresql": its ingress rule 1 lets Deployment "shop/checkout" connect to port 5432 of StatefulSet "data/postgresql", but both are meshed and connect on port 4143, which is denied',
    witness: 'the end of tier "default" denies',
  },
};

/** By broken file of what operators run: the one thing that is said of it. */
const expectedOfOperators: Readonly<Record<string, Told>> = {
  'kafka-annotation-on-the-kafka': {
    rule: 'mesh/inject-misplaced',
    message: 'Kafka "data/events": linkerd.io/inject on the Kafka itself reaches none of its pods',
  },
  'kafka-opaque-by-name': {
    rule: 'mesh/annotation-value',
    message:
      'KafkaNodePool "data/brokers": config.linkerd.io/opaque-ports: "kafka" makes the policy controller drop the whole list, because of "kafka"',
  },
  'mongodb-arbiter-opted-out': {
    rule: 'mesh/opt-out',
    message:
      'PerconaServerMongoDB "data/catalog": the pods made of it would run outside the mesh, /spec/replsets/0/arbiter/annotations says linkerd.io/inject: disabled',
  },
  'mongodb-inject-true': {
    rule: 'mesh/inject-value',
    message:
      'PerconaServerMongoDB "data/catalog": its pods would run outside the mesh, Linkerd does not know linkerd.io/inject: "true"',
  },
  'postgresql-annotation-on-the-cluster': {
    rule: 'mesh/inject-misplaced',
    message: 'Cluster "data/ledger": linkerd.io/inject on the Cluster itself reaches none of its pods',
  },
  'postgresql-opted-out': {
    rule: 'mesh/opt-out',
    message:
      'Cluster "data/ledger": the pods made of it would run outside the mesh, /spec/inheritedMetadata/annotations says linkerd.io/inject: disabled',
  },
  'rabbitmq-annotation-on-the-cluster': {
    rule: 'mesh/inject-misplaced',
    message:
      'RabbitmqCluster "data/orders": linkerd.io/inject on the RabbitmqCluster itself reaches none of its pods',
  },
  'rabbitmq-host-network': {
    rule: 'gate/host-network',
    message:
      'RabbitmqCluster "data/orders": its pods use the network of their node, where no policy of the namespace reaches them',
  },
};

t.test('what operators run is met with silence where it is right', async (t) => {
  t.same(await check('operators/good'), { exitCode: 0, findings: [] });
});

for (const [path, all] of [
  ['broken', expected],
  ['operators/broken', expectedOfOperators],
] as const) {
  t.test(`each variant of ${path} is told of its one fault`, async (t) => {
    const files = readdirSync(join(folder, path)).map((file) => basename(file, '.yaml'));
    t.same(files.toSorted(), Object.keys(all).toSorted());
    for (const [file, told] of Object.entries(all)) {
      const { findings } = await check(`${path}/${file}.yaml`);
      t.same(
        findings.map(({ message, rule, witness }) => ({ rule, message, ...(witness ? { witness } : {}) })),
        [told],
        file,
      );
      const [head = ''] = readFileSync(join(folder, `${path}/${file}.yaml`), 'utf8').split('\n');
      t.ok(head.startsWith(`# ${told.rule}: `), `${file} says what is wrong`);
    }
  });
}

t.test('the page shows what the examples are', async (t) => {
  const page = readFileSync(join(folder, '../../docs/databases.md'), 'utf8');
  const shown = [...page.matchAll(/<!-- file: (\S+) -->\n\n```yaml\n([\s\S]*?)```/g)];
  t.equal(shown.length, 4, 'one for each store');
  for (const [, file = '', text] of shown)
    t.equal(text, readFileSync(join(folder, '../..', file), 'utf8'), file);
  for (const [, at = ''] of page.matchAll(/(examples\/databases\/[\w./-]+)/g))
    t.ok(existsSync(join(folder, '../..', at)), at);
});
