import type { Database, SqlParameter } from '../../database/index.ts';
import { badValue, experimentNumber, storable } from '../names.ts';
import type { TraceDeletion } from './trace.ts';

/** Deletes traces with all that belongs to them. @returns how many there were */
export async function deleteTraces(database: Database, deletion: TraceDeletion): Promise<number> {
  checkDeletion(deletion);
  const { traceIds, startedUpToMs, limit } = deletion;
  const where = ['experiment_id = ?'];
  const parameters: SqlParameter[] = [experimentNumber(deletion.experimentId)];
  if (startedUpToMs !== null) {
    where.push('started_at_ms <= ?');
    parameters.push(startedUpToMs);
  } else {
    const ids = JSON.stringify(traceIds.map(storable));
    const list =
      database.kind === 'sqlite'
        ? 'select value from json_each(?)'
        : 'select value from jsonb_array_elements_text(cast(? as jsonb)) as listed(value)';
    where.push(`trace_id in (${list})`);
    parameters.push(ids);
  }
  const oldest = limit === null ? '' : ' order by started_at_ms, trace_id limit ?';
  if (limit !== null) parameters.push(limit);
  const chosen = `select trace_id from traces where ${where.join(' and ')}${oldest}`;
  return await database.run(`delete from traces where trace_id in (${chosen})`, parameters);
}

function checkDeletion({ traceIds, startedUpToMs, limit }: TraceDeletion): void {
  if (startedUpToMs === null && traceIds.length === 0) {
    throw badValue('Either `max_timestamp_millis` or `trace_ids` must be specified.');
  }
  if (startedUpToMs !== null && traceIds.length > 0) {
    throw badValue('Only one of `max_timestamp_millis` and `trace_ids` can be specified.');
  }
  if (limit !== null && traceIds.length > 0)
    throw badValue("`max_traces` can't be specified if `trace_ids` is specified.");
  if (limit !== null && limit <= 0) throw badValue(`\`max_traces\` must be a positive integer, received ${limit}.`);
}
