/* Tests in which processes are killed again and again, on either database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { hasPostgres } from '../contract/databases.ts';
import { withPostgresDatabase } from '../contract/postgres-database.ts';
import { isFull } from '../full.ts';

const withPostgres = await hasPostgres();

/** Where processes are killed, and how often. */
export interface KilledStore {
  /** A folder, or an address of PostgreSQL. */
  readonly store: string;
  /** Where they look for a user's configuration, and their working folder. */
  readonly home: string;
  readonly deaths: number;
}

/** Declares the same test for each kind of store: with 100 deaths in the full tests, else with some. */
export function killOnEachStore(
  what: string,
  { some, timeoutMs }: { readonly some: number; readonly timeoutMs: number },
  dieAndLook: (place: KilledStore) => Promise<void>,
): void {
  const deaths = isFull ? 100 : some;
  const timeout = isFull ? 3_600_000 : timeoutMs;
  describe(what, () => {
    test(`on SQLite, ${deaths} times`, { timeout }, () =>
      inNewHome((home) => dieAndLook({ store: join(home, 'state'), home, deaths })),
    );
    test.skipIf(!withPostgres)(`on PostgreSQL, ${deaths} times`, { timeout }, () =>
      inNewHome((home) => withPostgresDatabase((store) => dieAndLook({ store, home, deaths }))),
    );
  });
}

async function inNewHome(work: (home: string) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'killed-'));
  try {
    await work(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
