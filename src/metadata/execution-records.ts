import type { Database, Session } from '../database/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { Publication } from './metadata-store.ts';
import type { EventRecord, ExecutionRecord, ExecutionState, MetricPoint } from './records.ts';
import { artifactRow, cacheEntryRow, columns, eventRow, executionRow, into, metricRow } from './rows.ts';
import { writeRunStatement, writeStatement } from './statement-records.ts';

const changing = columns.executions.filter((column) => column !== 'id' && column !== 'run_id');
const updateOpen = `update executions set ${changing.map((column) => `${column} = ?`).join(', ')} where id = ? and state in ('NEW', 'RUNNING')`;

/**
 * Records an execution that begins, and what it reads; safe against a killed process, not against power loss. The engine
 * is gone then with its step, nothing rests on what was never finished, and one flush a step less is a tenth of its time.
 */
export async function openExecution(
  database: Database,
  execution: ExecutionRecord,
  inputs: readonly EventRecord[],
): Promise<void> {
  await database.transaction(
    async (session) => {
      await session.insert(into('executions'), [executionRow({ ...execution, state: 'RUNNING', endedAtMs: null })]);
      await session.insert(into('events'), inputs.map(eventRow));
    },
    { durability: 'normal' },
  );
}

/**
 * Writes one end of an execution in one transaction. An end that came first stays.
 * @throws PlatformError METADATA_EXECUTION_ENDED
 */
export async function endExecution(
  database: Database,
  publication: Publication,
  state: Exclude<ExecutionState, 'NEW' | 'RUNNING'>,
): Promise<void> {
  await database.transaction((session) => writeEnd(session, publication, state));
}

/** The same inside a transaction of the caller. */
export async function writeEnd(
  session: Session,
  publication: Publication,
  state: Exclude<ExecutionState, 'NEW' | 'RUNNING'>,
): Promise<void> {
  const execution = { ...publication.execution, state };
  await writeExecution(session, execution);
  const {
    artifacts = [],
    events = [],
    metrics = [],
    statement = null,
    assertions = [],
    cacheEntry = null,
  } = publication;
  await session.insert(
    into('artifacts'),
    artifacts.map((artifact) => artifactRow({ ...artifact, state: 'LIVE' })),
  );
  await session.insert(into('events'), events.map(eventRow), { onConflict: 'nothing' });
  await session.insert(into('metrics'), metrics.map(metricRow));
  if (statement !== null) await writeStatement(session, execution, statement);
  for (const one of assertions) {
    const { id: executionId, runId } = execution;
    await writeRunStatement(session, { runId, executionId, predicateType: one.predicateType }, one.statement);
  }
  if (cacheEntry !== null) await session.insert(into('cache_entries'), [cacheEntryRow(cacheEntry)]);
}

/** Adds metric points; safe against a killed process, not against power loss. */
export async function appendMetrics(database: Database, points: readonly MetricPoint[]): Promise<void> {
  if (points.length === 0) return;
  await database.transaction((session) => session.insert(into('metrics'), points.map(metricRow)), {
    durability: 'normal',
  });
}

async function writeExecution(session: Session, execution: ExecutionRecord): Promise<void> {
  const [id, , ...rest] = executionRow(execution);
  if ((await session.run(updateOpen, [...rest, id!])) === 1) return;
  const added = await session.insert(into('executions'), [executionRow(execution)], { onConflict: 'nothing' });
  if (added === 1) return;
  throw new PlatformError('METADATA_EXECUTION_ENDED', {
    message: `expected execution ${execution.id} of step ${execution.step} to be running when it was recorded as ${execution.state}; it has ended already`,
    details: { executionId: execution.id },
  });
}
