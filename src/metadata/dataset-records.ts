/** States of datasets: each change is one more line, and the last line of a dataset is its state. No line is ever changed or removed. */
import type { Database } from '../database/index.ts';
import { newId, now } from '../encoding/index.ts';
import type { DatasetStateRecord } from './records.ts';
import { plainText } from './rows.ts';

interface StateRow {
  readonly id: string;
  readonly dataset: string;
  readonly state: DatasetStateRecord['state'];
  readonly reason: string;
  readonly set_by: string;
  readonly set_at_ms: number;
}

const columns = ['id', 'dataset', 'state', 'reason', 'set_by', 'set_at_ms'] as const;

/** Adds a line. */
export async function addDatasetState(
  database: Database,
  given: Omit<DatasetStateRecord, 'id' | 'setAtMs'>,
): Promise<DatasetStateRecord> {
  const record: DatasetStateRecord = { ...given, id: newId('dst'), setAtMs: now() };
  await database.insert({ table: 'dataset_states', columns: [...columns] }, [
    [record.id, plainText(record.dataset), record.state, plainText(record.reason), record.setBy, record.setAtMs],
  ]);
  return record;
}

/** Every line, the oldest first; of one dataset where one is named. */
export async function datasetStatesOf(database: Database, dataset?: string): Promise<DatasetStateRecord[]> {
  const [where, parameters] = dataset === undefined ? ['', []] : ['where dataset = ?', [dataset]];
  const sql = `select ${columns.join(', ')} from dataset_states ${where} order by set_at_ms, id`;
  return (await database.all<StateRow>(sql, parameters)).map((row) => ({
    id: row.id,
    dataset: row.dataset,
    state: row.state,
    reason: row.reason,
    setBy: row.set_by,
    setAtMs: row.set_at_ms,
  }));
}
