/** Associations of columns against SciPy, pandas and scikit-learn; they do not depend on the order of the rows or on the number of threads. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createDuckDb, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { findPairs } from './find-pairs.ts';
import { type TablePairs, tablePairs } from './pairs.ts';

interface GoldenCase {
  readonly name: string;
  readonly label: string;
  readonly columns: Readonly<Record<string, readonly [type: string, values: readonly (string | number | null)[]]>>;
  readonly pairs: TablePairs['pairs'];
  readonly power: Readonly<Record<string, number | null>>;
}

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/data-quality/pairs.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly GoldenCase[] };

function sourceOf({ columns }: GoldenCase): string {
  const lists = Object.entries(columns).map(([name, [type, values]]) => {
    const list = values.map((value) => quoteLiteral(value === null ? null : String(value)));
    return `unnest([${list.join(', ')}])::${type} AS ${quoteIdentifier(name)}`;
  });
  return `(SELECT ${lists.join(', ')})`;
}

async function pairsOf(source: string, threads: number, among: 'all' | 'label', label?: string): Promise<TablePairs> {
  const engine = await createDuckDb({ threads });
  try {
    return await findPairs(engine, source, { among, ...(label === undefined ? {} : { label }) });
  } finally {
    await engine.close();
  }
}

function expectNear(found: number | null | undefined, expected: number | null, what: string): void {
  if (expected === null) expect(found, what).toBeNull();
  else expect(Math.abs(found! - expected), `${what}: ${found} against ${expected}`).toBeLessThan(1e-9);
}

test.each(golden.cases.map((one) => [one.name, one] as const))('%s are what the others say', async (_, one) => {
  const found = await pairsOf(sourceOf(one), 2, 'all', one.label);
  expect(tablePairs.parse(found)).toEqual(found);
  expect(found.pairs.length).toBe(one.pairs.length);
  for (const [at, pair] of one.pairs.entries())
    for (const [name, value] of Object.entries(pair)) {
      const its = found.pairs[at]![name as keyof typeof pair];
      if (typeof value === 'string') expect(its).toBe(value);
      else expectNear(its as number | null, value, `${pair.a} ${pair.b} ${name}`);
    }
  expect(found.power.map(({ column }) => column).sort()).toEqual(Object.keys(one.power).sort());
  for (const { column, power } of found.power) expectNear(power, one.power[column]!, column);
  const sizes = found.power.map(({ power }) => power ?? -1);
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
});

test('one document for any order of the rows and number of threads', async () => {
  for (const one of golden.cases) {
    const source = sourceOf(one);
    const documents = new Set<string>();
    for (const threads of [1, 2, 5])
      documents.add(
        JSON.stringify(
          await pairsOf(`(SELECT * FROM ${source} ORDER BY hash(${threads}, COLUMNS(*)))`, threads, 'all'),
        ),
      );
    expect(documents.size, one.name).toBe(1);
  }
});

test('an identifier tells nothing, a copy of the label everything; only pairs with the label where these were asked for', async () => {
  const source =
    "(SELECT i % 3 = 0 AS late, i AS id, CASE WHEN i % 3 = 0 THEN 'yes' ELSE 'no' END AS copy, i // 7 AS other FROM range(3000) t(i))";
  const found = await pairsOf(source, 2, 'label', 'late');
  expect(found.pairs.map(({ a, b }) => [a, b])).toEqual([
    ['late', 'id'],
    ['late', 'copy'],
    ['late', 'other'],
  ]);
  expect(found.power).toEqual([
    { column: 'copy', power: 1 },
    { column: 'id', power: 0 },
    { column: 'other', power: 0 },
  ]);
});

test('no rows, one row, and more columns than are looked at', async () => {
  const none = await pairsOf('(SELECT 1 AS a, 2.5 AS b WHERE false)', 1, 'all', 'a');
  expect(none.pairs).toEqual([
    { a: 'a', b: 'b', pearson: null, spearman: null, cramersV: null, mutualInformationBits: null },
  ]);
  expect(none.power).toEqual([{ column: 'b', power: null }]);
  const one = await pairsOf('(SELECT 1 AS a, 2.5 AS b)', 1, 'all', 'b');
  expect(one.pairs[0]).toMatchObject({ pearson: null, cramersV: null, mutualInformationBits: 0 });
  const wide = Array.from({ length: 60 }, (_, at) => `i * ${at} AS c${at}`).join(', ');
  const { columns, leftOut, pairs } = await pairsOf(`(SELECT ${wide} FROM range(9) t(i))`, 2, 'label', 'c59');
  expect([columns.length, leftOut.length, pairs.length]).toEqual([41, 19, 40]);
});
