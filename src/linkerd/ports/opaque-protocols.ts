/** A protocol that Linkerd cannot detect, or for which detection has no use. */
export interface OpaqueProtocol {
  readonly name: string;
  readonly ports: readonly number[];
  /** Whether its ports are in Linkerd's default list. */
  readonly byDefault: boolean;
  /** `linkerd`: Linkerd's docs or values say so; `advice`: experience, in threads and other people's charts. */
  readonly source: 'linkerd' | 'advice';
}

/**
 * Protocols whose ports should be opaque: if the server speaks first or the client waits, detection takes 10 seconds
 * for each connection.
 * Source: Linkerd values.yaml, docs on protocol detection; advice from issues.
 */
export const opaqueProtocols: readonly OpaqueProtocol[] = [
  { name: 'SMTP', ports: [25, 587], byDefault: true, source: 'linkerd' },
  { name: 'MySQL', ports: [3306], byDefault: true, source: 'linkerd' },
  { name: 'Galera', ports: [4444], byDefault: true, source: 'linkerd' },
  { name: 'PostgreSQL', ports: [5432], byDefault: true, source: 'linkerd' },
  { name: 'Redis', ports: [6379], byDefault: true, source: 'linkerd' },
  { name: 'Elasticsearch transport', ports: [9300], byDefault: true, source: 'linkerd' },
  { name: 'memcached', ports: [11211], byDefault: true, source: 'linkerd' },
  { name: 'NATS', ports: [4222, 6222], byDefault: false, source: 'linkerd' },
  { name: 'AMQP (RabbitMQ)', ports: [5671, 5672], byDefault: false, source: 'advice' },
  { name: 'Kafka', ports: [9092, 9093, 9094], byDefault: false, source: 'advice' },
  { name: 'MongoDB', ports: [27017, 27018, 27019], byDefault: false, source: 'advice' },
  { name: 'etcd', ports: [2379, 2380], byDefault: false, source: 'advice' },
  { name: 'Cassandra', ports: [7000, 7001, 9042], byDefault: false, source: 'advice' },
  { name: 'SQL Server', ports: [1433], byDefault: false, source: 'advice' },
  { name: 'Oracle', ports: [1521], byDefault: false, source: 'advice' },
  { name: 'LDAP', ports: [389, 636], byDefault: false, source: 'advice' },
  { name: 'SIP', ports: [5060], byDefault: false, source: 'advice' },
  { name: 'MQTT', ports: [1883, 8883], byDefault: false, source: 'advice' },
  { name: 'OpenWire (ActiveMQ)', ports: [61616], byDefault: false, source: 'advice' },
];

const byPort = new Map(
  opaqueProtocols.flatMap((protocol) => protocol.ports.map((port) => [port, protocol] as const)),
);

/**
 * Finds the protocol that usually has a port, if that port should be opaque.
 *
 * @param port A port number.
 * @returns The protocol, or undefined.
 * @example
 * opaqueProtocolOf(3306)?.name; // 'MySQL'
 */
export function opaqueProtocolOf(port: number): OpaqueProtocol | undefined {
  return byPort.get(port);
}
