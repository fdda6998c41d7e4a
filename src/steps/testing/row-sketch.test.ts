import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shareRows } from '../../model-ci/index.ts';
import { createSealingKey } from '../../provenance/index.ts';
import { createDuckDb, type QueryEngine } from '../../tables/index.ts';
import { type RowIdentity, sketchRows } from './row-sketch.ts';

let folder = '';
let engine: QueryEngine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'row-sketch-'));
  engine = await createDuckDb();
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

const identity: RowIdentity = { project: 'late', key: ['id'], secret: createSealingKey(Buffer.alloc(32, 1)) };

/** The sketch of rows with these ids, of which the first has the place `from`. */
async function sketch(ids: readonly number[], changes: Partial<RowIdentity> = {}, from = 0): Promise<string> {
  const path = join(folder, 'part.parquet');
  const rows = ids.map((id, index) => `(${from + index}, ${id}, 'name of ${id}')`).join(', ');
  await engine.writeParquet(`SELECT * FROM (VALUES ${rows}) AS t(__row, id, name)`, path);
  return await sketchRows(engine, path, { ...identity, ...changes });
}

test('a row is the same row in every part of a project, wherever it stands', async () => {
  expect(shareRows(await sketch([1, 2, 3]), await sketch([3, 4], {}, 70))).toBe(true);
  expect(shareRows(await sketch([1, 2, 3]), await sketch([4, 5]))).toBe(false);
  expect(await sketch([2, 1, 2])).toBe(await sketch([1, 2]));
});

test('without a key a row is known by all its columns, and not by its place', async () => {
  expect(shareRows(await sketch([1, 2], { key: [] }), await sketch([2, 3], { key: [] }, 9))).toBe(true);
  expect(shareRows(await sketch([1, 2], { key: [] }), await sketch([1, 2]))).toBe(false);
});

test('other projects and other secrets hash other rows', async () => {
  const own = await sketch([1, 2, 3]);
  expect(own).toMatch(/^[0-9a-f]{48}$/);
  expect(shareRows(own, await sketch([1, 2, 3], { project: 'early' }))).toBe(false);
  expect(shareRows(own, await sketch([1, 2, 3], { secret: createSealingKey(Buffer.alloc(32, 2)) }))).toBe(false);
});
