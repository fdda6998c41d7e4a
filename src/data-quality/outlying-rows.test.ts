import { expect, test } from 'vitest';
import { withEngine } from '../../test/steps/with-engine.ts';
import { findOutlyingRows, type OutlyingRows, outlyingRows } from './index.ts';

const uniform = (seed: string): string => `((hash(i, '${seed}') >> 11) + 0.5) / 9007199254740992`;
/** Rows near a line, and five that are usual in each column but not together, or far from all. */
const planted = `(SELECT a, a + 0.1 * e AS b, i % 5 AS c, 'text' AS s FROM (SELECT i, ${uniform('a')} AS a, ${uniform('e')} AS e FROM range(500) t(i))
  UNION ALL SELECT unnest([9, -9, 8.5, 30, 12.0]), unnest([-9, 9, -8.5, 30, -12.0]), unnest([1, 2, 3, 4, 99]), NULL)`;

test('planted rows have the highest scores, and few others are outlying', async () => {
  const found = await withEngine(2, async (engine) => await findOutlyingRows(engine, planted));
  expect(outlyingRows.parse(found)).toEqual(found);
  expect(found.columns).toEqual(['a', 'b', 'c']);
  const highest = found.rows.map(({ values }) => values[0]).slice(0, 5);
  expect(highest.toSorted((a, b) => a! - b!)).toEqual([-9, 8.5, 9, 12, 30]);
  expect(found.rowCount).toBeGreaterThanOrEqual(5);
  expect(found.rowCount).toBeLessThan(30);
});

test('one document for any order of the rows and number of threads', async () => {
  const documents = new Set<string>();
  for (const threads of [1, 2, 4])
    documents.add(
      await withEngine(threads, async (engine) =>
        JSON.stringify(await findOutlyingRows(engine, `(SELECT * FROM ${planted} ORDER BY hash(a, b, ${threads}))`)),
      ),
    );
  expect(documents.size).toBe(1);
});

test('equal rows are scored once and counted; missing, NaN and infinite values are taken for the median', async () => {
  const source = `(SELECT CASE WHEN i < 900 THEN 1.0 WHEN i < 950 THEN NULL WHEN i < 970 THEN 'NaN'::DOUBLE WHEN i < 990 THEN 'Infinity'::DOUBLE ELSE 77 END AS x FROM range(1000) t(i))`;
  const found = await withEngine(2, async (engine) => await findOutlyingRows(engine, source));
  expect(found.rows.map(({ count, values }) => [count, values])).toEqual([
    [10, [77]],
    [990, [1]],
  ]);
  expect(found.rowCount).toBe(10);
});

test('no rows, no numbers, one row', async () => {
  const of = async (source: string): Promise<OutlyingRows> =>
    await withEngine(1, async (engine) => await findOutlyingRows(engine, source));
  expect(await of('(SELECT 1 AS a WHERE false)')).toMatchObject({ columns: ['a'], rowCount: 0, rows: [] });
  expect(await of("(SELECT 'x' AS s)")).toMatchObject({ columns: [], rows: [] });
  expect(await of('(SELECT 1 AS a)')).toMatchObject({ rowCount: 0, rows: [{ score: 0.5, count: 1, values: [1] }] });
});
