import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createDataFolder } from '../../../test/steps/data-folder.ts';
import { withEngine } from '../../../test/steps/with-engine.ts';

const { folder, mlspec } = createDataFolder();
const outside = createDataFolder();

const rows = (count: number): string[] =>
  Array.from({ length: count }, (_, row) => `${row};${row % 7 === 0 ? '?' : row % 50};${row % 3 === 0}`);

beforeAll(async () => {
  writeFileSync(
    join(folder, 'mlspec.yaml'),
    `mlspec: 1
name: shop
task: {kind: binary, label: late, key: [id]}
ingestion:
  sources:
    loans: {csv: loans.csv, options: {delim: ';', nullstr: ['?']}}
    days: 'days/*.parquet'
    one: {parquet: days/1.parquet, sample: 50%}
    ledger: {sqlite: ledger.db, table: t}
    gone: {csv: gone.csv}
  query: SELECT * FROM loans
`,
  );
  writeFileSync(join(folder, 'loans.csv'), `id;x;late\n${rows(300).join('\n')}\n`);
  mkdirSync(join(folder, 'days'));
  mkdirSync(join(folder, 'loans'));
  await withEngine(1, async (engine) => {
    for (const day of [1, 2])
      await engine.writeParquet(
        `SELECT i AS id, (i * ${day}) % 50 AS x, i % 3 = 0 AS late FROM range(200) AS r(i)`,
        join(folder, 'days', `${day}.parquet`),
      );
  });
});

interface Profile {
  readonly name: string;
  readonly digest: string;
  readonly compared: { readonly name: string } | null;
  readonly statistics: { readonly columns: readonly { readonly name: string; readonly missingCount: number }[] };
}

function profileOf(...args: string[]): Profile {
  const { out, err } = mlspec('profile', ...args, '--json');
  expect(out, err).not.toBe('');
  return JSON.parse(out.trim().split('\n').at(-1)!);
}

test('a source of the declaration is profiled as ingestion reads it, under its name; a folder of that name is none', () => {
  const loans = profileOf('loans');
  expect(loans.name).toBe('loans');
  expect(loans.statistics.columns.map(({ name, missingCount }) => [name, missingCount])).toEqual([
    ['id', 0],
    ['x', 43],
    ['late', 0],
  ]);
  const query = "SELECT * FROM read_csv('loans.csv', delim = ';', nullstr = '?')";
  expect(loans.digest).toBe(profileOf(query).digest);
  expect(profileOf('shop/loans', '--compare', 'days')).toMatchObject({
    name: 'shop/loans',
    digest: loans.digest,
    compared: { name: 'days' },
  });
});

test('a source of several files is all of them: by their states, by rows where those are asked for, and all rows of a sample', () => {
  const both = profileOf('days/1.parquet', 'days/2.parquet');
  expect(profileOf('days').digest).toBe(both.digest);
  expect(profileOf('days', '--states', 'states').digest).toBe(both.digest);
  expect(profileOf('days', '--by', 'late').digest).toBe(both.digest);
  expect(profileOf('one').digest).toBe(profileOf('days/1.parquet').digest);
});

test('the other commands take it too', () => {
  expect(mlspec('drift', 'days', 'days').code).toBe(0);
  const { code, out } = mlspec('diff', 'one', 'days/2.parquet', '--key', 'id');
  expect([code, out.includes('x')]).toEqual([1, true]);
  expect(mlspec('infer', 'loans', '--out', 'loans.schema.yaml').code).toBe(0);
  expect(mlspec('check', 'loans', '--schema', 'loans.schema.yaml', '--compare', 'loans').code).toBe(0);
});

test('what is no dataset, is none of files, is not there or may not be read is said', () => {
  expect(mlspec('profile', 'laons').err).toMatch(
    /expected a CSV, JSON or Parquet file or a dataset of the project at laons, found neither[\s\S]*Did you mean loans\?/,
  );
  expect(mlspec('profile', 'ledger').err).toMatch(/found ledger, which is read from sqlite/);
  expect(mlspec('profile', 'gone').err).toMatch(/expected a file at gone\.csv/);
  expect(mlspec('profile', 'no/such').err).toMatch(/expected a CSV, JSON or Parquet file at no\/such, found nothing/);
  expect(outside.mlspec('profile', 'loans').err).toMatch(
    /expected a CSV, JSON or Parquet file at loans, found nothing/,
  );
  expect(mlspec('state', 'loans', 'archived', '--reason', 'wrong currency').code).toBe(0);
  const refused = mlspec('profile', 'loans');
  expect([refused.code, refused.err]).toEqual([
    1,
    expect.stringMatching(/shop\/loans, archived since .*wrong currency/),
  ]);
  expect(mlspec('profile', 'loans.csv').code).toBe(0);
});
