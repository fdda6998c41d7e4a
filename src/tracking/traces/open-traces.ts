import { type Database, migrate, type Session } from '../../database/index.ts';
import type { Tag } from '../entities.ts';
import { badValue, storable, unknown } from '../names.ts';
import { trackingSchema } from '../schema.ts';
import { createAssessment, deleteAssessment, getAssessment, updateAssessment } from './assessments.ts';
import { deleteTraces } from './delete-traces.ts';
import { logSpans } from './log-spans.ts';
import { queryMetrics } from './query-metrics.ts';
import { getInfo, getTrace, infosOf, tracesOf } from './read-traces.ts';
import { traceSchema } from './schema.ts';
import { compareFilters, searchTraces } from './search-traces.ts';
import { endTrace, startTrace, startWithoutId } from './start-trace.ts';
import type { TraceStore } from './trace.ts';
import { keptTraceTag, traceKeys, traceRow, writeRun, writeTexts } from './trace-rows.ts';

const linksAtOnce = 100;
const fixedTags: readonly string[] = [
  traceKeys.spansLocation,
  'mlflow.trace.archiveLocation',
  'mlflow.trace.archivalFailure',
];

/**
 * Traces in the database of the tracker, whose tables are made or brought up to date first.
 * @throws PlatformError METADATA_NEWER_SCHEMA
 */
export async function openTraces(database: Database): Promise<TraceStore> {
  for (const schema of [trackingSchema, traceSchema]) await migrate(database, schema);
  return {
    start: (trace) => startTrace(database, trace),
    startWithoutId: (trace) => startWithoutId(database, trace),
    end: (traceId, end) => endTrace(database, traceId, end),
    logSpans: (experimentId, spans) => logSpans(database, experimentId, spans),
    getInfo: (traceId) => getInfo(database, traceId),
    get: (traceId) => getTrace(database, traceId),
    infosOf: (traceIds, experimentIds) => infosOf(database, traceIds, experimentIds),
    tracesOf: (traceIds, experimentIds) => tracesOf(database, traceIds, experimentIds),
    search: (query) => searchTraces(database, query),
    compare: (comparison) => compareFilters(database, comparison),
    metrics: (query) => queryMetrics(database, query),
    remove: (deletion) => deleteTraces(database, deletion),
    setTag: (traceId, tag) => setTag(database, traceId, tag),
    deleteTag: (traceId, key) => deleteTag(database, traceId, key),
    linkToRun: (traceIds, runId) => linkToRun(database, traceIds, runId),
    linkPrompts: (traceId, prompts) => linkPrompts(database, traceId, prompts),
    createAssessment: (traceId, assessment) => createAssessment(database, traceId, assessment),
    getAssessment: (traceId, assessmentId) => getAssessment(database, traceId, assessmentId),
    updateAssessment: (traceId, assessmentId, change) => updateAssessment(database, { traceId, assessmentId }, change),
    deleteAssessment: (traceId, assessmentId) => deleteAssessment(database, traceId, assessmentId),
  };
}

async function setTag(database: Database, traceId: string, tag: Tag): Promise<void> {
  requireFree(tag.key, 'set');
  const kept = keptTraceTag(tag);
  await database.transaction(async (session) => {
    const { trace_id } = await traceRow(session, traceId);
    await writeTexts(session, trace_id, { kind: 'tags', texts: [kept] });
  });
}

async function deleteTag(database: Database, traceId: string, key: string): Promise<void> {
  requireFree(key, 'deleted');
  const sql = 'delete from trace_tags where trace_id = ? and key = ?';
  if ((await database.run(sql, [storable(traceId), storable(key)])) === 0)
    throw unknown(`No trace tag with key '${key}' for trace with ID '${traceId}'`);
}

/** Where the spans of a trace are is the server's to say. */
function requireFree(key: string, what: string): void {
  if (fixedTags.includes(key)) throw badValue(`Tag '${key}' is immutable and cannot be ${what} on a trace.`);
}

async function linkToRun(database: Database, traceIds: readonly string[], runId: string): Promise<void> {
  if (traceIds.length > linksAtOnce) {
    throw badValue(
      `Cannot link more than ${linksAtOnce} traces to a run in a single request. Provided ${traceIds.length} traces.`,
    );
  }
  await database.transaction(async (session) => {
    const run = await session.first('select run_id from tracked_runs where run_id = ?', [storable(runId)]);
    if (run === null) throw unknown(`Run with id=${runId} not found`);
    await writeRun(session, await existing(session, traceIds), storable(runId));
  });
}

async function existing(session: Session, traceIds: readonly string[]): Promise<string[]> {
  const sql = `select trace_id from traces where trace_id in (${traceIds.map(() => '?').join(', ')})`;
  const rows = await session.all<{ trace_id: string }>(sql, traceIds.map(storable));
  return rows.map((row) => row.trace_id);
}

async function linkPrompts(database: Database, traceId: string, prompts: readonly string[]): Promise<void> {
  if (prompts.length === 0) return;
  await database.transaction(async (session) => {
    const { trace_id } = await traceRow(session, traceId);
    const rows = prompts.map((prompt) => [trace_id, storable(prompt)]);
    const target = { table: 'trace_prompts', columns: ['trace_id', 'prompt'] };
    await session.insert(target, rows, { onConflict: 'nothing' });
  });
}
