import type { Database } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { writeEnd } from './execution-records.ts';
import type { RecoveryOptions } from './metadata-store.ts';
import type { ExecutionRecord, RunRecord } from './records.ts';
import { type Row, readExecution, readRun } from './rows.ts';

/** Ends what dead engines left running: see `MetadataStore.recoverStale`. */
export async function recoverStale(database: Database, options: RecoveryOptions): Promise<ExecutionRecord[]> {
  const running = (await database.all<Row>("select * from runs where state = 'RUNNING'")).map(readRun);
  const ended: ExecutionRecord[] = [];
  for (const run of running) {
    if (!(await options.isAlive(run))) ended.push(...(await endRun(database, run, options)));
  }
  return ended;
}

async function endRun(database: Database, run: RunRecord, options: RecoveryOptions): Promise<ExecutionRecord[]> {
  return await database.transaction(async (session) => {
    const claimed = await session.run(
      "update runs set state = 'FAILED', ended_at_ms = ? where id = ? and state = 'RUNNING'",
      [now(), run.id],
    );
    if (claimed === 0) return [];
    const sql = "select * from executions where run_id = ? and state in ('NEW', 'RUNNING') order by started_at_ms, id";
    const open = (await session.all<Row>(sql, [run.id])).map(readExecution);
    const ended = open.map((execution) => died(execution, run));
    for (const execution of ended) {
      await writeEnd(session, { execution, statement: options.statementOf?.(execution, run) ?? null }, 'FAILED');
    }
    await session.run('delete from leases where owner = ?', [run.id]);
    return ended;
  });
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
