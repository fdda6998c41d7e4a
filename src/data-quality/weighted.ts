/**
 * Statistics in which a row counts as much as its weight says. Weights are taken in whole steps: as they are where they are whole and few
 * enough, else in a power of two as fine as lets all of them add up within 2^53 (three million rows: 2^-30 of the largest weight). From there on
 * everything is counted as rows are, so that it does not depend on their order.
 */
import { z } from 'zod';
import { PlatformError } from '../errors/index.ts';
import { type QueryEngine, type QueryOptions, quoteIdentifier } from '../tables/index.ts';
import { doubleLiteral } from './column-sql.ts';
import { fieldsOf } from './column-states.ts';
import { describeAndDrop } from './profile-table.ts';
import type { ColumnStatistics } from './statistics.ts';
import { countValues } from './value-table.ts';

const exactBits = 53;

const share = z.number().min(0).max(1);

/** Weighted statistics of a table as they are written down. */
export const weightedStatistics = z
  .strictObject({
    weight: z.string().describe('The column of weights.'),
    total: z.number().nonnegative().describe('Of all weights.'),
    columns: z.array(
      z.strictObject({
        name: z.string(),
        missing: share.nullable().describe('Of the weight; null where all of it is 0.'),
        mean: z.number().nullable(),
        standardDeviation: z.number().nullable().describe('Of the population: √(Σ w (x - mean)² / Σ w).'),
        quantiles: z
          .array(z.union([z.number(), z.string()]))
          .nullable()
          .describe('Smallest values with 1, 5, 25, 50, 75, 95, 99 % of the weight at or below.'),
        top: z
          .array(z.strictObject({ value: z.union([z.string(), z.number(), z.boolean()]), share }))
          .describe('The values with the most weight, as shares of all of it.'),
      }),
    ),
  })
  .describe('Statistics in which a row counts as much as its weight says; rows of weight 0 do not count.');

/** Statistics in which a row counts as much as its weight says. */
export type WeightedStatistics = z.infer<typeof weightedStatistics>;

/**
 * Weighted statistics of a source: a table, or a query in parentheses.
 * @throws PlatformError WEIGHTS_INVALID where the column holds anything but finite numbers of at least 0
 */
export async function profileWeighted(
  engine: QueryEngine,
  source: string,
  { weight, ...options }: QueryOptions & { readonly weight: string },
): Promise<WeightedStatistics> {
  const fields = await fieldsOf(engine, source);
  const scale = await scaleOf(engine, source, { weight, type: fields.find(({ name }) => name === weight)?.type });
  const sql = `CAST(round(CAST(${quoteIdentifier(weight)} AS DOUBLE) * ${doubleLiteral(scale)}) AS BIGINT)`;
  const columns: WeightedStatistics['columns'] = [];
  let steps = 0;
  for (const field of fields) {
    if (field.name === weight) continue;
    const table = await countValues(engine, { source, field, weight: sql }, options);
    const [found] = await describeAndDrop(engine, table, { ...options, outliers: 'none' });
    steps = found!.rowCount;
    columns.push(weightedColumn(found!));
  }
  return { weight, total: steps / scale, columns };
}

async function scaleOf(
  engine: QueryEngine,
  source: string,
  { weight, type }: { readonly weight: string; readonly type: string | undefined },
): Promise<number> {
  const wrong = (found: string): PlatformError =>
    new PlatformError('WEIGHTS_INVALID', {
      message: `expected ${weight} to hold a finite number of at least 0 in every row, found ${found}`,
    });
  if (type === undefined) throw wrong('no such column');
  if (type !== 'int64' && type !== 'float64') throw wrong(`a column of type ${type}`);
  const [row] = await engine.rows(
    `SELECT count(*) AS n, count_if(w IS NULL) AS missing, count_if(NOT isfinite(w) OR w < 0) AS bad, count_if(w <> floor(w)) AS broken, max(w) AS high FROM (SELECT CAST(${quoteIdentifier(weight)} AS DOUBLE) AS w FROM ${source})`,
  );
  const [count, high] = [Number(row!['n']), Number(row!['high'] ?? 0)];
  if (Number(row!['missing']) > 0) throw wrong(`no value in ${row!['missing']} of ${count} rows`);
  if (Number(row!['bad']) > 0) throw wrong(`something else in ${row!['bad']} of ${count} rows`);
  if (high === 0 || (Number(row!['broken']) === 0 && high * count < 2 ** exactBits)) return 1;
  const bits = Math.floor(exactBits - Math.log2(count + 1)) - 1;
  return 2 ** Math.max(-1022, Math.min(1000, bits - Math.ceil(Math.log2(high))));
}

function weightedColumn({
  name,
  rowCount,
  missingCount,
  numbers,
  times,
  top,
}: ColumnStatistics): WeightedStatistics['columns'][number] {
  const finite = rowCount - missingCount - infinitePart(numbers);
  const deviation = numbers?.standardDeviation ?? null;
  return {
    name,
    missing: rowCount === 0 ? null : missingCount / rowCount,
    mean: numbers?.mean ?? null,
    standardDeviation: deviation === null ? null : deviation * Math.sqrt((finite - 1) / finite),
    quantiles: numbers?.quantiles ?? times?.quantiles ?? null,
    top: top.map(({ value, count }) => ({ value, share: count / rowCount })),
  };
}

function infinitePart(numbers: ColumnStatistics['numbers']): number {
  return numbers === null ? 0 : numbers.nanCount + numbers.positiveInfinityCount + numbers.negativeInfinityCount;
}
