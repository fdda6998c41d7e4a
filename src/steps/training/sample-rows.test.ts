import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, type QueryEngine, quoteLiteral } from '../../tables/index.ts';
import type { RowParams } from './plan-rows.ts';
import { sampleRows } from './sample-rows.ts';

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/sampling/class-weights.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly { labels: string[]; weights: Record<string, number> }[] };

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb();
});
afterAll(() => engine.close());

const none: RowParams = { sampling: null, classWeights: null, label: 'y' };
const sampling = { column: 'y', ratio: 1, seed: 0 } as const;

/** A table of labels in this order; null is a row without one. */
function tableOf(labels: readonly (string | null)[]): string {
  const rows = labels.map((label, at) => `(${at}::BIGINT, ${label === null ? 'NULL' : quoteLiteral(label)}::VARCHAR)`);
  return `(SELECT * FROM (VALUES ${rows.join(', ')}) AS t(__row, y))`;
}

interface Row {
  readonly __row: number;
  readonly y: string | null;
  readonly __weight?: number;
}

async function rowsOf(labels: readonly (string | null)[], params: Partial<RowParams>) {
  const { sql, report } = await sampleRows(engine, tableOf(labels), { ...none, ...params });
  return { rows: (await engine.rows(sql)) as unknown as Row[], report };
}

const repeated = (counts: Readonly<Record<string, number>>): string[] =>
  Object.entries(counts).flatMap(([label, count]) => new Array<string>(count).fill(label));

test.each(golden.cases)(
  'balanced weights are those of compute_class_weight, to the bit',
  async ({ labels, weights }) => {
    const { rows, report } = await rowsOf(labels, { classWeights: 'balanced' });
    expect(rows.map(({ y, __weight }) => [y, __weight])).toEqual(labels.map((label) => [label, weights[label]]));
    expect(Object.fromEntries(report.classWeights!.map(({ value, weight }) => [value, weight]))).toEqual(weights);
  },
);

test('declared weights are those of the rows; a class without one is refused', async () => {
  const { rows } = await rowsOf(['a', 'b', null, 'a'], { classWeights: { a: 0.1, b: 7 } });
  expect(rows.map(({ __weight }) => __weight)).toEqual([0.1, 7, 1, 0.1]);
  await expect(rowsOf(['a', 'constructor'], { classWeights: { a: 1 } })).rejects.toMatchObject({
    code: 'TRAINING_CLASS_UNWEIGHED',
    message: expect.stringContaining('none of constructor'),
  });
});

test.each([
  ['up', 1, { a: 10, b: 10, c: 10 }],
  ['up', 0.5, { a: 10, b: 5, c: 7 }],
  ['down', 1, { a: 3, b: 3, c: 3 }],
  ['down', 0.5, { a: 6, b: 3, c: 6 }],
] as const)('%s to %d: as many rows of each value as declared', async (direction, ratio, after) => {
  const { rows, report } = await rowsOf(repeated({ a: 10, b: 3, c: 7 }), {
    sampling: { ...sampling, direction, ratio },
  });
  const counts = Object.fromEntries(['a', 'b', 'c'].map((one) => [one, rows.filter(({ y }) => y === one).length]));
  expect(counts).toEqual(after);
  expect(report.sampling!.values).toEqual([
    { value: 'a', before: 10, after: after.a },
    { value: 'b', before: 3, after: after.b },
    { value: 'c', before: 7, after: after.c },
  ]);
  expect(rows.map(({ __row }) => __row)).toEqual(rows.map(({ __row }) => __row).toSorted((a, b) => a - b));
});

test('rows are repeated as evenly as they can be; those without a value stay as they are; a seed chooses', async () => {
  const labels = [...repeated({ a: 50, b: 7 }), null, null];
  const of = async (seed: number) => (await rowsOf(labels, { sampling: { ...sampling, direction: 'up', seed } })).rows;
  const rows = await of(1);
  const times = new Map<number, number>();
  for (const { __row } of rows) times.set(__row, (times.get(__row) ?? 0) + 1);
  for (const [row, count] of times) {
    if (row < 50 || row >= 57) expect(count).toBe(1);
    else expect([7, 8]).toContain(count);
  }
  expect(await of(1)).toEqual(rows);
  expect(await of(2)).not.toEqual(rows);
});

test('weights are of the rows that are left: balanced by sampling, all are 1', async () => {
  const { rows } = await rowsOf(repeated({ a: 40, b: 4 }), {
    sampling: { ...sampling, direction: 'down' },
    classWeights: 'balanced',
  });
  expect(rows.map(({ __weight }) => __weight)).toEqual(new Array(8).fill(1));
});

test('for random labels: no row is invented, and no value has fewer or more than asked', async () => {
  const cases = fc.record({
    labels: fc.array(fc.option(fc.constantFrom('a', 'b', "c'", 'd"')), { minLength: 1, maxLength: 60 }),
    direction: fc.constantFrom('up' as const, 'down' as const),
    ratio: fc.double({ min: 0.05, max: 1, noNaN: true }),
    seed: fc.nat(),
  });
  for (const { labels, direction, ratio, seed } of fc.sample(cases, { numRuns: 40, seed: 20262 })) {
    const { rows, report } = await rowsOf(labels, { sampling: { column: 'y', direction, ratio, seed } });
    expect(rows.every(({ __row, y }) => labels[__row] === y)).toBe(true);
    for (const { value, before, after } of report.sampling!.values) {
      expect(rows.filter(({ y }) => y === value)).toHaveLength(after);
      expect(direction === 'up' ? after >= before : after <= before && after > 0).toBe(true);
    }
    expect(rows.filter(({ y }) => y === null)).toHaveLength(labels.filter((label) => label === null).length);
  }
});

test('a column that is not there is named with those that are', async () => {
  await expect(rowsOf(['a'], { sampling: { ...sampling, direction: 'up', column: 'shop' } })).rejects.toMatchObject({
    code: 'TRAINING_COLUMN_MISSING',
    message: expect.stringContaining('it has __row, y'),
  });
});
