/*
 * How often a step is called to take a group away, where it does and where rows leave whatever group they are of; and that groups are counted as they are.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../encoding/index.ts';
import { hypergeometricLowerTail } from '../../stats/index.ts';
import { createDuckDb, type QueryEngine } from '../../tables/index.ts';
import { addCounts, countGroups, type GroupCounts, mostGroups } from './group-counts.ts';
import { findLosses } from './group-losses.ts';
import { isOpenSql, type OpenRule } from './open-rows.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 2 });
});
afterAll(() => engine.close());

const shares = [0.5, 0.2, 0.1, 0.08, 0.05, 0.03, 0.02, 0.01, 0.007, 0.003];
const limits = { mostLoss: 0.3, falseAlarmRate: 0.01 / shares.length };

/** Groups of a table, and what is left where a row stays by a chance of its group. */
function thinned(
  seed: number,
  rows: number,
  staysOf: (group: number) => number,
): { before: GroupCounts; after: GroupCounts } {
  const random = seededRandom(seed);
  const [before, after] = [shares.map(() => 0), shares.map(() => 0)];
  for (let row = 0; row < rows; row++) {
    let [group, place] = [0, random()];
    while (group < shares.length - 1 && place >= shares[group]!) place -= shares[group++]!;
    before[group]!++;
    if (random() < staysOf(group)) after[group]!++;
  }
  const countsOf = (counts: readonly number[]): GroupCounts => ({
    rowCount: counts.reduce((sum, one) => sum + one, 0),
    missingCount: 0,
    otherCount: 0,
    groups: counts.map((count, at) => ({ group: `g${at}`, count })),
  });
  return { before: countsOf(before), after: countsOf(after) };
}

describe('a group that is taken away', () => {
  test('is called so in at most two of a hundred tables in which rows leave whatever group they are of', () => {
    let [tables, wrong] = [0, 0];
    for (const rows of [200, 2_000, 20_000])
      for (const stays of [0.97, 0.5, 0.1])
        for (let seed = 1; seed <= 40; seed++) {
          tables++;
          if (findLosses({ ...thinned(seed * 7 + rows, rows, () => stays), isNested: true }, limits).length > 0)
            wrong++;
        }
    expect(tables).toBe(360);
    expect(wrong / tables).toBeLessThanOrEqual(0.02);
  });

  test.each([
    { rows: 2_000, group: 2, stays: 0.5 },
    { rows: 2_000, group: 4, stays: 0.2 },
    { rows: 20_000, group: 7, stays: 0.4 },
    { rows: 20_000, group: 8, stays: 0 },
  ])(
    'is found, and no other: $rows rows, group g$group, of which a share of $stays stays',
    ({ rows, group, stays }) => {
      for (const isNested of [true, false]) {
        let [found, others] = [0, 0];
        for (let seed = 1; seed <= 40; seed++) {
          const counts = thinned(seed * 11 + rows, rows, (one) => (one === group ? stays : 0.95));
          const lost = findLosses({ ...counts, isNested }, limits).map((one) => one.group);
          if (lost.includes(`g${group}`)) found++;
          if (lost.some((one) => one !== `g${group}`)) others++;
        }
        expect(found).toBeGreaterThanOrEqual(38);
        expect(others).toBeLessThanOrEqual(1);
      }
    },
  );

  test('says by how much, and needs both: enough of its share, and more than chance', () => {
    const counts = (a: number, b: number, missingCount = 0): GroupCounts => ({
      rowCount: a + b + missingCount,
      missingCount,
      otherCount: 0,
      groups: [
        { group: 'a', count: a },
        { group: 'b', count: b },
      ],
    });
    const [loss] = findLosses({ before: counts(500, 500, 70), after: counts(100, 400), isNested: true }, limits);
    expect(loss).toMatchObject({
      group: 'a',
      before: { rowCount: 500, share: 0.5 },
      after: { rowCount: 100, share: 0.2 },
      change: -0.6,
    });
    const of = (before: GroupCounts, after: GroupCounts) => findLosses({ before, after, isNested: true }, limits);
    // Certain and small; large and by chance; rows without a value alone; nothing before; nothing left.
    expect(of(counts(50_000, 50_000), counts(40_000, 50_000))).toEqual([]);
    expect(of(counts(5, 995), counts(2, 900))).toEqual([]);
    expect(of(counts(500, 500, 500), counts(500, 500))).toEqual([]);
    expect(of(counts(0, 0), counts(0, 0))).toEqual([]);
    expect(of(counts(10, 10), counts(0, 0, 5))).toEqual([]);
    // Rows with other values than before are no part of those before: two samples.
    expect(of(counts(500, 500), counts(100, 900)).map(({ group }) => group)).toEqual(['a']);
  });
});

describe('groups', () => {
  const table = `(SELECT * FROM (VALUES ('a', 1.0), ('a', NULL), ('it''s "odd"', 2.0), (NULL, 'NaN'::DOUBLE), ('b', 5.0), ('B', 7.0)) t("my ""column", x))`;
  const slice = { name: 'c', column: 'my "column', edges: null };

  test('are counted by value, missing ones apart, and listed as they are asked for', async () => {
    const all = await countGroups(engine, { source: table, slice, listed: null });
    expect(all).toEqual({
      rowCount: 6,
      missingCount: 1,
      otherCount: 0,
      groups: [
        { group: 'a', count: 2 },
        { group: 'B', count: 1 },
        { group: 'b', count: 1 },
        { group: `it's "odd"`, count: 1 },
      ],
    });
    const some = await countGroups(engine, { source: table, slice, listed: [`it's "odd"`, 'nobody'] });
    expect(some).toMatchObject({ otherCount: 4, groups: [{ count: 1 }, { group: 'nobody', count: 0 }] });
    expect(addCounts([all, all])).toMatchObject({
      rowCount: 12,
      missingCount: 2,
      groups: [{ group: 'a', count: 4 }, {}, {}, {}],
    });
    expect(await countGroups(engine, { source: `(SELECT * FROM ${table} WHERE false)`, slice, listed: [] })).toEqual({
      rowCount: 0,
      missingCount: 0,
      otherCount: 0,
      groups: [],
    });
  });

  test('between edges NaN is missing, and of very many the largest are listed', async () => {
    const edges = await countGroups(engine, {
      source: table,
      slice: { name: 'x', column: 'x', edges: [2, 6] },
      listed: null,
    });
    expect(edges).toMatchObject({ rowCount: 6, missingCount: 2 });
    expect(edges.groups).toEqual([
      { group: '2 to 6', count: 2 },
      { group: '< 2', count: 1 },
      { group: '>= 6', count: 1 },
    ]);
    const many = await countGroups(engine, {
      source: `(SELECT CASE WHEN i < 3000 THEN i ELSE 0 END AS k FROM range(4000) t(i))`,
      slice: { name: 'k', column: 'k', edges: null },
      listed: null,
    });
    expect(many.groups).toHaveLength(mostGroups);
    expect(many.groups[0]).toEqual({ group: '0', count: 1001 });
    expect(many.otherCount).toBe(4000 - 1001 - (mostGroups - 1));
  });
});

test('rows tell by themselves whether they are of an open part', async () => {
  const rule: OpenRule = {
    by: 'hash',
    columns: ['k'],
    salt: 's',
    parts: [
      { name: 'train', share: 0.6 },
      { name: 'test', share: 0.2 },
      { name: 'validation', share: 0.2 },
    ],
    open: ['train', 'validation'],
  };
  const counted = async (sql: string): Promise<number> =>
    Number((await engine.rows(`SELECT count(*) AS n FROM range(10000) t(k) WHERE ${sql}`))[0]!['n']);
  const fields = [{ name: 'k', type: 'int64' as const }];
  const open = await counted(isOpenSql(rule, fields));
  const sealed = await counted(isOpenSql({ ...rule, open: ['test'] }, fields));
  expect(open + sealed).toBe(10_000);
  expect(open / 10_000).toBeCloseTo(0.8, 1);
  const named = isOpenSql({ ...rule, by: 'predefined' }, fields);
  expect(
    await counted(named.replaceAll('"k"', "CASE WHEN k % 3 = 0 THEN 'train' WHEN k % 3 = 1 THEN NULL ELSE 'test' END")),
  ).toBe(3334);
});

test('the chance of so few is that of SciPy', () => {
  const golden = JSON.parse(
    readFileSync(new URL('../../../test/golden/stats/hypergeometric.json', import.meta.url), 'utf8'),
  ) as { readonly cases: readonly { k: number; total: number; marked: number; drawn: number; p: number }[] };
  expect(golden.cases.length).toBeGreaterThan(100);
  for (const { k, p, ...urn } of golden.cases) {
    const found = hypergeometricLowerTail(k, urn);
    if (p < 1e-300) expect(found).toBeLessThan(1e-290);
    else expect(Math.abs(found / p - 1), JSON.stringify({ k, urn, p, found })).toBeLessThan(1e-9);
  }
  expect(hypergeometricLowerTail(-1, { total: 10, marked: 4, drawn: 3 })).toBe(0);
  expect(hypergeometricLowerTail(3, { total: 10, marked: 4, drawn: 3 })).toBe(1);
});
