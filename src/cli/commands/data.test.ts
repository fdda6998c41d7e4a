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

test('row by row: what was added, removed and changed, by column', () => {
  writeFileSync(join(folder, 'before.csv'), 'id,name,price\n1,a,1.5\n2,b,2.5\n3,c,3.5\n5,e,1\n5,e,1\n');
  writeFileSync(
    join(folder, 'after.csv'),
    'id,name,price,more\n1,a,1.5,x\n2,"b\u001b[2J\u009b2J",2.5,x\n4,d,NA,x\n5,e,2,x\n',
  );
  const { code, out } = mlspec('diff', 'before.csv', 'after.csv', '--key', 'id', '--rows', 'rows.parquet');
  expect(code).toBe(1);
  expect(out).toBe(`1 added, 1 removed, 1 changed, 1 unchanged
key repeated in 2 and 1 rows: id=5
more is new

column  changed  emptied  filled  largest change
name    1        0        0

~ id=2  name b → "b\\u001b[2J\\u{9b}2J"
+ id=4 name=d price=null
- id=3 name=c price=3.5
`);
  expect(mlspec('diff', 'rows.parquet', 'rows.parquet').out).toBe('0 added, 0 removed, 0 changed, 3 unchanged\n');
});

test('equal rows in another order do not differ; without a key rows are compared whole', () => {
  expect(mlspec('diff', 'train.csv', 'same.csv', '--key', 'id')).toMatchObject({ code: 0 });
  expect(mlspec('diff', 'train.csv', 'same.csv')).toMatchObject({ code: 0 });
  const whole = mlspec('diff', 'train.csv', 'today.csv', '--json');
  expect(JSON.parse(whole.out)).toMatchObject({ added: 2000, removed: 2000, changed: 0, key: [] });
  expect(mlspec('diff', 'train.csv', 'today.csv', '--key', 'id', '--tolerance', '400').code).toBe(0);
  expect(mlspec('diff', 'train.csv', 'today.csv', '--key', 'id', '--column', 'score').code).toBe(0);
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
  [['diff', 'train.csv'], /CLI_USAGE.*found 1 files/],
  [['diff', 'train.csv', 'today.csv', '--key', 'idd'], /expected the key.*"idd".*it has id, age, score/],
  [['diff', 'train.csv', 'today.csv', '--rows', 'rows.csv'], /ends in \.parquet.*rows\.csv/],
  [['diff', 'train.csv', 'same.parquet', '--rows', 'same.parquet'], /another file/],
])('%j is a clear error', (args, says) => {
  const { code, err } = mlspec(...args);
  expect(code).toBe(2);
  expect(err).toMatch(says);
});
