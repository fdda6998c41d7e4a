/*
 * How often leakage is found where it was planted, and called where there is none, over random tables of several sorts and sizes.
 * The rates here are those that the documents declare; of their tables some are looked at, all of them in `npm run test:full`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFull } from '../../../test/full.ts';
import { type Planting, plant, tableSorts } from '../../../test/steps/planted-tables.ts';
import { createDuckDb, type QueryEngine } from '../../tables/index.ts';
import { findLeakage } from './find-leakage.ts';
import type { LeakageFinding, LeakageKind } from './leakage.ts';

const slow = 600_000;
const falseAlarmRate = 0.02;

let engine: QueryEngine;
let folder: string;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), 'leakage-'));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

async function found(planting: Planting): Promise<LeakageFinding[]> {
  return await findLeakage(engine, await plant(engine, planting, folder));
}

const noted = { time: 'moment' } as const;

describe('silent', () => {
  test('where nothing leaks: at most two of a hundred tables have any finding', { timeout: slow }, async () => {
    const wrong: string[] = [];
    let tables = 0;
    for (const sort of tableSorts)
      for (const rows of [300, 1_000, 2_500])
        for (let seed = 1; seed <= (isFull ? 5 : 2); seed++) {
          const input = seed % 2 === 0 ? noted : {};
          const kinds = (await found({ sort, seed: seed + rows, rows, input })).map(({ kind }) => kind);
          tables++;
          if (kinds.length > 0) wrong.push(`${sort} ${rows} ${seed}: ${kinds}`);
        }
    expect(tables).toBe(isFull ? 60 : 24);
    expect(wrong.length / tables, wrong.join('; ')).toBeLessThanOrEqual(falseAlarmRate);
  });

  test('of tables without other parts, label, features or rows', { timeout: slow }, async () => {
    const planting = { sort: 'mixed', seed: 3, rows: 600 } as const;
    expect(await found({ ...planting, input: { others: {} } })).toEqual([]);
    expect(await found({ ...planting, input: { label: null } })).toEqual([]);
    expect(await found({ ...planting, input: { features: [] } })).toEqual([]);
    expect(await found({ ...planting, inOthers: 'SELECT * FROM part WHERE false' })).toEqual([]);
    expect(await found({ ...planting, rows: 3 })).toEqual([]);
  });
});

const twenty = "hash(id, 'copied') % 20 = 0";

/** What is planted, by the kind that is to find it; in which sorts of tables it can be told. */
const plantings: Readonly<
  Record<LeakageKind, Omit<Planting, 'seed' | 'rows' | 'sort'> & { readonly sorts?: readonly Planting['sort'][] }>
> = {
  // A row in twenty of the other part is one of the training part, under another name.
  duplicate_rows: {
    sorts: ['mixed', 'wide'],
    inOthers: `SELECT * FROM part UNION ALL BY NAME SELECT * REPLACE (id || 'x' AS id) FROM train WHERE ${twenty}`,
  },
  // The same, with floats off by up to one percent of a deviation, texts in another case, with a blank, and another time of the day.
  near_duplicate_rows: {
    sorts: ['mixed'],
    inOthers: `SELECT * FROM part UNION ALL BY NAME SELECT * REPLACE (id || 'x' AS id, x + (hash(id, 'x') % 1000 / 500.0 - 1) * 0.01 AS x, z + (hash(id, 'z') % 1000 / 500.0 - 1) * 0.01 AS z, upper(city) || ' ' AS city, date_trunc('day', moment) + INTERVAL 5 HOUR AS moment) FROM train WHERE ${twenty}`,
  },
  group_overlap: { before: ["SELECT *, 'p' || (hash(id, 'patient') % 200) AS patient_id FROM data"] },
  label_conflicts: {
    sorts: ['mixed', 'wide'],
    before: [
      `SELECT * FROM data UNION ALL BY NAME SELECT * REPLACE (__row + 1000000 AS __row, id || 'x' AS id, CASE WHEN label = 'yes' THEN 'no' ELSE 'yes' END AS label) FROM data WHERE ${twenty}`,
    ],
  },
  time_travel: {
    before: ["SELECT *, moment + INTERVAL ((hash(id, 'later') % 1000)::INTEGER - 900) MINUTE AS paid_at FROM data"],
    input: noted,
  },
  single_feature: {
    before: ["SELECT *, CASE WHEN label = 'yes' THEN 10 ELSE 0 END + hash(id, 'refund') % 5 AS refund FROM data"],
  },
  target_encoding: {
    sorts: ['mixed', 'wide', 'narrow'],
    before: [
      "SELECT *, 'shop' || (hash(id, 'shop') % 40) AS shop FROM data",
      "SELECT *, avg(CASE WHEN label = 'yes' THEN 1.0 ELSE 0.0 END) OVER (PARTITION BY shop) AS shop_rate FROM data",
    ],
  },
  // The numbers of one label were given out first, for most of the rows.
  identifier: {
    before: [
      "SELECT * REPLACE (CASE WHEN label = 'yes' AND hash(id) % 10 < 8 THEN 'a' ELSE 'b' END || id AS id) FROM data",
    ],
  },
  row_order: {
    before: ['SELECT * REPLACE (row_number() OVER (ORDER BY label, id) AS __row) FROM data'],
  },
};

describe('found', () => {
  for (const [kind, { sorts = tableSorts, ...planted }] of Object.entries(plantings))
    test(`${kind}, in at least 19 of 20 tables, and nothing else`, { timeout: slow }, async () => {
      const missed: string[] = [];
      const others: string[] = [];
      let tables = 0;
      for (const sort of sorts)
        for (let seed = 1; seed <= Math.ceil((isFull ? 8 : 3) / sorts.length); seed++) {
          const kinds = (await found({ ...planted, sort, seed: 100 + seed, rows: 1_500 })).map((one) => one.kind);
          tables++;
          if (!kinds.includes(kind as LeakageKind)) missed.push(`${sort} ${seed}`);
          if (kinds.some((one) => one !== kind)) others.push(`${sort} ${seed}: ${kinds}`);
        }
      expect(missed.length / tables, missed.join('; ')).toBeLessThanOrEqual(0.05);
      expect(others.length / tables, others.join('; ')).toBeLessThanOrEqual(0.1);
    });
});

test('a mean that leaves the row itself out is a target encoding, over the open rows or over more; one with other rows left out is none', {
  timeout: slow,
}, async () => {
  const shops = "SELECT *, 'shop' || (hash(id, 'shop') % 40) AS shop FROM data";
  const yes = "(CASE WHEN label = 'yes' THEN 1.0 ELSE 0.0 END)";
  const left = (what: string): string =>
    `SELECT *, (sum(${what}) OVER (PARTITION BY shop) - ${what}) / (count(*) OVER (PARTITION BY shop) - 1) AS shop_rate FROM data`;
  const input = { features: ['x', 'amount', 'z', 'shop', 'shop_rate'] };
  for (let seed = 1; seed <= (isFull ? 8 : 3); seed++) {
    const told = await found({ sort: 'mixed', seed, rows: 1_500, before: [shops, left(yes)], input });
    expect(told.map(({ kind, columns }) => [kind, columns])).toEqual([['target_encoding', ['shop_rate', 'shop']]]);
    // Over rows of which half are kept: those of a sealed part are among the others.
    const more = ['SELECT * FROM data', shops, left(yes), "SELECT * FROM data WHERE hash(id, 'kept') % 2 = 0"];
    const ofMore = await found({ sort: 'mixed', seed, rows: 3_000, before: more, input });
    expect(ofMore.map(({ columns }) => columns)).toEqual([['shop_rate', 'shop']]);
    const honest = left("(CASE WHEN hash(id, 'other') % 3 = 0 THEN 1.0 ELSE 0.0 END)");
    expect(await found({ sort: 'mixed', seed, rows: 1_500, before: [shops, honest], input })).toEqual([]);
  }
});

/** Names that a table may have, and that queries of a detector could take for their own. */
const hostile = `SELECT * RENAME (x AS y, amount AS n, z AS v0, city AS rest, grade AS "k""e'y;--", age AS "😀", joined AS category, label AS labels) FROM data`;

test('columns may have any names, also those that queries here use', { timeout: slow }, async () => {
  const features = ['y', 'n', 'v0', 'rest', `k"e'y;--`, '😀', 'category'];
  const planting = { sort: 'mixed', seed: 9, rows: 1_500 } as const;
  const input = { features, label: 'labels' };
  expect(await found({ ...planting, before: [hostile], input })).toEqual([]);
  const encoded = [
    hostile,
    "SELECT *, 'shop' || (hash(id, 'shop') % 40) AS mean FROM data",
    "SELECT *, avg(CASE WHEN labels = 'yes' THEN 1.0 ELSE 0.0 END) OVER (PARTITION BY mean) AS variance FROM data",
  ];
  const told = await found({
    ...planting,
    before: encoded,
    input: { ...input, features: [...features, 'variance', 'mean'] },
  });
  expect(told.map(({ kind, columns }) => [kind, columns])).toEqual([['target_encoding', ['variance', 'mean']]]);
  const copies = `SELECT * FROM part UNION ALL BY NAME SELECT * REPLACE (id || 'x' AS id, y + 0.001 AS y, upper(rest) AS rest) FROM train WHERE ${twenty}`;
  const near = await found({ ...planting, before: [hostile], inOthers: copies, input });
  expect(near.map(({ kind }) => kind)).toEqual(['near_duplicate_rows']);
  const flipped = [
    hostile,
    `SELECT * FROM data UNION ALL BY NAME SELECT * REPLACE (__row + 1000000 AS __row, id || 'x' AS id, CASE WHEN labels = 'yes' THEN 'no' ELSE 'yes' END AS labels) FROM data WHERE ${twenty}`,
  ];
  expect((await found({ ...planting, before: flipped, input })).map(({ kind }) => kind)).toEqual(['label_conflicts']);
});

test('a table is told the same on any number of threads, in any order of its rows', { timeout: slow }, async () => {
  const planting: Planting = { ...plantings.near_duplicate_rows, sort: 'mixed', seed: 5, rows: 4_000 };
  const input = await plant(engine, planting, folder);
  const other = await createDuckDb({ threads: 4 });
  try {
    const turned = (source: string): string => `(SELECT * FROM ${source} ORDER BY hash(id))`;
    const others = { validation: turned(input.others['validation']!) };
    const told = await findLeakage(engine, input);
    expect(told).toHaveLength(1);
    expect(await findLeakage(other, { ...input, train: turned(input.train), others })).toEqual(told);
  } finally {
    await other.close();
  }
});

test('a rate that was taken over earlier rows, and a number that goes with the label, are no encodings of these labels', {
  timeout: slow,
}, async () => {
  for (let seed = 1; seed <= (isFull ? 10 : 4); seed++) {
    const honest = await found({
      sort: 'mixed',
      seed,
      rows: 1_500,
      before: [
        "SELECT *, 'shop' || (hash(id, 'shop') % 40) AS shop FROM data",
        // As if from other rows: the mean of a binomial of the same size.
        "SELECT *, 0.5 + (hash(shop, 'rate') % 1000 / 1000.0 - 0.5) * 0.3 AS shop_rate, (hash(shop, 'size') % 1000)::DOUBLE AS shop_size FROM data",
      ],
    });
    expect(honest).toEqual([]);
  }
});
