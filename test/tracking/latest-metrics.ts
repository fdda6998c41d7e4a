import type { Session } from '../../src/database/index.ts';

/** The latest value of a metric of a run, by the run's key in the database. */
export interface LatestMetric {
  readonly run: number;
  readonly key: string;
  /** A number or NaN. */
  readonly value: number;
}

/** Puts latest values there as if one point each had been logged; a search reads no points. */
export async function insertLatestMetrics(session: Session, metrics: readonly LatestMetric[]): Promise<void> {
  const columns = ['run', 'key', 'last_step', 'last_timestamp_ms', 'last_value', 'last_is_nan', 'tail_points'];
  const rows = metrics.map(({ run, key, value }) =>
    Number.isNaN(value) ? [run, key, 0, 0, 0, 1, 1] : [run, key, 0, 0, value, 0, 1],
  );
  await session.insert({ table: 'metric_series', columns }, rows);
}
