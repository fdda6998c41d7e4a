/* Parquet files ten times as large as what the query engine may keep in memory: few wide rows, and many narrow ones. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFull } from '../../../test/full.ts';
import {
  createDuckDb,
  createDuckDbProcess,
  engineShare,
  parquetSource,
  type QueryEngine,
  quoteLiteral,
} from '../../tables/index.ts';
import { divideDataset, partGroupBytes } from './divide.ts';
import type { SplittingParams } from './plan.ts';

/** What the program gives its engine at least. */
const limitBytes = engineShare(0);
const sizes = {
  wide: { rowCount: 430_000, groupRows: 2_048, columns: ['repeat(md5(i::VARCHAR), 50) AS words'] },
  long: {
    rowCount: 5_800_000,
    groupRows: 20_000,
    columns: Array.from({ length: 11 }, (_, at) => `hash(i, ${10 + at}) AS y${at}`),
  },
};
const shapes = Object.keys(sizes) as (keyof typeof sizes)[];
const tested = isFull ? shapes : (['wide'] as const);
let folder: string;
const file = (shape: string): string => join(folder, `${shape}.parquet`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'split-memory-'));
  const maker = await createDuckDb();
  for (const shape of tested) {
    const { rowCount, groupRows, columns } = sizes[shape];
    const ruled = 'i AS id, hash(i, 1) % 5 AS kind, hash(i, 2) % 1000 AS maker, hash(i, 3) % 100000 AS at';
    await maker.execute(
      `COPY (SELECT ${[ruled, ...columns].join(', ')} FROM range(${rowCount}) AS r(i)) TO ${quoteLiteral(file(shape))} (FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1, ROW_GROUP_SIZE ${groupRows})`,
    );
  }
  await maker.close();
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const rules: readonly Partial<SplittingParams>[] = [
  { by: 'stratified', column: 'kind', key: ['id'] },
  ...(isFull
    ? ([
        { by: 'group', column: 'maker', key: ['id'] },
        { by: 'hash', key: ['id'] },
        { by: 'hash' },
        { by: 'time', column: 'at', key: ['id'] },
        { by: 'time', column: 'at' },
      ] as const)
    : []),
];

/** What is told of a split, with the digests of what was written. */
async function divide(engine: QueryEngine, rule: Partial<SplittingParams>, shape: string): Promise<unknown[]> {
  const parts = [
    { name: 'train', share: 0.7, sealed: false },
    { name: 'test', share: 0.3, sealed: false },
  ];
  const params = { name: 'p', column: null, gapMs: 0, salt: '', parts, key: [], by: 'hash' as const, ...rule };
  const room = await mkdtemp(join(folder, 'parts-'));
  await engine.execute(`CREATE VIEW dataset AS SELECT * FROM ${parquetSource(file(shape))}`);
  const { fields } = await engine.describe('SELECT * FROM dataset');
  const { signal } = new AbortController();
  const written: string[] = [];
  const manifest = await divideDataset({ engine, params, fields, signal }, async ({ part, rows, readBack }) => {
    const path = join(room, `${part.name}.parquet`);
    await engine.writeParquet(rows, path, { groupBytes: partGroupBytes(fields) });
    written.push(createHash('sha256').update(readFileSync(path)).digest('hex'));
    const [wrong] = await engine.rows(
      `SELECT count(*) AS n FROM (SELECT __row, id, lag(id, 1, -1) OVER () AS before FROM ${parquetSource(path)}) WHERE id <= before OR id <> __row`,
    );
    expect(wrong).toEqual({ n: 0 });
    return await readBack(path);
  });
  await engine.execute('DROP VIEW dataset; DROP TABLE assigned; DROP TABLE proof');
  await rm(room, { recursive: true });
  return [manifest, written];
}

for (const shape of tested)
  test(`a file of ${shape} rows is divided within a tenth of its size, into the bytes that it is divided into without a limit`, {
    timeout: 1_800_000,
  }, async () => {
    const { rowCount } = sizes[shape];
    expect(statSync(file(shape)).size).toBeGreaterThanOrEqual(10 * limitBytes);
    const tempDirectory = join(folder, 'temp');
    await mkdir(tempDirectory, { recursive: true });
    const little = await createDuckDbProcess({ memoryLimitBytes: limitBytes, tempDirectory });
    const one = await createDuckDb({ threads: 1 });
    for (const rule of rules) {
      const found = await divide(little, rule, shape);
      const [{ parts }] = found as [{ parts: Record<string, { rowCount: number }> }];
      expect(parts['train']!.rowCount + parts['test']!.rowCount).toBe(rowCount);
      if (isFull) expect(await divide(one, rule, shape), rule.by!).toEqual(found);
    }
    await little.close();
    await one.close();
  });
