import type { Database, Session } from '../../database/index.ts';
import { secureRandomBytes } from '../../encoding/index.ts';
import type { Tag } from '../entities.ts';
import { activeExperiment, type ExperimentRow } from '../experiments.ts';
import { badValue, storable, unknown } from '../names.ts';
import { insertAssessments } from './assessment-rows.ts';
import type { NewTrace, TraceEnd, TraceInfo } from './trace.ts';
import { fillTraces, keptTexts, type TraceRow, traceKeys, traceRow, writeTexts } from './trace-rows.ts';

const idForm = /^[A-Za-z0-9][\w-]{0,99}$/;
const sessionLength = 250;
const nameLength = 4096;

/** Notes a trace, or completes one of which spans came before. */
export async function startTrace(database: Database, trace: NewTrace): Promise<TraceInfo> {
  checkTrace(trace);
  const { traceId } = trace;
  const [tags, metadata] = [keptTexts(trace.tags), keptTexts(trace.metadata)];
  return await database.transaction(async (session) => {
    const experiment = await activeExperiment(session, trace.experimentId);
    const before = await session.first<{ experiment_id: number; is_final: number }>(
      'select experiment_id, is_final from traces where trace_id = ?',
      [traceId],
    );
    if (before !== null && before.is_final === 1 && before.experiment_id !== experiment.id) throw isElsewhere(traceId);
    await writeTrace(session, trace, experiment.id);
    await writeTexts(session, traceId, { kind: 'tags', texts: [...tags, artifactsTag(experiment, traceId)] });
    const final = [...metadata, { key: traceKeys.final, value: 'true' }];
    await writeTexts(session, traceId, { kind: 'metadata', texts: final });
    await replaceAssessments(session, trace);
    return await infoOf(session, traceId);
  });
}

async function writeTrace(session: Session, trace: NewTrace, experimentId: number): Promise<void> {
  const row = {
    ...{ trace_id: trace.traceId, experiment_id: experimentId, started_at_ms: trace.startedAtMs },
    ...{ duration_ms: trace.durationMs, state: trace.state, client_request_id: kept(trace.clientRequestId) },
    ...{ request_preview: kept(trace.requestPreview), response_preview: kept(trace.responsePreview), is_final: 1 },
  };
  const told = Object.keys(row).filter((column) => column !== 'trace_id');
  const set = told.map((column) =>
    column.endsWith('_preview')
      ? `${column} = coalesce(excluded.${column}, traces.${column})`
      : `${column} = excluded.${column}`,
  );
  const onConflict = { sql: `(trace_id) do update set ${set.join(', ')}` };
  await session.insert({ table: 'traces', columns: Object.keys(row) }, [Object.values(row)], { onConflict });
}

/** A client that repeats itself sends the same assessments again. */
async function replaceAssessments(session: Session, { traceId, assessments }: NewTrace): Promise<void> {
  for (const { assessmentId } of assessments) {
    if (assessmentId === null) continue;
    const sql = 'select trace_id from assessments where assessment_id = ?';
    const found = await session.first<{ trace_id: string }>(sql, [storable(assessmentId)]);
    if (found !== null && found.trace_id !== traceId)
      throw badValue(`Assessment with ID '${assessmentId}' belongs to another trace.`);
    await session.run('delete from assessments where assessment_id = ?', [storable(assessmentId)]);
  }
  const last = new Map(assessments.map((one, index) => [one.assessmentId ?? index, one]));
  await insertAssessments(session, traceId, [...last.values()]);
}

function checkTrace({ traceId, tags, metadata }: NewTrace): void {
  if (!idForm.test(traceId)) {
    throw badValue(
      `Invalid trace ID ${JSON.stringify(traceId.slice(0, 120))}: expected letters, digits, - and _, at most 100.`,
    );
  }
  checkLength(metadata, { key: traceKeys.session, what: 'Session ID', limit: sessionLength });
  checkLength(tags, { key: traceKeys.name, what: 'Trace name', limit: nameLength });
}

function checkLength(texts: readonly Tag[], { key, what, limit }: { key: string; what: string; limit: number }): void {
  const value = texts.findLast((one) => one.key === key)?.value ?? '';
  if (value.length > limit) throw badValue(`'${what}' exceeds the maximum length of ${limit} characters`);
}

/** Notes a trace in the way of clients before MLflow 3, which make no id and send the end later. @returns the trace */
export async function startWithoutId(
  database: Database,
  trace: Pick<NewTrace, 'experimentId' | 'startedAtMs' | 'tags' | 'metadata'>,
): Promise<TraceInfo> {
  const traceId = secureRandomBytes(16).toString('hex');
  const [tags, metadata] = [keptTexts(trace.tags), keptTexts(trace.metadata)];
  return await database.transaction(async (session) => {
    const experiment = await activeExperiment(session, trace.experimentId);
    const row = { trace_id: traceId, experiment_id: experiment.id, started_at_ms: trace.startedAtMs };
    const all = { ...row, state: 'IN_PROGRESS', is_final: 0 };
    await session.insert({ table: 'traces', columns: Object.keys(all) }, [Object.values(all)]);
    await writeTexts(session, traceId, { kind: 'tags', texts: [...tags, artifactsTag(experiment, traceId)] });
    await writeTexts(session, traceId, { kind: 'metadata', texts: metadata });
    return await infoOf(session, traceId);
  });
}

/** Ends a trace that was started so. */
export async function endTrace(database: Database, traceId: string, end: TraceEnd): Promise<TraceInfo> {
  return await database.transaction(async (session) => {
    const row = await traceRow(session, traceId);
    const sql = 'update traces set duration_ms = ?, state = ? where trace_id = ?';
    await session.run(sql, [end.endedAtMs - row.started_at_ms, end.state, row.trace_id]);
    await writeTexts(session, row.trace_id, { kind: 'tags', texts: keptTexts(end.tags) });
    await writeTexts(session, row.trace_id, { kind: 'metadata', texts: keptTexts(end.metadata) });
    return await infoOf(session, row.trace_id);
  });
}

/** Where the files of a trace lie. */
export function artifactsTag(experiment: Pick<ExperimentRow, 'artifact_location'>, traceId: string): Tag {
  const root = experiment.artifact_location.replace(/\/$/, '');
  return { key: traceKeys.artifacts, value: `${root}/traces/${traceId}/artifacts` };
}

async function infoOf(session: Session, traceId: string): Promise<TraceInfo> {
  const row: TraceRow = await traceRow(session, traceId);
  return (await fillTraces(session, [row]))[0]!;
}

function isElsewhere(traceId: string): Error {
  return unknown(`Trace with ID '${traceId}' not found in this experiment.`);
}

function kept(text: string | null): string | null {
  return text === null ? null : storable(text);
}
