/* A fold that trains on what it holds out is found, whoever made it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, type QueryEngine } from '../tables/index.ts';
import { foldName, foldNames, heldOutSql, type ProvedFold, proveFold, trainedOnSql } from './fold-rows.ts';

let folder: string;
let engine: QueryEngine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fold-rows-'));
  engine = await createDuckDb();
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const { signal } = new AbortController();
const rows = '(SELECT i AS __row, i // 2 AS id, i % 3 AS shop, i AS x FROM range(12) t(i))';

/** Proves fold 1 of folds that somebody made: rows `(__row, __fold, __from)`. */
async function prove(folds: string, together: readonly string[]): Promise<ProvedFold> {
  const files = { train: join(folder, 'train.parquet'), heldOut: join(folder, 'held_out.parquet') };
  const given = { rows, folds: `(${folds})` };
  await engine.writeParquet(`${trainedOnSql(given, 1)} ORDER BY __row`, files.train);
  await engine.writeParquet(`${heldOutSql(given, 1)} ORDER BY __row`, files.heldOut);
  return await proveFold(engine, files, { fold: 1, together, signal });
}

const byKey = 'SELECT i AS __row, 1 + (i // 2) % 3 AS __fold, 1 AS __from FROM range(12) t(i)';

test('a fold whose sides share no key is told with both', async () => {
  const { parts, overlap } = await prove(byKey, ['id']);
  expect([parts.train.rowCount, parts.held_out.rowCount]).toEqual([8, 4]);
  expect(parts.train.keyDigest).not.toBe(parts.held_out.keyDigest);
  expect(overlap).toEqual({ keysInSeveralParts: 0, verdict: 'none' });
});

test.each<[string, string, readonly string[]]>([
  ['a key that is divided', 'SELECT i AS __row, 1 + i % 3 AS __fold, 1 AS __from FROM range(12) t(i)', ['id']],
  ['a row that is in two folds', `${byKey} UNION ALL SELECT 0, 2, 1`, ['id']],
  ['the same row, where whole rows stay together', `${byKey} UNION ALL SELECT 0, 2, 1`, []],
  ['a group that is divided', byKey, ['shop']],
])('%s is refused', async (_, folds, together) => {
  await expect(prove(folds, together)).rejects.toMatchObject({
    code: 'SPLITTING_OVERLAP',
    message: expect.stringMatching(/^\d keys of fold 1 are held out and trained on$/),
  });
});

test('a fold without rows on one side is refused', async () => {
  const all = (fold: number, from: number) =>
    `SELECT i AS __row, ${fold} AS __fold, ${from} AS __from FROM range(12) t(i)`;
  await expect(prove(all(2, 1), ['id'])).rejects.toMatchObject({ message: 'fold 1 holds out no row' });
  await expect(prove(all(1, 1), ['id'])).rejects.toMatchObject({
    code: 'SPLITTING_EMPTY_FOLD',
    message: 'fold 1 has no row to train on',
  });
});

test('names of folds stand in their order', () => {
  expect(foldName(3, 5)).toBe('fold-3');
  expect(foldNames(12)).toEqual(foldNames(12).toSorted());
});
