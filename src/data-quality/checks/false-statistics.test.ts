/* A Parquet file that says of itself what is not so: smaller extremes than its values have, and no missing values where there are some. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, parquetSource, type QueryEngine, quoteLiteral } from '../../tables/index.ts';
import { compareTables, profileTable } from '../index.ts';
import type { CheckResult, DeclaredCheck } from './declared-check.ts';
import { runChecks } from './run-checks.ts';

const missingCount = 9876;
const odd = { whole: 5000, double: 1_234_567.5, time: '2123-04-05T06:07:08Z', text: 'zyxw' };
const said = { whole: 99, double: 12.375, time: '2020-01-01T00:00:00Z', text: 'abcd' };

let folder: string;
let engine: QueryEngine;
let [honest, lying] = ['', ''];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'false-statistics-'));
  engine = await createDuckDb();
  const paths = ['honest', 'lying'].map((name) => join(folder, `${name}.parquet`)) as [string, string];
  [honest, lying] = [parquetSource(paths[0]), parquetSource(paths[1])];
  const columns = [
    'i AS id',
    `CAST(CASE WHEN i = 7 THEN ${odd.whole} ELSE i % 100 END AS BIGINT) AS n`,
    `CASE WHEN i = 7 THEN ${odd.double} ELSE i % 100 / 8.0 END::DOUBLE AS x`,
    `CASE WHEN i >= ${missingCount} THEN i % 100 END AS m`,
    `CAST(CASE WHEN i = 7 THEN '${odd.time}' ELSE '${said.time}' END AS TIMESTAMP) AS t`,
    `CASE WHEN i = 7 THEN '${odd.text}' ELSE '${said.text}' END AS s`,
  ];
  await engine.execute(
    `COPY (SELECT ${columns.join(', ')} FROM range(30000) AS r(i)) TO ${quoteLiteral(paths[0])} (FORMAT parquet, ROW_GROUP_SIZE 10000)`,
  );
  copyFileSync(...paths);
  falsify(paths[1]);
});

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes other statistics into the footer; the values stay as they are. */
function falsify(path: string): void {
  const bytes = readFileSync(path);
  const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  const replace = (one: Buffer, other: Buffer): void => {
    expect(bytes.indexOf(one, footer), one.toString('hex')).toBeGreaterThan(0);
    for (let at = bytes.indexOf(one, footer); at >= 0; at = bytes.indexOf(one, at + 1)) other.copy(bytes, at);
  };
  const micros = (time: string): bigint => BigInt(Date.parse(time)) * 1000n;
  replace(whole(BigInt(odd.whole)), whole(BigInt(said.whole)));
  replace(whole(micros(odd.time)), whole(micros(said.time)));
  replace(double(odd.double), double(said.double));
  replace(Buffer.from(odd.text), Buffer.from(said.text));
  // As Thrift writes whole numbers: twice as many, seven bits at a time.
  const twice = 2 * missingCount;
  replace(Buffer.from([(twice & 127) | 128, ((twice >> 7) & 127) | 128, twice >> 14]), Buffer.from([128, 128, 0]));
  writeFileSync(path, bytes);
}

function whole(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

type Asked = string | (Pick<DeclaredCheck, 'where'> & { readonly that: string });

async function ask(source: string, those: readonly Asked[]): Promise<CheckResult[]> {
  const terms = { severity: 'fail', of: 'present', tolerance: 0, why: '', where: null } as const;
  const checks = those.map((one) => ({ ...terms, ...(typeof one === 'string' ? { that: one } : one) }));
  return await runChecks(engine, source, { checks });
}

/** Each fails, for the values are not so. */
const wrong: readonly Asked[] = [
  `n between 0 and ${said.whole}`,
  `n < ${odd.whole}`,
  `n != ${odd.whole}`,
  'n in [0, 1, 2]',
  `n <= ${said.whole} and x >= 0`,
  `not (n > ${said.whole})`,
  `x <= ${said.double}`,
  'm is not null',
  'primary_key(m)',
  `t <= '${said.time}'`,
  `t == '${said.time}'`,
  `s == '${said.text}'`,
  `s <= '${said.text}'`,
  `s matches '^[a-d]{4}$'`,
  `max(n) <= ${said.whole}`,
  `max(x) <= ${said.double}`,
  `max(t) <= '${said.time}'`,
  `max(s) <= '${said.text}'`,
  `mean(n) < 49.6 and sum(n) < 1485001`,
  'mean(x) < 10',
  'standard_deviation(x) < 10',
  `count(n > ${said.whole}) == 0`,
  `share(x > ${said.double}) == 0`,
  'completeness(m) == 1',
  'missing_count(m) == 0',
  'distinct_count(n) == 100',
  'distinct_count(s) == 1',
  'quantile(n, 100%) <= 99',
  'outlier_count(n) == 0',
  'correlation(n, x) < 0.5',
  'increasing(n)',
  { that: 'n < 0', where: `n > ${said.whole}` },
  { that: 'x < 0', where: `x > ${said.double}` },
  { that: 'id < 0', where: 'm is null' },
  { that: 'id < 0', where: `t > '${said.time}'` },
  { that: 'id < 0', where: `s == '${odd.text}'` },
  { that: 'id < 0', where: `n in [${odd.whole}]` },
  { that: 'mean(id) < 0', where: `n > ${said.whole} and m is null` },
];

test('no check passes by what a file says of itself: all are answered by its values', async () => {
  const expected = await ask(honest, wrong);
  expect(expected.map(({ that, outcome }) => [that, outcome])).toEqual(expected.map(({ that }) => [that, 'failed']));
  const found = await ask(lying, wrong);
  for (const [at, result] of found.entries())
    expect(result, `${result.that} where ${result.where}`).toEqual(expected[at]);
});

test('nor does a profile or a comparison', async () => {
  expect(await profileTable(engine, lying)).toEqual(await profileTable(engine, honest));
  const { columns } = await compareTables(engine, { reference: honest, current: lying });
  for (const { name, distances } of columns)
    expect(Math.max(...Object.values(distances).map((distance) => distance ?? 0)), name).toBeLessThan(1e-12);
});
