import type { Session } from '../database/index.ts';
import { experimentNumber } from './names.ts';

/** Data that a run of an experiment read. */
export interface DatasetSummary {
  readonly experimentId: string;
  readonly name: string;
  readonly digest: string;
  /** What it was read for, `train` for example; null where that was not said. */
  readonly context: string | null;
}

const contextTag = 'mlflow.data.context';

/** The data that runs of some experiments read, each with each context once, by experiment and name; at most `limit`. */
export async function datasetSummaries(
  session: Session,
  experimentIds: readonly string[],
  limit: number,
): Promise<DatasetSummary[]> {
  if (experimentIds.length === 0) return [];
  const ids = experimentIds.map(experimentNumber);
  const sql = `select distinct d.experiment_id, d.name, d.digest, t.value as context
    from datasets d join run_datasets u on u.dataset = d.id
    left join run_dataset_tags t on t.run = u.run and t.dataset = u.dataset and t.key = ?
    where d.experiment_id in (${ids.map(() => '?').join(', ')}) order by 1, 2, 3, 4 limit ?`;
  type Row = Omit<DatasetSummary, 'experimentId'> & { readonly experiment_id: number };
  const rows = await session.all<Row>(sql, [contextTag, ...ids, limit]);
  return rows.map(({ experiment_id, ...row }) => ({ experimentId: String(experiment_id), ...row }));
}
