import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ingestionProject } from '../../../test/steps/ingestion-project.ts';
import { parquetFilesSource, parquetSource, tableFiles } from '../../tables/index.ts';

const { project, engine, rowsOf, failure } = await ingestionProject();
beforeAll(async () => {
  await project.write('orders.csv', 'id,price\n3,0.5\n1,2\n2,4\n4,8\n');
  await project.write('outcomes.csv', 'id,late,seen\n1,true,x\n3,false,y\n2,,z\n9,true,w\n');
  await project.write('twice.csv', 'id,late\n1,true\n2,true\n1,false\n');
});

const labelled = (outcomes: string): string =>
  `ingestion: {sources: {orders: orders.csv, outcomes: ${outcomes}}, query: SELECT * FROM orders, labels: {late: {from: outcomes, join: id, available_after: 1d}}}`;

test('a label of a later source joins its rows; rows that have none yet are left out and counted', async () => {
  expect(await rowsOf(labelled('outcomes.csv'))).toEqual([
    { id: 3, price: 0.5, late: false },
    { id: 1, price: 2, late: true },
  ]);
  const run = await project.run(labelled('outcomes.csv'), { until: 'ingestion' });
  expect(await run.json('ingestion', 'report')).toMatchObject({ rowCount: 2, unlabelledRows: 2 });
  expect(run.steps['ingestion']!.logs.join()).toContain('2 rows have no label yet');
});

test('two labels for one row, none for any, and a label that is there already are errors', async () => {
  expect(await failure(labelled('twice.csv'))).toMatchObject({
    code: 'INGESTION_AMBIGUOUS_LABEL',
    message: expect.stringContaining('found 2 for "1"'),
  });
  await project.write('none.csv', 'id,late\n7,true\n8,true\n');
  expect(await failure(labelled('none.csv'))).toMatchObject({
    code: 'INGESTION_NO_ROWS',
    message: expect.stringContaining('none of 4 has a label'),
  });
  const both = labelled('outcomes.csv').replace('SELECT * FROM orders', '"SELECT *, true AS late FROM orders"');
  expect(await failure(both)).toMatchObject({ code: 'TABLE_DUPLICATE_COLUMN' });
});

const sharded = (shards: number | null, splitting = ''): string =>
  `task: {kind: binary, label: late, key: [date, origin, destination, distance, delay]}
ingestion: {sources: {f: data/flights.parquet}, query: "SELECT DISTINCT *, delay > 15 AS late FROM f LIMIT 20_000"${shards === null ? '' : `, shards: ${shards}`}}
${splitting}`;

test('shards hold the rows of the one file in its order, nearly equally many each', async () => {
  const whole = await project.run(sharded(null), { until: 'ingestion' });
  const parts = await project.run(sharded(7), { until: 'ingestion' });
  const folder = parts.path('ingestion', 'dataset');
  expect(readdirSync(folder).sort()).toEqual([1, 2, 3, 4, 5, 6, 7].map((at) => `part-0000${at}.parquet`));
  const files = await tableFiles(folder);
  const rows = async (source: string) => await engine.rows(`SELECT * FROM ${source}`);
  expect(await rows(parquetFilesSource(files))).toEqual(await rows(parquetSource(whole.path('ingestion', 'dataset'))));
  const counts = await Promise.all(files.map(async (file) => (await rows(parquetSource(file))).length));
  expect(new Set(counts)).toEqual(new Set([2857, 2858]));
  expect((await project.run(sharded(10_000).replace('20_000', '3'), { until: 'ingestion' })).steps).toBeDefined();
});

test.each(['', ', sealed: [test]'])('the split of a sharded dataset is that of the whole%s', async (sealed) => {
  const rule = `splitting: {by: hash, parts: {train: 60%, validation: 20%, test: 20%}${sealed}}`;
  const [whole, parts] = [
    await project.run(sharded(null, rule), { until: 'splitting' }),
    await project.run(sharded(5, rule), { until: 'splitting' }),
  ];
  expect(await parts.json('splitting', 'split')).toEqual(await whole.json('splitting', 'split'));
  const digestOf = async (run: typeof whole) =>
    await engine.rows(`SELECT * FROM ${parquetSource(run.path('splitting', 'train'))}`);
  expect(await digestOf(parts)).toEqual(await digestOf(whole));
  if (sealed !== '') {
    const folder = parts.path('ingestion', 'dataset');
    expect(readdirSync(folder)).toHaveLength(5);
    expect(readdirSync(folder).every((name) => name.endsWith('.sealed'))).toBe(true);
    await expect(engine.rows(`SELECT * FROM read_parquet('${join(folder, 'part-00001.sealed')}')`)).rejects.toThrow();
  }
  expect(parts.steps['splitting']!.left.filter((name) => name.endsWith('.parquet'))).toEqual([]);
});
