import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const bin = join(import.meta.dirname, '..', '..', '..', 'bin', 'mlspec');
let folder = '';

const mlspec = (...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string } => {
  const ran = spawnSync(bin, ['data', ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
    encoding: 'utf8',
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlspec-data-'));
  const rows = (shift: number): string[] =>
    Array.from({ length: 2000 }, (_, i) => `${i},${((i * 7919) % 1000) + shift},${i % 3 === 0 ? 'NA' : i % 97}`);
  writeFileSync(join(folder, 'train.csv'), ['id,age,score', ...rows(0)].join('\n'));
  writeFileSync(join(folder, 'same.csv'), ['id,age,score', ...rows(0).reverse()].join('\n'));
  writeFileSync(join(folder, 'today.csv'), ['id,age,score', ...rows(400)].join('\n'));
  const json = rows(0).map((row) => JSON.stringify({ id: Number(row.split(',')[0]), list: [1], score: 'text' }));
  writeFileSync(join(folder, 'other.ndjson'), json.join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('equal data does not differ, in any order', () => {
  const { code, out, err } = mlspec('drift', 'train.csv', 'same.csv');
  expect([code, out.match(/drifted/)]).toEqual([0, null]);
  expect(err).toContain('0 of 3 columns drifted; 2000 rows against 2000, false-alarm rate 1 %');
});

test('what drifted stands first, and the exit code says so', () => {
  const { code, out } = mlspec('drift', 'train.csv', 'today.csv');
  expect(code).toBe(1);
  expect(out.split('\n')[1]).toMatch(/^age +psi +\d\S* +0\.1 +< 1e-12 +drifted/);
  expect(mlspec('drift', 'train.csv', 'today.csv', '--column', 'id,score').code).toBe(0);
  expect(mlspec('drift', 'train.csv', 'today.csv', '--threshold', '50').code).toBe(0);
});

test('columns that are missing, new, of another type or not to be compared are named', () => {
  const { code, out, err } = mlspec('drift', 'train.csv', 'other.ndjson');
  expect(code).toBe(1);
  expect(out).toContain('age is in the reference only');
  expect(out).toContain('score was int64 and is string');
  expect(err).toContain('list is of a type that is not compared');
});

test('for a program: every distance and the cells', () => {
  const { out } = mlspec('drift', 'train.csv', 'today.csv', '--json', '--distance', 'wasserstein');
  const found = JSON.parse(out) as { readonly columns: readonly Record<string, unknown>[] };
  expect(found.columns[1]).toMatchObject({
    name: 'age',
    judgedBy: 'wasserstein',
    drifted: true,
    distances: { psi: expect.any(Number), kolmogorov_smirnov: 0.4 },
  });
  expect(found.columns[2]).toMatchObject({ type: 'int64', reference: { rowCount: 2000, missingCount: 667 } });
});

test.each([
  [['drift', 'train.csv'], /CLI_USAGE.*found 1 files/],
  [['drft', 'train.csv', 'today.csv'], /CLI_USAGE[\s\S]*Did you mean drift\?/],
  [['drift', 'train.csv', 'todya.csv'], /DATA_NO_FILE[\s\S]*Did you mean today\.csv\?/],
  [['drift', 'train.csv', '.'], /DATA_NO_FILE.*found a folder/],
  [['drift', 'train.csv', 'today.csv', '--column', 'agee'], /no column|column of the files, found "agee"/],
  [['drift', 'train.csv', 'today.csv', '--false-alarm', '200%'], /--false-alarm.*0 to 1.*200%/],
  [['drift', 'train.csv', 'today.csv', '--threshold', 'NaN'], /--threshold.*NaN/],
  [['drift', 'train.csv', 'today.csv', '--distance', 'cosine'], /cosine/],
])('%j is a clear error', (args, says) => {
  const { code, err } = mlspec(...args);
  expect(code).toBe(2);
  expect(err).toMatch(says);
});
