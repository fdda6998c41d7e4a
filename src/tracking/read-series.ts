/* Reading the rows of series: which ones runs have, and their points. */
import type { Session } from '../database/index.ts';
import { storable } from './names.ts';
import { keyOf, keyPlaces, pointKey, type StoredPoint } from './series-point.ts';
import type { StepRange } from './tracking-store.ts';

/** The ids of the series of a metric, by run; runs without it are absent. */
export async function seriesOfRuns(
  session: Session,
  runIds: readonly string[],
  key: string,
): Promise<ReadonlyMap<string, number>> {
  if (runIds.length === 0) return new Map();
  const sql = `select r.run_id, s.id from metric_series s join tracked_runs r on r.id = s.run
    where r.run_id in (${runIds.map(() => '?').join(', ')}) and s.key = ?`;
  const values = [...runIds.map(storable), storable(key)];
  const rows = await session.all<{ run_id: string; id: number }>(sql, values);
  return new Map(rows.map(({ run_id, id }) => [run_id, id]));
}

const points = 'select timestamp_ms, cast(step as text) as step, value, is_nan from metric_points where series = ?';
const pointOrder = `order by ${pointKey.map((column) => `metric_points.${column}`).join(', ')}`;
/** Which points of a series are read. */
export interface PointSpan {
  readonly from?: StoredPoint;
  /** Not with `from`. */
  readonly behind?: StoredPoint | null;
  readonly to?: StoredPoint;
  readonly steps?: StepRange | undefined;
  readonly limit?: number;
}

/** Points of a series, in their order. */
export async function readPoints(session: Session, series: number, span: PointSpan): Promise<StoredPoint[]> {
  const { from, behind, to, steps, limit } = span;
  const key = `(${pointKey.join(', ')})`;
  const conditions = [
    ...(from ? [`and ${key} >= ${keyPlaces}`] : []),
    ...(behind ? [`and ${key} > ${keyPlaces}`] : []),
    ...(to ? [`and ${key} <= ${keyPlaces}`] : []),
    ...(steps ? ['and step between ? and ?'] : []),
  ];
  const values = [
    ...[from, behind, to].flatMap((point) => (point ? keyOf(point) : [])),
    ...(steps ? [steps.from, steps.to] : []),
    ...(limit === undefined ? [] : [limit]),
  ];
  const sql = `${points} ${conditions.join(' ')} ${pointOrder}${limit === undefined ? '' : ' limit ?'}`;
  return await session.all<StoredPoint>(sql, [series, ...values]);
}
