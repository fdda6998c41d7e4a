import type { Database, Session } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { writeEnd } from './execution-records.ts';
import { releaseLeases } from './leases.ts';
import type { RecoveryOptions } from './metadata-store.ts';
import type { ExecutionRecord, RunRecord } from './records.ts';
import { type Row, readExecution } from './rows.ts';
import { openRuns } from './run-records.ts';

/** Ends what dead engines left running: see `MetadataStore.recoverStale`. */
export async function recoverStale(database: Database, options: RecoveryOptions): Promise<ExecutionRecord[]> {
  const ended: ExecutionRecord[] = [];
  for (const run of await openRuns(database)) {
    if (!(await options.isAlive(run))) ended.push(...(await endRun(database, run, options)));
  }
  return ended;
}

async function endRun(database: Database, run: RunRecord, options: RecoveryOptions): Promise<ExecutionRecord[]> {
  for (;;) {
    const ended = await tryToEndRun(database, run, options);
    if (ended !== null) return ended;
  }
}

/**
 * Ends a run and what is open of it; null where something was opened meanwhile. Signing waits for more than the database:
 * statements are made before the transaction.
 */
async function tryToEndRun(
  database: Database,
  run: RunRecord,
  options: RecoveryOptions,
): Promise<ExecutionRecord[] | null> {
  const known = await openExecutions(database, run);
  const ends = await Promise.all(
    known.map(async (execution) => {
      const ended = died(execution, run);
      return { execution: ended, statement: (await options.statementOf?.(ended, run)) ?? null };
    }),
  );
  return await database.transaction(async (session) => {
    const open = new Set((await openExecutions(session, run)).map(({ id }) => id));
    if (ends.filter(({ execution }) => open.has(execution.id)).length < open.size) return null;
    const claimed = await session.run(
      "update runs set state = 'FAILED', ended_at_ms = ? where id = ? and state = 'RUNNING'",
      [now(), run.id],
    );
    if (claimed === 0) return [];
    const wanted = ends.filter(({ execution }) => open.has(execution.id));
    for (const end of wanted) await writeEnd(session, end, 'FAILED');
    await releaseLeases(session, run.id);
    return wanted.map(({ execution }) => execution);
  });
}

async function openExecutions(session: Session, run: RunRecord): Promise<ExecutionRecord[]> {
  const sql = "select * from executions where run_id = ? and state in ('NEW', 'RUNNING') order by started_at_ms, id";
  return (await session.all<Row>(sql, [run.id])).map(readExecution);
}

function died(execution: ExecutionRecord, run: RunRecord): ExecutionRecord {
  return {
    ...execution,
    state: 'FAILED',
    endedAtMs: now(),
    error: {
      code: 'METADATA_ENGINE_DIED',
      message: `process ${run.pid} on ${run.host}, which carried the run out, was gone before the step had ended`,
      hint: 'Run the command again; finished steps are not repeated.',
    },
  };
}
