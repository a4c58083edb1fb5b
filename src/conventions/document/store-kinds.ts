/** A kind of database or broker, and what tells it from other workloads. */
export interface StoreKind {
  readonly name: string;
  /** The last part of the names of images that run it, without registry, tag and digest. */
  readonly images: ReadonlySet<string>;
  /** The ports on which it takes clients; the first one is its usual port. */
  readonly ports: readonly [number, ...number[]];
  /** What its ports are called; with one of these names a port of its own is enough to know it by. */
  readonly portNames: ReadonlySet<string>;
  /** Whether a port speaks HTTP, so that Linkerd should look into it. */
  readonly speaksHttp: (port: number) => boolean;
}

const kinds: readonly StoreKind[] = [
  kind(
    'PostgreSQL',
    ['postgres', 'postgresql', 'postgresql-repmgr', 'postgis', 'timescaledb', 'timescaledb-ha'],
    [5432],
    ['postgres', 'postgresql', 'pg', 'pgsql', 'psql'],
  ),
  kind(
    'MongoDB',
    ['mongo', 'mongodb', 'mongodb-community-server', 'mongodb-enterprise-server', 'percona-server-mongodb'],
    [27017, 27018, 27019],
    ['mongo', 'mongodb'],
  ),
  kind(
    'Kafka',
    ['kafka', 'kafka-native', 'cp-kafka', 'cp-server', 'redpanda'],
    [9092, 9093, 9094],
    ['kafka', 'kafka-client', 'kafka-internal', 'kafka-external', 'broker'],
  ),
  kind('RabbitMQ', ['rabbitmq'], [5672, 5671], ['amqp', 'amqps', 'rabbitmq']),
  kind(
    'MySQL',
    [
      'mysql',
      'mysql-server',
      'mariadb',
      'mariadb-galera',
      'percona',
      'percona-server',
      'percona-xtradb-cluster',
    ],
    [3306],
    ['mysql', 'mariadb'],
  ),
  kind(
    'Redis',
    ['redis', 'redis-cluster', 'redis-stack', 'redis-stack-server', 'valkey', 'valkey-cluster', 'keydb'],
    [6379],
    ['redis', 'valkey'],
  ),
  kind(
    'Elasticsearch',
    ['elasticsearch', 'elasticsearch-oss', 'opensearch'],
    [9200, 9300],
    ['elasticsearch', 'opensearch', 'es'],
    (port) => port !== 9300,
  ),
  kind('Cassandra', ['cassandra', 'scylla', 'dse-server'], [9042, 9142], ['cassandra', 'cql', 'scylla']),
  kind('NATS', ['nats', 'nats-server', 'nats-streaming'], [4222], ['nats']),
];

/** The kinds whose images have this name. */
export function storeKindOfImage(image: string): StoreKind | undefined {
  return byImage.get(repositoryName(image));
}

/** The kind that has this port under this name. */
export function storeKindOfPort(port: number, name: string | undefined): StoreKind | undefined {
  const found = byPort.get(port);
  return found && name !== undefined && found.portNames.has(name.replace(/^tcp-/, '')) ? found : undefined;
}

/** The kind of a name as people write it in a label: in small letters. */
export function storeKindOfName(name: string): StoreKind | undefined {
  return byName.get(name.toLowerCase());
}

/** The names that a label can give. */
export const storeNames: readonly string[] = kinds.map(({ name }) => name.toLowerCase());

function kind(
  name: string,
  images: readonly string[],
  ports: StoreKind['ports'],
  portNames: readonly string[],
  speaksHttp: StoreKind['speaksHttp'] = () => false,
): StoreKind {
  return { name, images: new Set(images), ports, portNames: new Set(portNames), speaksHttp };
}

const byImage = new Map(kinds.flatMap((entry) => [...entry.images].map((image) => [image, entry] as const)));
const byPort = new Map(kinds.flatMap((entry) => entry.ports.map((port) => [port, entry] as const)));
const byName = new Map(kinds.map((entry) => [entry.name.toLowerCase(), entry]));

/** `registry.example:5000/team/postgres:16@sha256:…` is a `postgres`. */
function repositoryName(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  const end = name.search(/[:@]/);
  return end < 0 ? name : name.slice(0, end);
}
