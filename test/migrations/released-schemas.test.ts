/*
 * Databases as earlier programs left them, opened by this one on both stores: every row is there, the tables are those of a
 * new database, and work goes on.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordSchemas } from '../../src/app/backup/schemas.ts';
import { type Database, migrate, schemaVersions } from '../../src/database/index.ts';
import type { Digest } from '../../src/encoding/index.ts';
import { openMetadata } from '../../src/metadata/index.ts';
import { openLedger } from '../../src/model-ci/index.ts';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../contract/databases.ts';
import { sampleExecution, sampleRun } from '../contract/metadata-records.ts';
import { fillTracker } from '../golden/schemas/fill-tracker.ts';
import { program } from '../program.ts';
import { startServerProcess } from '../tracking/server-process.ts';
import {
  type AllRows,
  ages,
  allRows,
  oldPostgres,
  oldSqlite,
  structureOf,
  unpacked,
  withColumnsOf,
} from './released.ts';

const withPostgres = await hasPostgres();
const execute = promisify(execFile);
const serverTimeoutMs = 60_000;
/** From before there was a tracker, its first, and the last. */
const servedAges = ['1-spine', '5-tracker', '7-sign-in'] as const;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'released-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function migrateAll(database: Database): Promise<void> {
  for (const owner of recordSchemas) await migrate(database, owner);
}

/** The tables of a new database of each kind. */
async function newStructure(kind: Database['kind']): Promise<unknown> {
  const place = await (kind === 'sqlite' ? newSqlite() : newPostgres());
  const database = await place.open();
  await migrateAll(database);
  const structure = await structureOf(database);
  await database.close();
  await place.dispose();
  return structure;
}

/**
 * Every row that was there is there, column by column; where a table is new nothing is said of it. The index of words holds
 * nothing of its own: a migration may make it anew.
 */
function expectKept(before: AllRows, after: AllRows): void {
  const kept = new Map([...before].filter(([table]) => !table.startsWith('search_')));
  expect(withColumnsOf(kept, after)).toEqual(kept);
}

/** The store as the command line takes it: a folder with the file, or an address. */
async function storeOf(place: TestDatabase): Promise<{ readonly store: string; readonly env: Record<string, string> }> {
  const state = await mkdtemp(join(home, 'state-'));
  const env = { HOME: home, PATH: process.env['PATH']!, MLSPEC_STATE_DIR: state };
  if (place.address.kind === 'postgres')
    return { store: place.address.url, env: { ...env, MLSPEC_METADATA_URL: place.address.url } };
  const folder = dirname(place.address.path);
  return { store: folder, env: { ...env, MLSPEC_STATE_DIR: folder } };
}

for (const [kind, old] of [
  ['sqlite', oldSqlite],
  ['postgres', oldPostgres],
] as const) {
  describe.skipIf(kind === 'postgres' && !withPostgres)(`released schemas on ${kind}`, () => {
    test.each(ages)('%s: keeps every row and becomes what a new database is', async (age) => {
      const place = await old(age);
      const database = await place.open();
      const before = await allRows(database);
      expect(before.get('runs')!.rows.length).toBe(2);
      expect(before.get('model_versions')!.rows.length).toBeGreaterThan(0);
      await migrateAll(database);
      expectKept(before, await allRows(database));
      expect(await structureOf(database)).toEqual(await newStructure(kind));

      const metadata = await openMetadata(database);
      const runs = await metadata.listRuns({ limit: 10 });
      expect(runs.map(({ state }) => state)).toEqual(['COMPLETE', 'COMPLETE']);
      const added = await metadata.createRun(sampleRun());
      await metadata.openExecution(sampleExecution(added.id));
      expect((await metadata.listRuns({ limit: 10 })).length).toBe(3);
      await metadata.close();
      await place.dispose();
    });

    test.each(servedAges)(
      '%s: the program lists its runs, and its server shows them and takes new ones',
      async (age) => {
        const place = await old(age);
        const before = await place.open();
        const rows = await allRows(before);
        await before.close();
        const { store, env } = await storeOf(place);
        const { stdout } = await execute(program, ['ls', '--json'], { cwd: home, env });
        const recorded = String(rows.get('runs')!.rows[0]![0]);
        expect(stdout).toContain(recorded);

        const open = { MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http,https', MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true' };
        const server = await startServerProcess(store, home, { env: { ...env, ...open } });
        await fillTracker(server.url, 'later');
        const find = async (path: string, body: object): Promise<string> => {
          const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          });
          expect(answer.status).toBe(200);
          return await answer.text();
        };
        const experiments = JSON.parse(await find('experiments/search', { max_results: 100 })) as {
          experiments: { experiment_id: string }[];
        };
        const ids = experiments.experiments.map(({ experiment_id }) => experiment_id);
        const found = await find('runs/search', { experiment_ids: ids, max_results: 100 });
        // Those of the record, what a client had logged, what one logs now.
        expect(found.includes(recorded)).toBe(true);
        const { runs } = JSON.parse(found) as { runs: { info: { run_name: string } }[] };
        const hadTracker = (rows.get('experiments')?.rows.length ?? 0) > 0;
        expect(runs.filter(({ info }) => info.run_name === 'first').length).toBe(hadTracker ? 2 : 1);
        expect(await server.stop()).toBe(0);
        await place.dispose();
      },
      serverTimeoutMs,
    );
  });
}

test.each(ages)('%s: its ledger keeps every use, answers and takes further ones', async (age) => {
  const path = join(await mkdtemp(join(home, 'ledger-')), 'ledger.db');
  await writeFile(path, await unpacked(`${age}-ledger.db`));
  const digest = (digit: number) => `sha256:${String(digit).repeat(64)}` as Digest;
  const ledger = await openLedger(path);
  const entries = await ledger.entries(digest(1));
  expect(entries.map(({ model, bit }) => [model, bit])).toEqual([
    [digest(4), 'pass'],
    [digest(5), null],
  ]);
  const request = { part: digest(1), gate: 'better', gateDigest: digest(2), commitment: digest(3), uses: 5 };
  const known = await ledger.spend({ ...request, model: digest(4), feedback: 'full' });
  expect(known).toMatchObject({ kind: 'known', bit: 'pass', usesLeft: 3 });
  expect(await ledger.spend({ ...request, model: digest(6), feedback: 'full' })).toMatchObject({
    kind: 'spent',
    usesLeft: 2,
  });
  await ledger.close();
});

/** The release before which the newest dump was made: with the next one a further age is made. */
const dumpedBefore = '0.1.0';

test('every number that tables had in a release has a dump', async () => {
  const place = await oldSqlite(ages.at(-1)!);
  const database = await place.open();
  const newest = await schemaVersions(database, 'sqlite');
  const today = new Map(recordSchemas.map(({ component, migrations }) => [component, migrations.length]));
  for (const [component, version] of newest) expect(today.get(component)).toBeGreaterThanOrEqual(version);
  // What was added since is in nobody's hands yet; of a release it would be.
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  if (version !== dumpedBefore) expect(Object.fromEntries(today)).toEqual(Object.fromEntries(newest));
  await database.close();
  await place.dispose();
});
