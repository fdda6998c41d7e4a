/**
 * The declared false-alarm rate, held to by simulation: two samples of one distribution are compared again and again, and
 * called drifted no more often than was declared. Thresholds are 0, so that chance alone decides.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clopperPearsonInterval } from '../../stats/index.ts';
import { createDuckDb, type QueryEngine } from '../../tables/index.ts';
import { compareTables } from './compare-tables.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 2 });
});
afterAll(async () => await engine.close());

/** Columns of one distribution each; `u` and `v` stand for two uniform numbers of the row. */
const distributions = [
  'u',
  'sqrt(-2 * ln(u)) * cos(2 * pi() * v)',
  'tan(pi() * (u - 0.5))',
  'CAST(floor(-3 * ln(u)) AS BIGINT)',
  'CASE WHEN u < 0.95 THEN 0 ELSE v END',
  'CASE WHEN u < 0.1 THEN NULL ELSE v END',
  "CASE WHEN u < 0.2 THEN 'NaN'::DOUBLE WHEN u < 0.25 THEN 'Infinity'::DOUBLE ELSE v END",
  "DATE '2024-01-01' + CAST(u * 365 AS INTEGER)",
  'u < 0.03',
  "'c' || CAST(floor(u * 3) AS BIGINT)",
  "'c' || CAST(floor(1 / u) AS BIGINT)",
  "'c' || CAST(floor(u * 700) AS BIGINT)",
];

async function draw(table: string, rows: number, seed: number): Promise<void> {
  const columns = distributions.map((sql, at) => {
    const uniform = (of: string): string => `((hash(i, ${seed}, ${at}, '${of}') >> 11) + 0.5) / 9007199254740992`;
    return `${sql.replaceAll(/\bu\b/g, uniform('u')).replaceAll(/\bv\b/g, uniform('v'))} AS c${at}`;
  });
  await engine.execute(
    `CREATE OR REPLACE TEMP TABLE ${table} AS SELECT ${columns.join(', ')} FROM range(${rows}) t(i)`,
  );
}

const rate = 0.05;

test.each([
  [100, 20],
  [1_000, 20],
  [100_000, 4],
])('%i rows, %i times: equal data is called drifted at most as often as declared', async (rows, times) => {
  const alarms = { psi: { columns: 0, tables: 0 }, kolmogorov_smirnov: { columns: 0, tables: 0 } };
  for (let turn = 0; turn < times; turn++) {
    await draw('a', rows, 2 * turn);
    // The samples are of different sizes, as in life.
    await draw('b', Math.round(rows * (0.5 + turn / times)), 2 * turn + 1);
    for (const distance of ['psi', 'kolmogorov_smirnov'] as const) {
      const options = { distance, threshold: 0, falseAlarmRate: rate };
      const { columns } = await compareTables(engine, { reference: 'a', current: 'b' }, options);
      expect(columns.length).toBe(distributions.length);
      alarms[distance].columns += columns.filter(({ pValue }) => pValue <= rate).length;
      alarms[distance].tables += columns.some(({ drifted }) => drifted) ? 1 : 0;
    }
  }
  // Not more than the rate, as far as so many comparisons can tell (99.9 %, one side).
  const least = (count: number, of: number): number => clopperPearsonInterval(count, of, 0.998)!.low;
  for (const [distance, { columns, tables }] of Object.entries(alarms)) {
    expect(least(columns, times * distributions.length), `${distance}: ${columns} columns`).toBeLessThanOrEqual(rate);
    expect(least(tables, times), `${distance}: ${tables} tables`).toBeLessThanOrEqual(rate);
    // And not because nothing is ever seen.
    if (times > 10) expect(columns).toBeGreaterThan(0);
  }
});
