/** A kind of database or broker, and what tells it from other workloads. */
export interface StoreKind {
  readonly name: string;
  /** The last part of the names of images that run it, or the last two, without registry, tag and digest. */
  readonly images: ReadonlySet<string>;
  /** The ports on which it takes clients; the first one is its usual port. */
  readonly ports: readonly [number, ...number[]];
  /** What its ports are called; with one of these names a port of any number is enough to know it by. */
  readonly portNames: ReadonlySet<string>;
  /** What they are called as well as others' ports: with the usual number it is enough. */
  readonly commonNames: ReadonlySet<string>;
  /** Whether a port speaks HTTP, so that Linkerd should look into it. */
  readonly speaksHttp: (port: number) => boolean;
}

const kinds: readonly StoreKind[] = [
  kind(
    'PostgreSQL',
    [
      'postgres',
      'postgresql',
      'postgresql-repmgr',
      'postgis',
      'timescaledb',
      'timescaledb-ha',
      'crunchy-postgres',
      'crunchy-postgres-gis',
      'crunchy-pgbouncer',
      'spilo',
      'pgbouncer',
      'pgpool',
    ],
    [5432, 6432],
    ['postgres', 'postgresql', 'pgsql', 'psql', 'pgbouncer'],
    { commonNames: ['pg'] },
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
    ['kafka', 'kafka-client', 'kafka-internal', 'kafka-external'],
    { commonNames: ['broker'] },
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
  kind('Elasticsearch', ['elasticsearch', 'elasticsearch-oss', 'opensearch'], [9200, 9300], [], {
    commonNames: ['elasticsearch', 'opensearch', 'es'],
    speaksHttp: (port) => port !== 9300,
  }),
  kind('Cassandra', ['cassandra', 'scylla', 'dse-server'], [9042, 9142], ['cql'], {
    commonNames: ['cassandra', 'scylla'],
  }),
  kind('NATS', ['nats', 'nats-server', 'nats-streaming'], [4222], ['nats']),
  kind('memcached', ['memcached'], [11211], ['memcached', 'memcache']),
  kind('etcd', ['etcd'], [2379], [], {
    commonNames: ['etcd', 'etcd-client', 'client'],
    speaksHttp: () => true,
  }),
  kind('ZooKeeper', ['zookeeper', 'zookeeper-exhibitor'], [2181], ['zookeeper', 'zk'], {
    commonNames: ['client'],
  }),
  kind('ClickHouse', ['clickhouse', 'clickhouse-server'], [9000, 8123, 9440, 8443], ['clickhouse'], {
    speaksHttp: (port) => port === 8123 || port === 8443,
  }),
  kind('SQL Server', ['mssql/server', 'mssql-server', 'mssql-server-linux'], [1433], ['mssql']),
  kind('CockroachDB', ['cockroach', 'cockroachdb'], [26257], ['cockroachdb']),
];

/** The kinds whose images have this name. */
export function storeKindOfImage(image: string): StoreKind | undefined {
  const name = repositoryName(image);
  const last = name.slice(name.lastIndexOf('/') + 1);
  // Zalando's image has the version in its name: spilo-17.
  return byImage.get(name) ?? byImage.get(last) ?? byImage.get(last.replace(/^spilo-\d+$/, 'spilo'));
}

/** The kind that has a port of this name, whatever its number, or this port under a name that others use as well. */
export function storeKindOfPort(port: number, name: string | undefined): StoreKind | undefined {
  if (name === undefined) return undefined;
  const own = name.replace(/^tcp-/, '');
  const found = byPort.get(port);
  return found?.commonNames.has(own) ? found : byPortName.get(own);
}

/** The kind that has its clients on this port as a rule, and of which no other well-known program is on it. */
export function storeKindOfNumber(port: number): StoreKind | undefined {
  const found = byPort.get(port);
  return found && found.ports[0] === port && !shared.has(port) ? found : undefined;
}

/** Ports of other programs as well: MinIO and others listen on 9000. */
const shared: ReadonlySet<number> = new Set([9000]);

/** The kind of a name as people write it in a label: in small letters, without spaces. */
export function storeKindOfName(name: string): StoreKind | undefined {
  return byName.get(slugOf(name));
}

/** The names that a label can give. */
export const storeNames: readonly string[] = kinds.map(({ name }) => slugOf(name));

function slugOf(name: string): string {
  return name.toLowerCase().replaceAll(' ', '');
}

function kind(
  name: string,
  images: readonly string[],
  ports: StoreKind['ports'],
  portNames: readonly string[],
  {
    commonNames = [],
    speaksHttp = () => false,
  }: { readonly commonNames?: readonly string[]; readonly speaksHttp?: StoreKind['speaksHttp'] } = {},
): StoreKind {
  return {
    name,
    images: new Set(images),
    ports,
    portNames: new Set(portNames),
    commonNames: new Set(commonNames),
    speaksHttp,
  };
}

const byImage = new Map(kinds.flatMap((entry) => [...entry.images].map((image) => [image, entry] as const)));
const byPort = new Map(kinds.flatMap((entry) => entry.ports.map((port) => [port, entry] as const)));
const byPortName = new Map(
  kinds.flatMap((entry) => [...entry.portNames].map((name) => [name, entry] as const)),
);
const byName = new Map(kinds.map((entry) => [slugOf(entry.name), entry]));

/** `registry.example:5000/team/postgres:16@sha256:…` is `team/postgres`. */
function repositoryName(image: string): string {
  const name = image.slice(image.lastIndexOf('/', image.lastIndexOf('/') - 1) + 1);
  const tagged = name.lastIndexOf('/');
  const end = name.slice(tagged + 1).search(/[:@]/);
  return end < 0 ? name : name.slice(0, tagged + 1 + end);
}
