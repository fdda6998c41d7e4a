import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../../../test/contract/databases.ts';
import { insertLatestMetrics } from '../../../test/tracking/latest-metrics.ts';
import { type Database, migrate } from '../../database/index.ts';
import { digestHex, digestOf } from '../../encoding/index.ts';
import { isPlatformError, type PlatformError } from '../../errors/index.ts';
import { trackingSchema } from '../schema.ts';
import { compileFilter } from './compile-filter.ts';
import { compileOrder } from './order-by.ts';

const stores: readonly [string, () => Promise<TestDatabase>][] = [
  ['SQLite', newSqlite],
  ...((await hasPostgres()) ? [['PostgreSQL', newPostgres] as [string, () => Promise<TestDatabase>]] : []),
];

describe.each(stores)('filters of runs on %s', (_name, makeStore) => {
  let store: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    store = await makeStore();
    database = await store.open();
    await migrate(database, trackingSchema);
    await fill(database);
  });

  afterAll(async () => {
    await database.close();
    await store.dispose();
  });

  async function search(text: string, orderBy: readonly string[] = []): Promise<string> {
    const where = compileFilter('runs', text, database);
    const keys = compileOrder('runs', orderBy, database);
    const order = [...keys.map((key) => `${key.sql} ${key.direction} nulls last`), 'r.run_id'].join(', ');
    const parameters = [...where.parameters, ...keys.flatMap((key) => key.parameters)];
    const query = `select r.run_id from tracked_runs r where ${where.sql} order by ${order}`;
    return (await database.all<{ run_id: string }>(query, parameters)).map((row) => row.run_id).join('');
  }

  test.each([
    ['', 'abcd'],
    ["metrics.m > 1 OR params.p = 'it''s'", 'b'],
    ['metrics.m > 1 OR params.p = "it\'s"', 'bd'],
    ['NOT metrics.m > 1', 'acd'],
    ['NOT end_time > 5', 'acd'],
    ['end_time IS NULL', 'acd'],
    ["metrics.m IS NULL AND NOT (params.p LIKE 'it%' OR run_name = 'A')", ''],
    ['metrics.m IS NOT NULL', 'abc'],
    ['metrics.m IN (1, 2e0)', 'ab'],
    ['metrics.m NOT IN (1)', 'bc'],
    ["params.p NOT LIKE 'IT%'", 'ad'],
    ["params.p NOT ILIKE 'IT%'", 'a'],
    ["params.p IN ('x', \"it's\")", 'ad'],
    ["status NOT IN ('RUNNING')", 'b'],
    ["run_name ILIKE 'ä'", 'd'],
    ['start_time > 1.5', 'bcd'],
    ['start_time <= -1e400', ''],
    ['start_time < 99999999999999999999', 'abcd'],
    ['start_time IN (1, 2.5, 1e30)', 'a'],
    ["metrics.m > 0 AND NOT (NOT (params.p = 'x'))", 'a'],
  ])('%s', async (text, expected) => {
    expect(await search(text)).toBe(expected);
  });

  test.each([
    [['metrics.m'], 'abcd'],
    [['metrics.m DESC'], 'bacd'],
    [['params.p desc'], 'adbc'],
    [['run_name'], 'abcd'],
    [['end_time DESC', 'attributes.start_time DESC'], 'bdca'],
  ])('ordered by %s', async (orderBy, expected) => {
    expect(await search('', orderBy)).toBe(expected);
  });

  test('AND, OR and NOT are those of sets', async () => {
    const random = randomNumbers(3);
    const leaves = [
      'metrics.m > 1',
      'metrics.m != 1',
      "params.p = 'x'",
      "NOT params.p = 'x'",
      'end_time > 5',
      "run_name LIKE 'a'",
    ];
    const sets = new Map<string, string>();
    for (const leaf of leaves) sets.set(leaf, await search(leaf));
    const without = (ids: string) => [...'abcd'].filter((id) => !ids.includes(id)).join('');
    const tree = (depth: number): [text: string, ids: string] => {
      const kind = depth === 0 ? 0 : Math.floor(random() * 4);
      const leaf = leaves[Math.floor(random() * leaves.length)] as string;
      if (kind === 0) return [leaf, sets.get(leaf) as string];
      const [left, right] = [tree(depth - 1), tree(depth - 1)];
      if (kind === 1) return [`NOT (${left[0]})`, without(left[1])];
      if (kind === 2) return [`(${left[0]}) AND (${right[0]})`, without(without(left[1]) + without(right[1]))];
      return [`(${left[0]}) OR (${right[0]})`, without(without(left[1] + right[1]))];
    };
    for (let index = 0; index < 200; index++) {
      const [text, ids] = tree(4);
      expect({ text, ids: await search(text) }).toEqual({ text, ids });
    }
    expect(
      await search("params.p = 'x' OR metrics.m > 1 AND end_time > 100 OR NOT metrics.m > 0 AND run_id = 'd'"),
    ).toBe('ad');
  });

  test('long values are found as a whole', async () => {
    const noise = digestHex(digestOf('noise'));
    const long = Array.from({ length: 90 }, (_, index) => digestHex(digestOf(noise + index))).join('');
    const columns = ['run', 'key', 'value'];
    await database.insert({ table: 'run_tags', columns }, [
      [1, 'long', `${long}1`],
      [2, 'long', `${long}2`],
    ]);
    expect(await search(`tags.long = '${long}2'`)).toBe('b');
    expect(await search(`tags.long LIKE '%2'`)).toBe('b');
  });
});

async function fill(database: Database): Promise<void> {
  const run = (id: number, name: string, endedAtMs: number | null): (string | number | null)[] => {
    const letter = 'abcd'[id - 1] as string;
    return [id, letter, 1, name, '', endedAtMs === null ? 'RUNNING' : 'FINISHED', id, endedAtMs, '', 'active'];
  };
  const columns = 'id run_id experiment_id name user_id status started_at_ms ended_at_ms artifact_uri lifecycle';
  const experiment = ['id', 'name', 'artifact_location', 'lifecycle', 'created_at_ms', 'updated_at_ms'];
  await database.insert({ table: 'experiments', columns: experiment }, [[1, 'e', '', 'active', 1, 1]]);
  await database.insert({ table: 'tracked_runs', columns: columns.split(' ') }, [
    run(1, 'A', null),
    run(2, 'a', 9),
    run(3, 'b', null),
    run(4, 'ä', null),
  ]);
  await database.insert({ table: 'run_params', columns: ['run', 'key', 'value'] }, [
    [1, 'p', 'x'],
    [4, 'p', "it's"],
  ]);
  await insertLatestMetrics(database, [
    { run: 1, key: 'm', value: 1 },
    { run: 2, key: 'm', value: 2 },
    { run: 3, key: 'm', value: Number.NaN },
  ]);
}

function errorOf(work: () => unknown): PlatformError {
  try {
    work();
  } catch (error) {
    if (isPlatformError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('errors', () => {
  test.each([
    ["metrics.loss > 'abc'", 15, 'a number to compare metrics.loss with'],
    ['metrics.loss >', 14, "a value such as 0.1 or 'text', found the end"],
    ['metrics.a-b = 1', 9, 'backticks'],
    ['params.a = 1', 11, 'a text in quotes'],
    ["params.a = 'x", 11, "expected ' at the end"],
    ['nonsense = 1', 0, 'an attribute of runs'],
    ['toString = 1', 0, 'an attribute of runs'],
    ["constructor.a = 'x'", 0, 'a prefix of runs'],
    ["params.a < 'x'", 9, 'expected one of =, !=, LIKE'],
    ["(params.a = 'x'", 15, 'expected AND, OR or )'],
    ["params.a = 'x')", 14, 'expected AND, OR or the end'],
    ["params.a = 'x' OR", 17, 'expected a name'],
    ["params.a == 'x'", 9, 'expected =, !='],
    ['run_id IN ()', 11, 'expected a value'],
    ["params.a = '\0'", 12, 'no text can hold'],
    ["params.a = '\ud800'", 12, 'no text can hold'],
    [`${'('.repeat(51)}`, 51, 'at most 50'],
    [`${'NOT '.repeat(60)}metrics.a = 1`, 204, 'at most 50'],
    [Array.from({ length: 201 }, () => 'metrics.a = 1').join(' AND '), 200 * 18, 'at most 200'],
    ['x'.repeat(65_537), 65_536, 'at most 65536'],
    [`metrics.a > ${'1'.repeat(65_000)}x`, 12, 'expected a number to compare'],
    [`metrics.a > ${'1.'.repeat(32_000)}`, 13, 'found .'],
    [`params.a = '${"''".repeat(32_000)}`, 64_011, "expected ' at the end"],
    [`params.a LIKE '${'x'.repeat(16_001)}'`, 14, 'a pattern of at most 16000'],
    [`params.a ILIKE '${'a%'.repeat(101)}'`, 15, 'at most 100 %'],
  ])('%s', (text, offset, expected) => {
    const error = errorOf(() => compileFilter('runs', text, { kind: 'sqlite' }));
    expect(error.code).toBe('TRACKING_BAD_FILTER');
    expect(error.message).toContain(expected);
    expect(error.details).toEqual({ offset });
    expect(error.message.length).toBeLessThan(600);
  });

  test('a caret stands under the place', () => {
    const error = errorOf(() => compileFilter('runs', "status = 'x' AND\nmetrics.a > ?", { kind: 'sqlite' }));
    expect(error.message.split('\n').slice(1)).toEqual(["  status = 'x' AND metrics.a > ?", `  ${' '.repeat(29)}^`]);
  });

  test.each([
    [['metrics.a', 'metric.a DESC'], 'found one twice'],
    [['start_time', 'attributes.created'], 'found one twice'],
    [['metrics.a UP'], 'expected ASC, DESC or the end'],
    [['dataset.name'], 'found a dataset'],
    [[''], 'expected a name'],
  ])('order by %s', (orderBy, expected) => {
    const error = errorOf(() => compileOrder('runs', orderBy, { kind: 'sqlite' }));
    expect(error.code).toBe('TRACKING_BAD_ORDER');
    expect(error.message).toContain(expected);
  });
});

/** Pieces of filters in random order, most of which make no filter. */
function randomText(random: () => number): string {
  const clauses = [
    'metrics.m > 1',
    "params.p ILIKE '%X'",
    'end_time IS NULL',
    'run_id IN (\'a\', "b")',
    "dataset.name != 'd'",
  ];
  const words =
    "metrics.m params.p tags.`a b` end_time run_id version_number attributes. = != < LIKE ILIKE IN NOT IS NULL . , 1 -2.5e3 nan 'x' \"it's\" ('a','b') ` ' \" \\ ü 🚀 x";
  const pieces = [...clauses, ...clauses, 'AND', 'OR', 'NOT', '(', ')', 'AND', 'OR', ...words.split(' ')];
  const count = 1 + Math.floor(random() * 8);
  const pick = () => pieces[Math.floor(random() * pieces.length)] as string;
  return Array.from({ length: count }, pick).join(random() < 0.8 ? ' ' : '');
}

/** Numbers from 0 to 1, always the same. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test('whatever is asked is refused with a place or runs', async () => {
  const store = await newSqlite();
  const database = await store.open();
  await migrate(database, trackingSchema);
  const random = randomNumbers(7);
  let ran = 0;
  for (let index = 0; index < 5000; index++) {
    const text = randomText(random);
    try {
      const where = compileFilter('runs', text, database);
      await database.all(`select r.id from tracked_runs r where ${where.sql}`, where.parameters);
      ran++;
    } catch (error) {
      if (isPlatformError(error) && error.code === 'TRACKING_BAD_FILTER') continue;
      throw new Error(`${JSON.stringify(text)} breaks`, { cause: error });
    }
  }
  expect(ran).toBeGreaterThan(100);
  await database.close();
  await store.dispose();
});
