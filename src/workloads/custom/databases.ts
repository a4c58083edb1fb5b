import type { CustomWorkload } from './custom-workload.ts';

const elasticKinds = ['daemonSet', 'deployment', 'statefulSet'] as const;
const instance = { 'app.kubernetes.io/instance': '{name}' } as const;

/** Databases and brokers that are run by operators. */
export const databases: readonly CustomWorkload[] = [
  {
    group: 'postgresql.cnpg.io',
    kind: 'Cluster',
    annotations: ['/spec/inheritedMetadata/annotations'],
    ownAnnotations: 'stay',
    labels: { 'cnpg.io/cluster': '{name}' },
    accounts: ['{name}'],
    source: 'cloudnative-pg pkg/specs/pods.go, internal/controller/cluster_create.go',
  },
  {
    group: 'postgresql.cnpg.io',
    kind: 'Pooler',
    annotations: ['/spec/template/metadata/annotations'],
    hostNetwork: ['/spec/template/spec/hostNetwork'],
    labels: { 'cnpg.io/poolerName': '{name}' },
    accounts: ['{name}'],
    source: 'cloudnative-pg pkg/specs/pgbouncer/deployments.go',
  },
  {
    group: 'acid.zalan.do',
    kind: 'postgresql',
    annotations: ['/spec/podAnnotations'],
    labels: { 'cluster-name': '{name}' },
    accounts: ['postgres-pod'],
    comparesAnnotations: true,
    source: 'postgres-operator pkg/cluster/cluster.go (compareStatefulSetWith), pkg/cluster/k8sres.go',
  },
  {
    group: 'postgres-operator.crunchydata.com',
    kind: 'PostgresCluster',
    annotations: [
      '/spec/metadata/annotations',
      '/spec/instances/*/metadata/annotations',
      '/spec/backups/pgbackrest/metadata/annotations',
      '/spec/proxy/pgBouncer/metadata/annotations',
    ],
    ownAnnotations: 'stay',
    labels: { 'postgres-operator.crunchydata.com/cluster': '{name}' },
    accounts: ['{name}-instance', '{name}-pgbackrest'],
    source:
      'postgres-operator (Crunchy) internal/naming/names.go (ClusterInstanceRBAC, PGBackRestRBAC), internal/controller/postgrescluster/instance.go',
  },
  {
    group: 'pgv2.percona.com',
    kind: 'PerconaPGCluster',
    annotations: [
      '/spec/metadata/annotations',
      '/spec/instances/*/metadata/annotations',
      '/spec/backups/pgbackrest/metadata/annotations',
      '/spec/proxy/pgBouncer/metadata/annotations',
    ],
    ownAnnotations: 'stay',
    labels: { 'postgres-operator.crunchydata.com/cluster': '{name}' },
    accounts: ['{name}-instance', '{name}-pgbackrest'],
    source:
      'percona-postgresql-operator pkg/apis/pgv2.percona.com/v2/perconapgcluster_types.go (ToCrunchy), internal/controller/postgrescluster/instance.go',
  },
  {
    group: 'psmdb.percona.com',
    kind: 'PerconaServerMongoDB',
    annotations: [
      ...['/spec/replsets/*', '/spec/sharding/configsvrReplSet'].flatMap((set) =>
        ['', '/arbiter', '/nonvoting', '/hidden', '/search'].map((part) => `${set}${part}/annotations`),
      ),
      '/spec/sharding/mongos/annotations',
      '/spec/backup/annotations',
      '/spec/search/annotations',
    ],
    ownAnnotations: 'stay',
    labels: instance,
    source:
      'percona-server-mongodb-operator pkg/apis/psmdb/v1/psmdb_types.go (MultiAZ, ReplsetSpec, SearchSpec), pkg/psmdb/statefulset.go, mongos.go, backup/job.go (BackupCronJob), vectorsearch/statefulset.go, pkg/naming/labels.go',
  },
  {
    group: 'pxc.percona.com',
    kind: 'PerconaXtraDBCluster',
    annotations: [
      '/spec/pxc/annotations',
      '/spec/haproxy/annotations',
      '/spec/proxysql/annotations',
      // Backups, and what collects binary logs between them.
      '/spec/backup/storages/*/annotations',
    ],
    ownAnnotations: 'stay',
    labels: instance,
    source:
      'percona-xtradb-cluster-operator pkg/apis/pxc/v1/pxc_types.go (PodSpec, BackupStorageSpec), pkg/pxc/statefulset.go (StatefulSet), backup/job.go, app/binlogcollector/binlog-collector.go, pkg/naming/labels.go',
  },
  {
    group: 'mongodbcommunity.mongodb.com',
    kind: 'MongoDBCommunity',
    annotations: ['/spec/statefulSet/spec/template/metadata/annotations'],
    hostNetwork: ['/spec/statefulSet/spec/template/spec/hostNetwork'],
    // Those of `spec.statefulSet.metadata` are the StatefulSet's.
    ownAnnotations: 'stay',
    labels: { app: '{name}-svc' },
    accounts: ['mongodb-database', 'mongodb-kubernetes-appdb'],
    source:
      'mongodb-kubernetes mongodb-community-operator/api/v1/mongodbcommunity_types.go (StatefulSetConfiguration, ServiceName), controllers/construct/mongodbstatefulset.go, controllers/replica_set_controller.go (buildStatefulSetModificationFunction)',
  },
  {
    group: 'rabbitmq.com',
    kind: 'RabbitmqCluster',
    annotations: ['/spec/override/statefulSet/spec/template/metadata/annotations'],
    hostNetwork: ['/spec/override/statefulSet/spec/template/spec/hostNetwork'],
    ownAnnotations: 'stay',
    labels: { 'app.kubernetes.io/name': '{name}' },
    accounts: ['{name}-server'],
    source:
      'cluster-operator internal/resource/statefulset.go (podTemplateSpec), internal/resource/service_account.go, internal/metadata/label.go',
  },
  {
    group: 'kafka.strimzi.io',
    kind: 'Kafka',
    annotations: ['kafka', 'zookeeper', 'entityOperator', 'cruiseControl', 'kafkaExporter'].map(
      (part) => `/spec/${part}/template/pod/metadata/annotations`,
    ),
    ownAnnotations: 'stay',
    labels: { 'strimzi.io/cluster': '{name}' },
    accounts: ['kafka', 'zookeeper', 'entity-operator', 'cruise-control', 'kafka-exporter'].map(
      (part) => `{name}-${part}`,
    ),
    source:
      'strimzi-kafka-operator api KafkaResources, CruiseControlResources, KafkaExporterResources; cluster-operator model/WorkloadUtils.java, model/TemplateUtils.java',
  },
  ...(
    [
      ['KafkaNodePool', []],
      ['KafkaConnect', ['{name}-connect', '{name}-connect-build']],
      ['KafkaMirrorMaker2', ['{name}-mirrormaker2']],
      ['KafkaBridge', ['{name}-bridge']],
    ] as const
  ).map(
    ([kind, accounts]): CustomWorkload => ({
      group: 'kafka.strimzi.io',
      kind,
      annotations: [
        '/spec/template/pod/metadata/annotations',
        ...(kind === 'KafkaConnect' ? ['/spec/template/buildPod/metadata/annotations'] : []),
      ],
      ownAnnotations: 'stay',
      labels:
        kind === 'KafkaNodePool' ? { 'strimzi.io/pool-name': '{name}' } : { 'strimzi.io/cluster': '{name}' },
      accounts,
      source:
        'strimzi-kafka-operator api *Resources, KafkaConnectTemplate; cluster-operator model/WorkloadUtils.java',
    }),
  ),
  {
    group: 'k8ssandra.io',
    kind: 'K8ssandraCluster',
    annotations: [
      '/spec/cassandra/metadata/pods/annotations',
      '/spec/cassandra/metadata/commonAnnotations',
      '/spec/cassandra/datacenters/*/metadata/pods/annotations',
      '/spec/cassandra/datacenters/*/metadata/commonAnnotations',
    ],
    hostNetwork: [
      '/spec/cassandra/networking/hostNetwork',
      '/spec/cassandra/datacenters/*/networking/hostNetwork',
    ],
    source:
      'k8ssandra-operator pkg/meta/meta.go (CassandraClusterMeta), pkg/cassandra/datacenter.go, apis/k8ssandra/v1alpha1/k8ssandracluster_types.go',
  },
  {
    group: 'cassandra.datastax.com',
    kind: 'CassandraDatacenter',
    annotations: ['/spec/podTemplateSpec/metadata/annotations', '/spec/additionalAnnotations'],
    hostNetwork: ['/spec/podTemplateSpec/spec/hostNetwork', '/spec/networking/hostNetwork'],
    labels: { 'cassandra.datastax.com/datacenter': '{name}' },
    source:
      'cass-operator apis/cassandra/v1beta1/cassandradatacenter_types.go, pkg/reconciliation/construct_podtemplatespec.go (AddOperatorAnnotations)',
  },
  // Agents and Beats of Elastic: which of the three kinds runs them is said by the one that is there.
  ...(['Agent', 'Beat'] as const).map(
    (kind): CustomWorkload => ({
      group: `${kind.toLowerCase()}.k8s.elastic.co`,
      kind,
      annotations: elasticKinds.map((part) => `/spec/${part}/podTemplate/metadata/annotations`),
      hostNetwork: elasticKinds.map((part) => `/spec/${part}/podTemplate/spec/hostNetwork`),
      source: `cloud-on-k8s pkg/apis/${kind.toLowerCase()} (${kind}Spec)`,
    }),
  ),
  ...(['Elasticsearch', 'Kibana', 'Logstash'] as const).map(
    (kind): CustomWorkload => ({
      group: `${kind.toLowerCase()}.k8s.elastic.co`,
      kind,
      annotations:
        kind === 'Elasticsearch'
          ? ['/spec/nodeSets/*/podTemplate/metadata/annotations']
          : ['/spec/podTemplate/metadata/annotations'],
      hostNetwork:
        kind === 'Elasticsearch'
          ? ['/spec/nodeSets/*/podTemplate/spec/hostNetwork']
          : ['/spec/podTemplate/spec/hostNetwork'],
      labels: {
        [`${kind.toLowerCase()}.k8s.elastic.co/${kind === 'Elasticsearch' ? 'cluster-name' : 'name'}`]:
          '{name}',
      },
      source:
        'cloud-on-k8s pkg/apis, pkg/controller/elasticsearch/nodespec/podspec.go (BuildPodTemplateSpec), pkg/controller/common/defaults/pod_template.go',
    }),
  ),
  ...(
    [
      ['Redis', ['']],
      ['RedisReplication', ['']],
      ['RedisCluster', ['-leader', '-follower']],
      ['RedisSentinel', ['-sentinel']],
    ] as const
  ).map(
    ([kind, ends]): CustomWorkload => ({
      group: 'redis.redis.opstreelabs.in',
      kind,
      annotations: ['/metadata/annotations'],
      ...(kind === 'RedisCluster' ? { hostNetwork: ['/spec/hostNetwork'] } : {}),
      labels: { app: ends.map((end) => `{name}${end}`) },
      source:
        'redis-operator (OT-CONTAINER-KIT) internal/k8sutils/labels.go (getRedisLabels, generateStatefulSetsAnots), redis-cluster.go, redis-sentinel.go',
    }),
  ),
];
