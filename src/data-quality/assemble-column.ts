import type { Cell } from '../tables/index.ts';
import type { ProfiledColumn } from './column-sql.ts';
import { type FixedPoint, momentsOf } from './moments.ts';
import { parseQuantiles } from './outliers.ts';
import type { ColumnStatistics, ValueCount } from './statistics.ts';

const microsADay = 86_400_000_000;

/** What the scans found of a column. */
export interface ColumnFindings {
  readonly counted: Readonly<Record<string, Cell>>;
  readonly shaped: Readonly<Record<string, Cell>>;
  readonly fixedPoint: FixedPoint | null;
  /** Bounds of the histogram; null where none was made. */
  readonly edges: readonly number[] | null;
  readonly fence: { readonly low: number; readonly high: number; readonly method: 'tukey' | 'robust_z' } | null;
}

/** The statistics of a column from what the scans found. */
export function assembleColumn(
  column: ProfiledColumn,
  found: ColumnFindings,
  top: readonly ValueCount[],
): ColumnStatistics {
  const { at, name, type } = column;
  const { counted } = found;
  const rowCount = Number(counted['row_count']);
  return {
    name,
    type,
    rowCount,
    missingCount: rowCount - Number(counted[`present${at}`]),
    distinctCount: Number(counted[`different${at}`]),
    numbers: type === 'int64' || type === 'float64' ? numbersOf(at, found) : null,
    times: type === 'date' || type === 'timestamp' ? timesOf(column, found) : null,
    texts: type === 'string' ? textsOf(at, counted) : null,
    top: [...top],
  };
}

function numbersOf(at: number, found: ColumnFindings): ColumnStatistics['numbers'] {
  const { counted, shaped, fixedPoint, fence } = found;
  const count = Number(counted[`finite${at}`]);
  const moments =
    count === 0 || fixedPoint === null
      ? null
      : momentsOf(
          { count, sum: BigInt(shaped[`sum${at}`] as number), squares: BigInt(shaped[`squares${at}`] as number) },
          fixedPoint,
        );
  return {
    nanCount: Number(counted[`nan${at}`] ?? 0),
    positiveInfinityCount: Number(counted[`above${at}`] ?? 0),
    negativeInfinityCount: Number(counted[`below${at}`] ?? 0),
    zeroCount: Number(counted[`zero${at}`]),
    negativeCount: Number(counted[`negative${at}`]),
    min: nullable(counted[`low${at}`]),
    max: nullable(counted[`high${at}`]),
    mean: moments?.mean ?? null,
    standardDeviation: moments?.standardDeviation ?? null,
    quantiles: parseQuantiles(counted[`quantiles${at}`]),
    histogram: histogramOf(at, found, (edge) => edge),
    outliers:
      fence === null
        ? null
        : {
            method: fence.method,
            low: fence.low,
            high: fence.high,
            belowCount: Number(shaped[`outside_below${at}`]),
            aboveCount: Number(shaped[`outside_above${at}`]),
          },
  };
}

function timesOf(column: ProfiledColumn, found: ColumnFindings): ColumnStatistics['times'] {
  const { at, type } = column;
  const { counted } = found;
  const write = (value: number): string => isoText(value, type === 'date');
  const quantiles = parseQuantiles(counted[`quantiles${at}`]);
  const [low, high] = [nullable(counted[`low${at}`]), nullable(counted[`high${at}`])];
  return {
    infiniteCount: Number(counted[`present${at}`]) - Number(counted[`finite${at}`]),
    min: low === null ? null : write(low),
    max: high === null ? null : write(high),
    quantiles: quantiles?.map(write) ?? null,
    histogram: histogramOf(at, found, (edge) => isoText(edge * (type === 'date' ? microsADay : 1), false)),
  };
}

function textsOf(at: number, counted: ColumnFindings['counted']): ColumnStatistics['texts'] {
  const present = Number(counted[`present${at}`]);
  return {
    emptyCount: Number(counted[`empty${at}`]),
    minLength: nullable(counted[`shortest${at}`]),
    maxLength: nullable(counted[`longest${at}`]),
    meanLength: present === 0 ? null : Number(counted[`letters${at}`]) / present,
  };
}

function histogramOf<Edge extends number | string>(
  at: number,
  { counted, shaped, edges }: ColumnFindings,
  write: (edge: number) => Edge,
): { edges: Edge[]; counts: number[] } | null {
  if (edges === null) return null;
  const below = edges.slice(1, -1).map((_, index) => Number(shaped[`bin${at}_${index}`]));
  const bounds = [0, ...below, Number(counted[`finite${at}`])];
  return { edges: edges.map(write), counts: bounds.slice(1).map((bound, index) => bound - bounds[index]!) };
}

function nullable(cell: Cell | undefined): number | null {
  return cell === null || cell === undefined ? null : Number(cell);
}

/** Days or microseconds since 1970 as an ISO text in UTC: a date, or an instant with six digits behind the second. */
export function isoText(value: number, isDays: boolean): string {
  if (isDays) return yearSafe(value * 86_400_000, 'date');
  const micros = Math.round(value);
  const millis = Math.floor(micros / 1000);
  const rest = String(micros - millis * 1000).padStart(3, '0');
  return yearSafe(millis, 'instant').replace(/Z$/, `${rest}Z`);
}

function yearSafe(millis: number, form: 'date' | 'instant'): string {
  const limit = 8.64e15;
  const text = new Date(Math.max(-limit, Math.min(limit, millis))).toISOString();
  return form === 'date' ? text.slice(0, text.indexOf('T')) : text;
}
