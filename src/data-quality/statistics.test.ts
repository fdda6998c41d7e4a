/**
 * Statistics against NumPy, SciPy, pandas and polars on generated columns; and that they are the same document over many runs, on any
 * number of threads, in any order of the rows.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withEngine } from '../../test/steps/with-engine.ts';
import { digestJson } from '../encoding/index.ts';
import { parquetSource, quoteLiteral } from '../tables/index.ts';
import { type ColumnStatistics, profileTable, profileWeighted, tableStatistics, weightedStatistics } from './index.ts';

interface GoldenCase {
  readonly name: string;
  readonly type: string;
  readonly values: readonly (string | number | null)[];
  readonly expected: Readonly<Record<string, unknown>>;
}

interface WeightedCase {
  readonly name: string;
  readonly values: readonly (string | number | null)[];
  readonly weights: readonly number[];
  readonly expected: Readonly<Record<string, unknown>>;
}

const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/data-quality/statistics.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly GoldenCase[]; readonly weighted: readonly WeightedCase[] };

function sourceOf({ type, values }: GoldenCase): string {
  const list = values.map((value) => quoteLiteral(value === null ? null : String(value)));
  return `(SELECT unnest([${list.join(', ')}])::${type} AS x)`;
}

/** Equal, floats to 1e-10 of their size; what is expected may be less than what was found. */
function expectLike(found: unknown, expected: unknown, path: string): void {
  if (typeof expected === 'number' && !Number.isInteger(expected)) {
    expect(Math.abs((found as number) - expected), `${path}: ${found} against ${expected}`).toBeLessThanOrEqual(
      1e-10 * Math.abs(expected) + 1e-12,
    );
  } else if (typeof expected === 'object' && expected !== null) {
    if (Array.isArray(expected)) expect((found as unknown[]).length, path).toBe(expected.length);
    for (const [key, value] of Object.entries(expected))
      expectLike((found as Record<string, unknown>)[key], value, `${path}.${key}`);
  } else expect(found, path).toBe(expected);
}

test.each(golden.cases.map((one) => [one.name, one] as const))('%s is what the others say', async (name, one) => {
  const statistics = await withEngine(2, async (engine) => await profileTable(engine, sourceOf(one)));
  expect(tableStatistics.parse(statistics)).toEqual(statistics);
  expectLike(statistics.columns[0], one.expected, name);
});

test.each(golden.weighted.map((one) => [one.name, one] as const))('%s is what NumPy says', async (name, one) => {
  const list = (values: readonly (string | number | null)[]): string =>
    values.map((value) => quoteLiteral(value === null ? null : String(value))).join(', ');
  const source = `(SELECT unnest([${list(one.values)}])::DOUBLE AS x, unnest([${list(one.weights)}])::DOUBLE AS w)`;
  const found = [];
  for (const threads of [1, 3])
    found.push(
      await withEngine(threads, async (engine) => {
        const rows = `(SELECT * FROM ${source} ORDER BY hash(x, w, ${threads}))`;
        return await profileWeighted(engine, rows, { weight: 'w' });
      }),
    );
  expect(found[1]).toEqual(found[0]);
  expect(weightedStatistics.parse(found[0])).toEqual(found[0]);
  expectLike(found[0]!.columns[0], one.expected, name);
});

test('weights of nothing, and what is no weight', async () => {
  const profile = async (source: string): Promise<unknown> =>
    await withEngine(1, async (engine) => await profileWeighted(engine, source, { weight: 'w' }));
  expect(await profile('(SELECT 1 AS x, 0 AS w FROM range(3))')).toEqual({
    weight: 'w',
    total: 0,
    columns: [{ name: 'x', missing: null, mean: null, standardDeviation: null, quantiles: null, top: [] }],
  });
  expect(await profile("(SELECT unnest(['a', 'b', 'a', NULL]) AS s, unnest([1, 2, 0.5, 0.5]) AS w)")).toMatchObject({
    total: 4,
    columns: [
      {
        missing: 0.125,
        top: [
          { value: 'b', share: 0.5 },
          { value: 'a', share: 0.375 },
        ],
      },
    ],
  });
  for (const weight of ['-1', 'NULL::INTEGER', "'NaN'::DOUBLE", "'Infinity'::DOUBLE", "'two'"])
    await expect(profile(`(SELECT 1 AS x, ${weight} AS w)`), weight).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
});

test('what looks like an identifier is called one', async () => {
  const columns = await withEngine(
    1,
    async (engine) =>
      (
        await profileTable(
          engine,
          `(SELECT i AS id, 'k' || i AS text_id, i + 0.5 AS measure, CASE WHEN i <> 7 THEN i END AS gap, CASE WHEN i > 9 THEN i END AS gaps,
            i // 2 AS twice, DATE '2020-01-01' + i::INTEGER AS day FROM range(100) t(i))`,
        )
      ).columns,
  );
  const names = (is: (column: ColumnStatistics) => boolean): string[] => columns.filter(is).map(({ name }) => name);
  expect(names((column) => column.identifier)).toEqual(['id', 'text_id', 'gap']);
  expect(names((column) => column.constant)).toEqual([]);
});

test('the digest is one over a hundred runs, on one to five threads, in any order of the rows', async () => {
  const flights = parquetSource(
    new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url).pathname,
  );
  const digests = new Set<string>();
  for (let run = 0; run < 100; run++) {
    const digest = await withEngine(1 + (run % 5), async (engine) => {
      // Floats whose sum depends on the order: tenths of very different size, half of them negative.
      const rows = `SELECT *, (delay * 0.1)::DOUBLE * pow(10::DOUBLE, distance % 17) AS mixed FROM ${flights} LIMIT 3000`;
      await engine.execute(`CREATE TABLE rows AS SELECT * FROM (${rows}) ORDER BY hash(delay, distance, ${run})`);
      return digestJson((await profileTable(engine, 'rows')) as never);
    });
    digests.add(digest);
  }
  expect(digests.size).toBe(1);
});
