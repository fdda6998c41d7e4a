/* What the stock server wrote into PostgreSQL, taken over: our server answers what MLflow's client was answered there. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/encoding/index.ts';
import { hasPostgres, newPostgres, newSqlite, postgresUrl } from '../contract/databases.ts';
import { type ImportFixture, openImportFixture } from './import-fixture.ts';
import { answersOf, archiveOf, ask, expectedRun, type Loose, runFrom } from './mlflow-answers.ts';

const name = 'mlflow-postgres-3.17.2';
const answers = answersOf(name);
const withPostgres = await hasPostgres();

describe.skipIf(!withPostgres)(`${name} taken over`, () => {
  const database = newId('mlflow').toLowerCase();
  const address = postgresUrl.replace(/\/[^/]*$/, `/${database}`);
  let folder: string;
  const fixtures: ImportFixture[] = [];
  const open = async (create: typeof newSqlite): Promise<ImportFixture> => {
    const fixture = await openImportFixture(create);
    fixtures.push(fixture);
    return fixture;
  };
  const inDatabase = async <Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  /** How often each table was written to since the database began. */
  const writes = () =>
    inDatabase(address, async (client) => {
      await client.query('select pg_stat_force_next_flush()');
      const sql = 'select relname, n_tup_ins, n_tup_upd, n_tup_del from pg_stat_user_tables order by relname';
      return (await client.query(sql)).rows;
    });
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mlflow-postgres-'));
    execFileSync('tar', ['xzf', archiveOf(name), '-C', folder]);
    await inDatabase(postgresUrl, (client) => client.query(`create database ${database}`));
    // Lines that begin with a backslash are commands of psql.
    const sql = readFileSync(join(folder, 'mlflow.sql'), 'utf8').replaceAll(/^\\.*$/gm, '');
    await inDatabase(address, (client) => client.query(sql));
  });
  afterAll(async () => {
    for (const fixture of fixtures) await fixture.close();
    await inDatabase(postgresUrl, (client) => client.query(`drop database if exists ${database} with (force)`));
    rmSync(folder, { recursive: true });
  });
  const options = () => ({ artifacts: join(folder, 'mlartifacts') });
  const requireAll = async ({ url }: ImportFixture, ids: ReadonlyMap<string, string>): Promise<void> => {
    for (const run of answers.runs) {
      const from = run.info['experiment_id'] as string;
      const expected = expectedRun(run, ids.get(from) ?? from);
      // Over HTTP the stock server leaves out a length of 0.
      const files = Object.fromEntries(Object.entries(expected.files).map(([path, size]) => [path, size ?? 0]));
      expect(await runFrom(url, run.info['run_id'] as string)).toEqual({ ...expected, files });
    }
    const { registered_models = [] } = await ask(url, 'registered-models/search?max_results=100');
    expect(registered_models.map((model: Loose) => model.name).sort()).toEqual(
      answers.models.map((model: Loose) => model.name).sort(),
    );
  };

  test.each([
    ['SQLite', newSqlite],
    ['PostgreSQL', newPostgres],
  ] as const)('into %s, and again, without a change of the source', async (_, create) => {
    const fixture = await open(create);
    const before = await writes();
    const { report } = await fixture.take(address, options());
    expect(report.left).toEqual([]);
    expect(report.source.location).not.toContain('@');
    const ids = new Map(report.mapped.map(({ from, to }) => [from, to]));
    await requireAll(fixture, ids);
    const again = await fixture.take(address, options());
    expect([again.report.runs, again.report.metricPoints, again.report.artifacts.files]).toEqual([
      { new: 0, more: 0, same: answers.runs.length },
      0,
      0,
    ]);
    await requireAll(fixture, ids);
    expect(await writes()).toEqual(before);
  });

  test('an import that was killed goes on', async () => {
    const fixture = await open(newSqlite);
    await expect(fixture.take(address, { ...options(), failAfter: 'first' })).rejects.toThrow('killed');
    // As after a kill between two parts of one run.
    await fixture.database.run('delete from metric_points where step > 500');
    await fixture.database.run("delete from artifact_paths where path like '%notes%'");
    const { report } = await fixture.take(address, options());
    await requireAll(fixture, new Map(report.mapped.map(({ from, to }) => [from, to])));
  });

  test('a database of somebody else is refused, by its name and without its password', async () => {
    const fixture = await open(newSqlite);
    const other = postgresUrl.replace(/\/\/[^@]*@/, '//root:s3cret@');
    const refused = fixture.take(other).catch((error: Error) => error);
    const { message } = (await refused) as Error;
    expect(message).toMatch(/expected a database of MLflow's|schema/);
    expect(message).not.toContain('s3cret');
  });
});
