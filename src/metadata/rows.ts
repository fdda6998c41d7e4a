/** Records to rows and back. */
import type { SqlValue } from '../database/index.ts';
import { canonicalJson, type Digest } from '../encoding/index.ts';
import type {
  ArtifactRecord,
  CacheEntry,
  ContextRecord,
  EventRecord,
  ExecutionRecord,
  MetricPoint,
  RunRecord,
  RunStatementRecord,
  StatementRecord,
} from './records.ts';

/** A row with the columns of a table, read as the caller's query promises. */
export type Row = Readonly<Record<string, SqlValue>>;

/** Columns of each table in the order in which the `…Row` functions give values. */
export const columns = {
  runs: 'id name spec spec_digest plan_digest state git params details started_at_ms ended_at_ms pid host'.split(' '),
  executions:
    'id run_id step kind state static_key cached_from attempt params code environment machine error usage small_values started_at_ms ended_at_ms'.split(
      ' ',
    ),
  artifacts: 'id type digest kind size_bytes state properties created_at_ms'.split(' '),
  events: 'execution_id artifact_id direction port place'.split(' '),
  metrics: 'execution_id name step value timestamp_ms'.split(' '),
  statements: 'execution_id run_id digest body signatures log_place'.split(' '),
  run_statements: 'digest run_id predicate_type body signatures log_place execution_id'.split(' '),
  log_entries: 'place entry'.split(' '),
  cache_entries: 'static_key execution_id code_set outputs small_values created_at_ms'.split(' '),
  contexts: 'id type name properties created_at_ms'.split(' '),
} as const;

/** A table as a target of `Session.insert`. */
export function into(table: keyof typeof columns): { table: string; columns: readonly string[] } {
  return { table, columns: columns[table] };
}

/** The row of a run. */
export function runRow(run: RunRecord): SqlValue[] {
  return [
    run.id,
    plainText(run.name),
    plainText(run.spec),
    run.specDigest,
    run.planDigest,
    run.state,
    json(run.git),
    canonicalJson(run.params),
    canonicalJson(run.details),
    run.startedAtMs,
    run.endedAtMs,
    run.pid,
    run.host,
  ];
}

/** The run of a row. */
export function readRun(row: Row): RunRecord {
  return {
    id: text(row['id']),
    name: text(row['name']),
    spec: text(row['spec']),
    specDigest: text(row['spec_digest']) as Digest,
    planDigest: text(row['plan_digest']) as Digest,
    state: text(row['state']) as RunRecord['state'],
    git: parse(row['git']),
    params: parse(row['params']),
    details: parse(row['details']),
    startedAtMs: Number(row['started_at_ms']),
    endedAtMs: numberOrNull(row['ended_at_ms']),
    pid: Number(row['pid']),
    host: text(row['host']),
  };
}

/** The row of an execution; texts of its error are made well-formed. */
export function executionRow(execution: ExecutionRecord): SqlValue[] {
  return [
    execution.id,
    execution.runId,
    plainText(execution.step),
    execution.kind,
    execution.state,
    execution.key,
    execution.cachedFrom,
    execution.attempt,
    canonicalJson(execution.params),
    canonicalJson(execution.code),
    json(execution.environment),
    canonicalJson(execution.machine),
    json(execution.error === null ? null : wellFormed({ ...execution.error })),
    canonicalJson(execution.usage),
    canonicalJson(execution.values),
    execution.startedAtMs,
    execution.endedAtMs,
  ];
}

/** The execution of a row. */
export function readExecution(row: Row): ExecutionRecord {
  return {
    id: text(row['id']),
    runId: text(row['run_id']),
    step: text(row['step']),
    kind: text(row['kind']),
    state: text(row['state']) as ExecutionRecord['state'],
    key: row['static_key'] as Digest | null,
    cachedFrom: row['cached_from'] as string | null,
    attempt: Number(row['attempt']),
    params: parse(row['params']),
    code: parse(row['code']),
    environment: parse(row['environment']),
    machine: parse(row['machine']),
    error: parse(row['error']),
    usage: parse(row['usage']),
    values: parse(row['small_values']),
    startedAtMs: Number(row['started_at_ms']),
    endedAtMs: numberOrNull(row['ended_at_ms']),
  };
}

/** The row of an artifact. */
export function artifactRow(artifact: ArtifactRecord): SqlValue[] {
  const { id, type, digest, kind, sizeBytes, state, properties, createdAtMs } = artifact;
  return [id, type, digest, kind, sizeBytes, state, canonicalJson(properties), createdAtMs];
}

/** The artifact of a row. */
export function readArtifact(row: Row): ArtifactRecord {
  return {
    id: text(row['id']),
    type: text(row['type']),
    digest: text(row['digest']) as Digest,
    kind: text(row['kind']) as ArtifactRecord['kind'],
    sizeBytes: Number(row['size_bytes']),
    state: text(row['state']) as ArtifactRecord['state'],
    properties: parse(row['properties']),
    createdAtMs: Number(row['created_at_ms']),
  };
}

/** The row of an event. */
export function eventRow(event: EventRecord): SqlValue[] {
  return [event.executionId, event.artifactId, event.direction, plainText(event.port), event.index];
}

/** The event of a row. */
export function readEvent(row: Row): EventRecord {
  return {
    executionId: text(row['execution_id']),
    artifactId: text(row['artifact_id']),
    direction: text(row['direction']) as EventRecord['direction'],
    port: text(row['port']),
    index: Number(row['place']),
  };
}

/** The row of a metric point; NaN becomes NULL, fractions of step and time are cut off. */
export function metricRow(point: MetricPoint): SqlValue[] {
  const value = Number.isNaN(point.value) ? null : point.value;
  return [point.executionId, plainText(point.name), Math.trunc(point.step), value, Math.trunc(point.timestampMs)];
}

/** The metric point of a row; NULL becomes NaN. */
export function readMetric(row: Row): MetricPoint {
  return {
    executionId: text(row['execution_id']),
    name: text(row['name']),
    step: Number(row['step']),
    value: row['value'] === null ? Number.NaN : Number(row['value']),
    timestampMs: Number(row['timestamp_ms']),
  };
}

/** The statement of a row. */
export function readStatement(row: Row): StatementRecord {
  return {
    executionId: text(row['execution_id']),
    runId: text(row['run_id']),
    ...readSigned(row),
  };
}

/** The statement about a run of a row. */
export function readRunStatement(row: Row): RunStatementRecord {
  const execution = row['execution_id'];
  return {
    runId: text(row['run_id']),
    executionId: typeof execution === 'string' ? execution : null,
    predicateType: text(row['predicate_type']),
    ...readSigned(row),
  };
}

/** What statements of either kind have. */
export function readSigned(row: Row): Pick<StatementRecord, 'digest' | 'body' | 'signatures' | 'logPlace'> {
  return {
    digest: text(row['digest']) as Digest,
    body: text(row['body']),
    signatures: parse(row['signatures']),
    logPlace: numberOrNull(row['log_place']),
  };
}

/** The row of a cache entry. */
export function cacheEntryRow(entry: CacheEntry): SqlValue[] {
  return [
    entry.staticKey,
    entry.executionId,
    canonicalJson(entry.codeSet),
    canonicalJson(entry.outputs),
    canonicalJson(entry.values),
    entry.createdAtMs,
  ];
}

/** The cache entry of a row. */
export function readCacheEntry(row: Row): CacheEntry {
  return {
    staticKey: text(row['static_key']) as Digest,
    executionId: text(row['execution_id']),
    codeSet: parse(row['code_set']),
    outputs: parse(row['outputs']),
    values: parse(row['small_values']),
    createdAtMs: Number(row['created_at_ms']),
  };
}

/** The context of a row. */
export function readContext(row: Row): ContextRecord {
  return {
    id: text(row['id']),
    type: text(row['type']),
    name: text(row['name']),
    properties: parse(row['properties']),
    createdAtMs: Number(row['created_at_ms']),
  };
}

/** Text that both databases can hold: well-formed Unicode without NUL. */
export function plainText(value: string): string {
  return value.toWellFormed().replaceAll('\0', '\ufffd');
}

function wellFormed(members: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const present = Object.entries(members).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, value.toWellFormed()]));
}

function json(value: unknown): string | null {
  return value === null ? null : canonicalJson(value);
}

function parse<Value>(value: SqlValue | undefined): Value {
  return value == null ? (null as Value) : (JSON.parse(String(value)) as Value);
}

function text(value: SqlValue | undefined): string {
  return String(value);
}

function numberOrNull(value: SqlValue | undefined): number | null {
  return value == null ? null : Number(value);
}
