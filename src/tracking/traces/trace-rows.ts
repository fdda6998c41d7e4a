import type { Session } from '../../database/index.ts';
import type { Tag } from '../entities.ts';
import { badValue, checkKey, storable, unknown } from '../names.ts';
import { type AssessmentRow, assessmentColumns, assessmentOf } from './assessment-rows.ts';
import { tokenColumns, tokensIn } from './figures.ts';
import type { Assessment, TraceInfo, TraceState } from './trace.ts';

/** What reads a `TraceRow`. */
export const traceColumns = `t.trace_id, t.experiment_id, t.started_at_ms, t.duration_ms, t.state, t.client_request_id,
  t.request_preview, t.response_preview, t.is_final`;
const atOnce = 500;
const keyLength = 250;
const valueLength = 8000;

/** Tags and metadata that MLflow gives a meaning. */
export const traceKeys = {
  name: 'mlflow.traceName',
  artifacts: 'mlflow.artifactLocation',
  spansLocation: 'mlflow.trace.spansLocation',
  run: 'mlflow.sourceRun',
  final: 'mlflow.trace.infoFinalized',
  size: 'mlflow.trace.sizeStats',
  session: 'mlflow.trace.session',
  user: 'mlflow.trace.user',
  tokenUsage: 'mlflow.trace.tokenUsage',
  cost: 'mlflow.trace.cost',
} as const;

/** A row of the table. */
export interface TraceRow {
  readonly trace_id: string;
  readonly experiment_id: number;
  readonly started_at_ms: number;
  readonly duration_ms: number | null;
  readonly state: TraceState;
  readonly client_request_id: string | null;
  readonly request_preview: string | null;
  readonly response_preview: string | null;
  readonly is_final: number;
}

/** A trace by its id. @throws PlatformError TRACKING_UNKNOWN */
export async function traceRow(session: Session, traceId: string): Promise<TraceRow> {
  const sql = `select ${traceColumns} from traces t where t.trace_id = ?`;
  const row = await session.first<TraceRow>(sql, [storable(traceId)]);
  if (row === null) throw unknown(`Trace with ID '${traceId}' not found.`);
  return row;
}

/** Rows with tags, metadata and assessments, in the same order. */
export async function fillTraces(session: Session, rows: readonly TraceRow[]): Promise<TraceInfo[]> {
  const parts = new Map(
    rows.map((row) => [row.trace_id, { tags: [] as Tag[], metadata: [] as Tag[], assessments: [] as Assessment[] }]),
  );
  for (let start = 0; start < rows.length; start += atOnce) {
    const ids = rows.slice(start, start + atOnce).map((row) => row.trace_id);
    const within = `trace_id in (${ids.map(() => '?').join(', ')})`;
    for (const kind of ['tags', 'metadata'] as const) {
      const sql = `select trace_id, key, value from trace_${kind} where ${within} order by trace_id, key`;
      for (const { trace_id, key, value } of await session.all<Tag & { trace_id: string }>(sql, ids)) {
        parts.get(trace_id)![kind].push({ key, value });
      }
    }
    const sql = `select ${assessmentColumns} from assessments where ${within} order by trace_id, id`;
    for (const row of await session.all<AssessmentRow>(sql, ids)) {
      parts.get(row.trace_id)!.assessments.push(assessmentOf(row));
    }
  }
  return rows.map((row) => ({
    ...{ traceId: row.trace_id, experimentId: String(row.experiment_id), startedAtMs: row.started_at_ms },
    ...{ durationMs: row.duration_ms, state: row.state, clientRequestId: row.client_request_id },
    ...{ requestPreview: row.request_preview, responsePreview: row.response_preview },
    ...parts.get(row.trace_id)!,
  }));
}

/** A tag as it is kept: a value that is too long is cut. @throws PlatformError TRACKING_BAD_VALUE */
export function keptTraceTag({ key, value }: Tag): Tag {
  checkKey(key, 'key', 'key');
  return { key, value: storable(value).slice(0, valueLength) };
}

/** Tags or metadata of which nobody checks the keys, as they are kept. @throws PlatformError TRACKING_BAD_VALUE */
export function keptTexts(texts: readonly Tag[]): readonly Tag[] {
  return texts.map(({ key, value }) => {
    if (key.length > keyLength) throw badValue(`'key' exceeds the maximum length of ${keyLength} characters`);
    return { key: storable(key), value: storable(value).slice(0, valueLength).toWellFormed() };
  });
}

/** Sets tags or metadata of a trace; the last value of a key counts. */
export async function writeTexts(
  session: Session,
  traceId: string,
  { kind, texts, isNew }: { kind: 'tags' | 'metadata'; texts: readonly Tag[]; isNew?: 'only' },
): Promise<void> {
  const last = new Map(texts.map(({ key, value }) => [key, value]));
  const rows = [...last].map(([key, value]) => [traceId, key, value]);
  const sql = '(trace_id, key) do update set value = excluded.value';
  const onConflict = isNew === 'only' ? 'nothing' : ({ sql } as const);
  await session.insert({ table: `trace_${kind}`, columns: ['trace_id', 'key', 'value'] }, rows, { onConflict });
  const used = kind === 'metadata' ? last.get(traceKeys.tokenUsage) : undefined;
  if (used !== undefined) {
    const set = tokenColumns.map((column) => `${column} = ?`).join(', ');
    await session.run(`update traces set ${set} where trace_id = ?`, [...tokensIn(used), traceId]);
  }
  const run = kind === 'metadata' ? last.get(traceKeys.run) : undefined;
  if (run !== undefined && run !== '') await writeRun(session, [traceId], run);
}

/** Links traces to a run. */
export async function writeRun(session: Session, traceIds: readonly string[], runId: string): Promise<void> {
  const rows = traceIds.map((traceId) => [traceId, runId]);
  await session.insert({ table: 'trace_runs', columns: ['trace_id', 'run_id'] }, rows, { onConflict: 'nothing' });
}
