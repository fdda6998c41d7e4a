import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../../test/contract/databases.ts';
import { insertLatestMetrics } from '../../test/tracking/latest-metrics.ts';
import { type Database, migrate } from '../database/index.ts';
import type { Page } from './entities.ts';
import { compileFilter, compileOrder } from './filter/index.ts';
import { trackingSchema } from './schema.ts';
import { searchByMetric } from './search-by-metric.ts';
import { type PageQuery, searchPage } from './search-page.ts';

const makers = { SQLite: newSqlite, ...((await hasPostgres()) ? { PostgreSQL: newPostgres } : {}) };
type Row = { readonly run_id: string };

describe.each(Object.entries(makers))('runs in the order of a metric on %s', (_name, makeStore) => {
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

  function queryOf(filter: string, order: string): PageQuery {
    return {
      columns: 'r.run_id',
      from: 'tracked_runs r',
      where: [{ sql: 'r.experiment_id = ?', parameters: [1] }, compileFilter('runs', filter, database)],
      order: [...compileOrder('runs', [order, 'start_time', 'run_id'], database)],
      limit: 100,
      pageToken: undefined,
      question: [filter, order],
    };
  }

  async function pages(limit: number, search: (limit: number, token: string | undefined) => Promise<Page<Row>>) {
    const ids: string[] = [];
    let token: string | undefined;
    do {
      const page = await search(limit, token);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      ids.push(...page.items.map((row) => row.run_id));
      token = page.nextPageToken ?? undefined;
    } while (token !== undefined && ids.length < 100);
    return ids;
  }

  test.each([
    ['', 'metrics.m', 30],
    ['', 'metrics.m DESC', 30],
    ["params.p = '1'", 'metrics.m', 10],
    ['metrics.m > 1', 'metrics.m DESC', 10],
    ['metrics.m IS NULL', 'metrics.m', 5],
    ["params.p = 'none'", 'metrics.m DESC', 0],
  ])('%j by %s: sorted or read from the index, in pages of any size, the same runs', async (filter, order, count) => {
    const query = queryOf(filter, order);
    const whole = (await searchPage<Row>(database, query)).items.map((row) => row.run_id);
    expect(whole.length).toBe(count);
    const whereByRow = [query.where[0]!, compileFilter('runs', filter, { kind: database.kind, look: 'by-row' })];
    for (const [nearLimit, sortedLimit] of [
      [0, -1],
      [0, 1000],
      [7, -1],
      [1000, -1],
    ] as const) {
      for (const limit of [1, 4, 5, 15, 20, 25, 30, 31]) {
        const how = { metric: 'm', whereByRow, nearLimit, sortedLimit };
        const found = await pages(limit, (size, pageToken) =>
          searchByMetric<Row>(database, { ...query, limit: size, pageToken }, how),
        );
        expect({ nearLimit, sortedLimit, limit, found }).toEqual({ nearLimit, sortedLimit, limit, found: whole });
      }
    }
  });
});

/** Thirty runs of the experiment: 20 with numbers, of which there are four, 5 with NaN, 5 with none; and one of another. */
async function fill(database: Database): Promise<void> {
  const experiment = ['id', 'name', 'artifact_location', 'lifecycle', 'created_at_ms', 'updated_at_ms'];
  const indexes = Array.from({ length: 31 }, (_, index) => index);
  await database.insert({ table: 'experiments', columns: experiment }, [
    [1, 'one', '', 'active', 1, 1],
    [2, 'two', '', 'active', 1, 1],
  ]);
  const run = 'id run_id experiment_id name user_id status started_at_ms artifact_uri lifecycle'.split(' ');
  const runs = indexes.map((id) => [id, `r${id}`, id < 30 ? 1 : 2, '', '', 'RUNNING', id % 3, '', 'active']);
  await database.insert({ table: 'tracked_runs', columns: run }, runs);
  const params = indexes.map((id) => [id, 'p', String(id % 3)]);
  await database.insert({ table: 'run_params', columns: ['run', 'key', 'value'] }, params);
  const measured = indexes.filter((id) => id % 6 !== 0 || id === 30);
  const lastOf = (id: number): number => (id % 6 === 1 ? Number.NaN : (id % 4) - 0.5);
  await insertLatestMetrics(
    database,
    measured.map((run) => ({ run, key: 'm', value: lastOf(run) })),
  );
}
