/* Sources that are broken, unknown or made to do harm, and imports that end in the middle. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newSqlite } from '../contract/databases.ts';
import { type ImportFixture, openImportFixture } from './import-fixture.ts';
import { answersOf, archiveOf, ask, expectedRun, runFrom } from './mlflow-answers.ts';

const name = 'mlflow-3.17.2';
const [run, childRun] = answersOf(name).runs;
const child = String(childRun!.info['run_id']);
const runId = String(run!.info['run_id']);
let folder: string;
let fixture: ImportFixture;
const code = (expected: string): object => expect.objectContaining({ code: expected });

beforeAll(async () => {
  fixture = await openImportFixture(newSqlite);
});
afterAll(() => fixture.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlflow-hostile-'));
  execFileSync('tar', ['xzf', archiveOf(name), '-C', folder]);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Changes the source as its owner never would. */
function edit(...statements: readonly string[]): void {
  const database = new DatabaseSync(join(folder, 'mlflow.db'));
  database.exec('pragma ignore_check_constraints = on; pragma foreign_keys = off');
  for (const statement of statements) database.exec(statement);
  database.close();
}

describe('what is no source', () => {
  test('a schema of the future is refused with those that are known', async () => {
    edit("update alembic_version set version_num = 'ffffffffffff'");
    const importing = fixture.take(join(folder, 'mlflow.db'));
    await expect(importing).rejects.toEqual(code('IMPORT_UNKNOWN_SCHEMA'));
    await expect(importing).rejects.toThrow(/MLflow 3\.0 to 3\.17\.2 \(up to dc11669786a5\).*"ffffffffffff"/);
  });

  test('another database, a text, a folder and nothing', async () => {
    new DatabaseSync(join(folder, 'other.db')).exec('create table t (a)');
    writeFileSync(join(folder, 'text.db'), 'no database');
    for (const path of ['other.db', 'text.db', 'mlartifacts', 'missing'])
      await expect(fixture.take(join(folder, path)), path).rejects.toEqual(code('IMPORT_NO_SOURCE'));
  });

  test.each([20, 4096, 100_000])('a database cut off after %i bytes', async (length) => {
    truncateSync(join(folder, 'mlflow.db'), length);
    await expect(fixture.take(join(folder, 'mlflow.db'))).rejects.toThrow(/malformed|not a database|mlflow\.db/);
  });
});

describe('addresses and files that lead out', () => {
  const leftOf = async (): Promise<string[]> => {
    const own = await openImportFixture(newSqlite);
    try {
      const { report } = await own.take(join(folder, 'mlflow.db'));
      const { files } = await runFrom(own.url, runId);
      return [
        ...report.left.map(({ what, why }) => `${what}: ${why}`),
        ...Object.keys(files).map((file) => `+${file}`),
      ];
    } finally {
      await own.close();
    }
  };

  test.each([
    ['/etc', 'lies below no root'],
    ['file:///etc', 'lies below no root'],
    ['mlflow-artifacts:/../..', 'leads out'],
    ['mlflow-artifacts:/%2e%2e/x', 'leads out'],
    ['../../../../../../../../etc', 'lies below no root'],
    ['s3://bucket/x', 'they are at s3://bucket/x'],
  ])('artifacts at %s', async (uri, why) => {
    edit(`update runs set artifact_uri = '${uri}' where run_uuid = '${runId}'`);
    // Of artifacts on another storage our server lists nothing, so that only the report is looked at.
    const own = await openImportFixture(newSqlite);
    const { report } = await own.take(join(folder, 'mlflow.db'));
    await own.close();
    const about = report.left.filter(({ what }) => what === `run ${runId}: artifacts`);
    expect(about).toHaveLength(1);
    expect(about[0]!.why).toContain(why);
    expect(report.artifacts.files).toBe(2);
  });

  test('links, pipes and names that no path has', async () => {
    const artifacts = join(folder, 'mlartifacts', '1', runId, 'artifacts');
    writeFileSync(join(folder, 'secret'), 'secret');
    symlinkSync(join(folder, 'secret'), join(artifacts, 'link.txt'));
    symlinkSync('/etc', join(artifacts, 'etc'));
    execFileSync('mkfifo', [join(artifacts, 'pipe')]);
    for (const hostile of ['%2e%2e', 'a\\b', 'c#d', 'line\nbreak']) writeFileSync(join(artifacts, hostile), 'x');
    mkdirSync(join(artifacts, '..%2f'));
    writeFileSync(join(artifacts, '..%2f', 'x'), 'x');
    const left = (await leftOf()).sort();
    expect(left).toEqual([
      ...['+empty.txt', '+notes/deep/er/a.json', '+notes/räume.txt'],
      expect.stringMatching(/: %2e%2e: .*once it is decoded/),
      expect.stringMatching(/: \.\.%2f\/x: .*once it is decoded/),
      expect.stringMatching(/: a\\\\b: .*backslash/),
      expect.stringMatching(/: c#d: .*a #/),
      expect.stringMatching(/: etc: a link/),
      expect.stringMatching(/: line\\nbreak: .*control character/),
      expect.stringMatching(/: link\.txt: a link/),
      expect.stringMatching(/: pipe: no plain file/),
    ]);
  });

  test('a folder of the root that is a link', async () => {
    mkdirSync(join(folder, 'outside', 'artifacts'), { recursive: true });
    writeFileSync(join(folder, 'outside', 'artifacts', 'a'), 'a');
    rmSync(join(folder, 'mlartifacts', '1', runId), { recursive: true });
    symlinkSync(join(folder, 'outside'), join(folder, 'mlartifacts', '1', runId));
    expect(await leftOf()).toEqual([expect.stringContaining('leads through a link')]);
  });
});

describe('values of the wrong kind', () => {
  test('are left out and told, and the rest is taken over', async () => {
    edit(
      `update runs set status = 'GONE' where name = 'child'`,
      `insert into params (key, value, run_uuid) values ('../x', '1', '${runId}'), (x'00ff', x'80', '${runId}')`,
      `insert into metrics (key, value, timestamp, run_uuid, step, is_nan)
         values ('m', 'text', 'soon', '${runId}', 9e99, 0), ('..', 1, 1, '${runId}', 1, 0)`,
      `insert into registered_models (name, creation_time) values ('a/b', 1)`,
      `insert into registered_model_aliases (name, alias, version) values ('forest', 'latest', 1), ('forest', 'x', 99)`,
      `insert into experiments (experiment_id, name, lifecycle_stage, workspace) values (77, '', 'active', 'default'),
         (78, 'other', 'active', 'elsewhere')`,
    );
    const own = await openImportFixture(newSqlite);
    const { report } = await own.take(join(folder, 'mlflow.db'));
    const found = await runFrom(own.url, runId);
    await own.close();
    expect(report.runs.new).toBe(4);
    expect(report.left).toContainEqual({ what: `run ${child}`, why: 'its status is "GONE"' });
    expect(found.params).toEqual(run!.params);
    expect(Object.keys(found.metrics).sort()).toEqual(Object.keys(run!.metrics).sort());
    const what = report.left.map((one) => one.what).filter((one) => one !== `run ${child}`);
    expect(what.sort()).toEqual([
      '1 experiments of other workspaces',
      'experiment ',
      'registered model a/b',
      'registered model forest: alias latest',
      'registered model forest: alias x',
      `run ${runId}: param \u0000\ufffd`,
      `run ${runId}: param ../x`,
      `run ${runId}: point of .. at step 1`,
      `run ${runId}: point of m at step 0`,
      'runs of experiment ',
    ]);
  });
});

describe('what is here already', () => {
  test('an import that was killed goes on', async () => {
    const own = await openImportFixture(newSqlite);
    const killed = own.take(join(folder, 'mlflow.db'), { failAfter: 'first' });
    await expect(killed).rejects.toThrow('killed');
    const { runs = [] } = await ask(own.url, 'runs/search', { experiment_ids: ['2'], run_view_type: 'ALL' });
    expect(runs).toEqual([]);
    // As after a kill between two parts of one run.
    await own.database.run('delete from metric_points where step > 500');
    await own.database.run("delete from artifact_paths where path like '%notes%'");
    await own.take(join(folder, 'mlflow.db'));
    expect(await runFrom(own.url, runId)).toEqual(expectedRun(run!, '1'));
    await own.close();
  });

  test('stays, is added to, and a run that went on comes to its end', async () => {
    const own = await openImportFixture(newSqlite);
    await own.take(join(folder, 'mlflow.db'));
    await ask(own.url, 'runs/set-tag', { run_id: runId, key: 'k', value: 'changed here' });
    edit(
      `update tags set value = 'changed there' where key = 'k'`,
      `insert into tags (key, value, run_uuid) values ('fresh', '1', '${runId}')`,
      `insert into metrics (key, value, timestamp, run_uuid, step, is_nan) values ('loss', 7, 9, '${runId}', 9000, 0)`,
      `update runs set status = 'FINISHED', end_time = 5 where name = 'running'`,
    );
    const { report } = await own.take(join(folder, 'mlflow.db'));
    expect(report.runs).toEqual({ new: 0, more: 2, same: 3 });
    const found = await runFrom(own.url, runId);
    expect(found.tags).toMatchObject({ k: 'changed here', fresh: '1' });
    expect(found.metrics['loss']).toBe('7');
    const { runs } = await ask(own.url, 'runs/search', {
      experiment_ids: ['1'],
      filter: "attributes.run_name = 'running'",
    });
    expect([runs[0].info.status, Number(runs[0].info.end_time)]).toEqual(['FINISHED', 5]);
    await own.close();
  });

  test('an experiment whose id is taken gets another one', async () => {
    const own = await openImportFixture(newSqlite);
    await ask(own.url, 'experiments/create', { name: 'mine' });
    const { report } = await own.take(join(folder, 'mlflow.db'));
    expect(report.mapped).toContainEqual({ name: 'first', from: '1', to: expect.stringMatching(/^[2-9]$/) });
    const again = await own.take(join(folder, 'mlflow.db'));
    expect(again.report.runs).toEqual({ new: 0, more: 0, same: 5 });
    await own.close();
  });
});
