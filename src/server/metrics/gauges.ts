import { getHeapStatistics } from 'node:v8';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { RuleField } from '../../kubernetes/direction.ts';

/** What is asked for each time the metrics are read. */
export interface MetricsSources {
  readonly version: string;
  readonly ready: () => boolean;
  /** When the first certificate of the served chain ends. */
  readonly certificateEnd: () => Date;
  readonly now: () => Date;
  readonly inFlight: () => number;
  /** Connections that were closed, or not taken, because there was no room for them. */
  readonly closedForRoom: () => number;
  readonly gaps: () => number;
  /** Times are milliseconds since 1970. */
  readonly resources: () => readonly ResourceFreshness[];
  /** How many governed namespaces are covered in which way, counted by the audit. */
  readonly namespaces: () => readonly NamespaceCount[];
  /** What the audit has found; nothing where another replica audits. */
  readonly auditFindings: () => readonly AuditFindingCount[];
  /** The same by namespace, of a bounded number of namespaces and rules; nothing where another replica audits. */
  readonly namespaceFindings?: () => readonly NamespaceFindingCount[];
  /** The same by the convention that governs the namespace; nothing where another replica audits. */
  readonly conventionFindings?: () => readonly ConventionFindingCount[];
  /** How long ago each part of the audit was last finished; nothing where another replica audits. */
  readonly auditAges: () => readonly AuditAge[];
  /** Pods that the audit last judged; undefined where it has judged none yet, or another replica audits. */
  readonly auditedPods: () => number | undefined;
  /** What the verdicts are used for. */
  readonly stage?: string;
  /** What is known of the webhook configurations by which this replica is asked; nothing where it follows none. */
  readonly configurations?: () => readonly ConfigurationStatus[];
  readonly conventions: () => readonly ConventionInForce[];
  /** Documents that are not in force as they are written, or are gone without a confirmation. */
  readonly conventionProblems: () => number;
}

/** One webhook configuration of our own, as it stands in the cluster. */
export interface ConfigurationStatus {
  readonly kind: 'validating' | 'mutating';
  /** It exists. */
  readonly present: boolean;
  /** Its `caBundle` trusts what is served. */
  readonly trusted: boolean;
  /** Its webhooks are as the chart wrote them; undefined where that is not known. */
  readonly unchanged: boolean | undefined;
}

/** A convention at one version. */
export interface ConventionInForce {
  readonly name: string;
  /** Of the object, where it is one of the cluster. */
  readonly generation: string;
  readonly hash: string;
}

export interface AuditFindingCount {
  readonly rule: string;
  readonly action: 'deny' | 'warn' | 'waived';
  readonly count: number;
}

/** Findings of one rule in one namespace; the name is empty for what is outside of all. */
export interface NamespaceFindingCount extends AuditFindingCount {
  readonly namespace: string;
}

/** Findings in the namespaces of one convention; the name is empty for what none governs. */
export interface ConventionFindingCount extends AuditFindingCount {
  readonly convention: string;
}

export interface AuditAge {
  readonly part: 'objects' | 'pods';
  readonly seconds: number;
}

export interface ResourceFreshness {
  readonly resource: string;
  readonly synced: boolean;
  readonly objects: number;
  readonly lastContactAt: number | undefined;
}

export interface NamespaceCount {
  readonly direction: RuleField;
  readonly coverage: 'closed' | 'open' | 'unknown';
  readonly count: number;
}

/** Adds what is asked for when the metrics are read. */
export function addGauges(registers: Registry[], sources: MetricsSources): void {
  addClosedConnections(registers, sources);
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  new Gauge({ name: 'tollgate_build_info', help: 'Always 1.', labelNames: ['version'], registers }).set(
    { version: sources.version },
    1,
  );
  gauge('tollgate_ready', 'Whether this replica wants reviews.', () => (sources.ready() ? 1 : 0));
  gauge('tollgate_reviews_in_flight', 'Reviews that are being worked on.', sources.inFlight);
  gauge('tollgate_heap_used_bytes', 'Memory of the heap in use.', () => getHeapStatistics().used_heap_size);
  gauge(
    'tollgate_heap_limit_bytes',
    'Memory that the heap may take; the process ends above it.',
    () => getHeapStatistics().heap_size_limit,
  );
  addConfigurations(registers, sources);
  gauge('tollgate_view_gaps', 'Parts of the cluster that are not known or out of date.', sources.gaps);
  gauge(
    'tollgate_certificate_days',
    'Days until the serving certificate or its authority ends.',
    () => (sources.certificateEnd().getTime() - sources.now().getTime()) / 86_400_000,
  );
  const byResource = (
    name: string,
    help: string,
    value: (resource: ResourceFreshness) => number | undefined,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: ['resource'],
      registers,
      collect() {
        this.reset();
        for (const one of sources.resources()) {
          const number = value(one);
          if (number !== undefined) this.set({ resource: one.resource }, number);
        }
      },
    });
  byResource('tollgate_view_synced', 'Whether a collection has been read as a whole.', ({ synced }) =>
    synced ? 1 : 0,
  );
  byResource('tollgate_view_objects', 'Objects of a collection that are known.', ({ objects }) => objects);
  byResource(
    'tollgate_view_age_seconds',
    'Seconds since the API server was last heard on a collection.',
    ({ lastContactAt }) =>
      lastContactAt === undefined ? undefined : Math.max(0, (sources.now().getTime() - lastContactAt) / 1000),
  );
  gauge(
    'tollgate_convention_problems',
    'Conventions and waivers that are not in force as they are written, or are gone without a confirmation.',
    sources.conventionProblems,
  );
  counted(
    registers,
    'tollgate_convention_in_force',
    'Always 1, for each convention in force.',
    ['name', 'generation', 'hash'],
    () => sources.conventions().map((convention) => [{ ...convention }, 1]),
  );
  counted(
    registers,
    'tollgate_namespaces',
    'Governed namespaces, by whether a default-deny covers them.',
    ['direction', 'coverage'],
    () => sources.namespaces().map(({ count, ...labels }) => [labels, count]),
  );
  counted(
    registers,
    'tollgate_audit_findings',
    'Findings of the last audit over what exists, by what admission would do about them.',
    ['rule', 'action'],
    () => sources.auditFindings().map(({ rule, action, count }) => [{ rule, action }, count]),
  );
  counted(
    registers,
    'tollgate_audit_namespace_findings',
    'Findings of the last audit by namespace and rule, at most 500 pairs of them, the worst first.',
    ['namespace', 'rule', 'action'],
    () =>
      (sources.namespaceFindings?.() ?? []).map(({ namespace, rule, action, count }) => [
        { namespace, rule, action },
        count,
      ]),
  );
  counted(
    registers,
    'tollgate_audit_convention_findings',
    'Findings of the last audit by the convention that governs their namespace, by rule and action.',
    ['convention', 'rule', 'action'],
    () =>
      (sources.conventionFindings?.() ?? []).map(({ convention, rule, action, count }) => [
        { convention, rule, action },
        count,
      ]),
  );
  counted(
    registers,
    'tollgate_audit_age_seconds',
    'Seconds since a part of the audit was last finished, or begun to be.',
    ['part'],
    () => sources.auditAges().map(({ part, seconds }) => [{ part }, seconds]),
  );
  counted(
    registers,
    'tollgate_audit_pods',
    'Pods of governed namespaces that the audit last judged.',
    [],
    () => {
      const pods = sources.auditedPods();
      return pods === undefined ? [] : [[{}, pods]];
    },
  );
}

/** Whether the gate is asked, and what for. */
function addConfigurations(registers: Registry[], { stage, configurations }: MetricsSources): void {
  if (stage !== undefined)
    new Gauge({
      name: 'tollgate_stage',
      help: 'Always 1, for the stage.',
      labelNames: ['stage'],
      registers,
    }).set({ stage }, 1);
  if (!configurations) return;
  counted(
    registers,
    'tollgate_webhook_configuration',
    'Whether a webhook configuration of our own is present, trusts what is served, and is unchanged since the chart wrote it.',
    ['kind', 'check'],
    () =>
      configurations().flatMap(({ kind, ...checks }) =>
        (['present', 'trusted', 'unchanged'] as const).flatMap((check) =>
          checks[check] === undefined ? [] : [[{ kind, check }, Number(checks[check])] as const],
        ),
      ),
  );
}

/** A gauge of what only the replica that audits can count: elsewhere it has no value. */
function counted<Label extends string>(
  registers: Registry[],
  name: string,
  help: string,
  labelNames: readonly Label[],
  values: () => readonly (readonly [Partial<Record<Label, string>>, number])[],
): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [],
    collect() {
      this.reset();
      // Without labels a gauge is 0 until it is told otherwise.
      if (labelNames.length === 0) this.remove();
      for (const [labels, value] of values()) this.set(labels, value);
    },
  });
  for (const registry of registers) registry.registerMetric(gauge);
}

function addClosedConnections(registers: Registry[], { closedForRoom }: MetricsSources): void {
  void new Counter({
    name: 'tollgate_connections_closed_for_room_total',
    help: 'Connections that were closed, or not taken, because there was no room for them.',
    registers,
    collect() {
      this.reset();
      this.inc(closedForRoom());
    },
  });
}
