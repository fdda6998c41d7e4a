/*
 * The filters and orders of test/golden/tracking/filters.json, on the same rows in our tables: whatever MLflow accepts gives the
 * same rows, but for the differences that the file names; whatever it refuses is refused with a place, or means something.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/index.ts';
import { isPlatformError } from '../../src/errors/index.ts';
import { compileFilter, compileOrder, type EntityName, type OrderField } from '../../src/tracking/index.ts';
import { repositoryRoot } from '../../tools/problem.ts';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../contract/databases.ts';
import { fillSearchTables, type SearchRows } from './search-rows.ts';

type Order = readonly (string | OrderField)[];
type Ids = readonly (string | number)[];
/** Ids, null where MLflow refuses, text where it breaks. */
type Answer = Ids | string | null;
type MlflowOrder = string | MlflowField;

interface MlflowField {
  readonly field_name: string;
  readonly ascending: boolean;
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
}

interface Golden {
  readonly rows: SearchRows;
  readonly filters: Readonly<Record<Kept, readonly [text: string, answer: Answer][]>>;
  readonly orders: Readonly<Record<Kept, readonly [order: readonly MlflowOrder[], answer: Answer][]>>;
  readonly differences: readonly {
    readonly because: string;
    readonly on: string;
    readonly cases: readonly [entity: Kept, text: string, ids: Ids | null][];
  }[];
}

/** Searches of traces stand among the requests of traces. */
type Kept = Exclude<EntityName, 'traces'>;

interface Searched {
  readonly table: string;
  readonly id: string;
  /** The order of MLflow where none is given, and what follows a given one. */
  readonly unordered: readonly string[];
  readonly tie: readonly string[];
}

const searched: Readonly<Record<Kept, Searched>> = {
  runs: { table: 'tracked_runs r', id: 'r.run_id', unordered: [], tie: ['start_time DESC', 'run_id'] },
  experiments: {
    table: 'experiments e',
    id: 'e.id',
    unordered: ['creation_time DESC', 'experiment_id'],
    tie: ['experiment_id DESC'],
  },
  'registered-models': { table: 'registered_models m', id: 'm.name', unordered: [], tie: ['name'] },
  'model-versions': {
    table: 'model_versions v',
    id: "v.model || '/' || v.ordinal",
    unordered: ['last_updated_timestamp DESC'],
    tie: ['name', 'version_number DESC'],
  },
  'logged-models': {
    table: 'logged_models l',
    id: 'l.model_id',
    unordered: [],
    tie: ['creation_time DESC', 'model_id'],
  },
};
const entityNames = Object.keys(searched) as Kept[];
const golden = JSON.parse(readFileSync(join(repositoryRoot, 'test/golden/tracking/filters.json'), 'utf8')) as Golden;
const makers: Readonly<Record<string, () => Promise<TestDatabase>>> = { sqlite: newSqlite, postgres: newPostgres };
const kinds = (await hasPostgres()) ? ['sqlite', 'postgres'] : ['sqlite'];

describe.each(kinds)('filters and orders that MLflow knows, on %s', (kind) => {
  let store: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    store = await makers[kind]!();
    database = await store.open();
    await fillSearchTables(database, golden.rows);
  });

  afterAll(async () => {
    await database.close();
    await store.dispose();
  });

  /** The ids, null where it is refused with a place. */
  async function search(entity: Kept, text: string, orders: readonly Order[]): Promise<Ids | null> {
    const { table, id } = searched[entity];
    try {
      const where = compileFilter(entity, text, database);
      const keys = orders.flatMap((order) => compileOrder(entity, order, database));
      const sorting = keys.length === 0 ? '1' : keys.map((key) => `${key.sql} ${key.direction} nulls last`).join(', ');
      const parameters = [...where.parameters, ...keys.flatMap((key) => key.parameters)];
      const query = `select ${id} as id from ${table} where ${where.sql} order by ${sorting}`;
      return (await database.all<{ id: string | number }>(query, parameters)).map((row) => row.id);
    } catch (error) {
      const isRefused = isPlatformError(error) && /^TRACKING_BAD_(FILTER|ORDER)$/.test(error.code);
      if (isRefused && typeof error.details['offset'] === 'number') return null;
      throw error;
    }
  }

  const differences = new Map(
    golden.differences
      .filter(({ on }) => on.includes(kind))
      .flatMap(({ cases }) => cases.map(([entity, text, ids]) => [`${entity} ${text}`, ids] as const)),
  );

  test.each(entityNames)('filters of %s', async (entity) => {
    const different: string[] = [];
    for (const [text, answer] of golden.filters[entity]) {
      const ids = sorted(await search(entity, text, []));
      if (!Array.isArray(answer)) continue;
      if (JSON.stringify(ids) !== JSON.stringify(sorted(answer))) different.push(text);
      const expected = differences.has(`${entity} ${text}`) ? differences.get(`${entity} ${text}`)! : answer;
      expect({ text, ids }).toEqual({ text, ids: sorted(expected) });
    }
    const named = [...differences.keys()].filter((name) => name.startsWith(`${entity} `));
    expect(different.map((text) => `${entity} ${text}`).sort()).toEqual(named.sort());
  });

  test.each(entityNames)('orders of %s', async (entity) => {
    for (const [order, answer] of golden.orders[entity]) {
      const { unordered, tie } = searched[entity];
      const given = order.length === 0 ? unordered : order.map(ours);
      const ids = await search(entity, '', [given, tie]);
      if (Array.isArray(answer)) expect({ order, ids }).toEqual({ order, ids: answer });
      else if (typeof answer === 'string') expect({ order, ids }).toEqual({ order, ids: null });
    }
  });

  test('there is much to compare', () => {
    const accepted = entityNames.map((entity) => golden.filters[entity].filter(([, ids]) => Array.isArray(ids)).length);
    expect(Math.min(...accepted)).toBeGreaterThan(150);
    expect(accepted.reduce((sum, count) => sum + count)).toBeGreaterThan(2000);
  });
});

function sorted(ids: Ids | null): Ids | null {
  return ids === null ? null : ids.toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
}

function ours(term: MlflowOrder): string | OrderField {
  if (typeof term === 'string') return term;
  const direction = term.ascending ? 'asc' : 'desc';
  if (term.dataset_name === undefined) return { field: term.field_name, direction };
  const digest = term.dataset_digest === undefined ? {} : { digest: term.dataset_digest };
  return { field: term.field_name, direction, dataset: { name: term.dataset_name, ...digest } };
}
